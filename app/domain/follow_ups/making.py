"""How follow-ups come and go by themselves: made when a stage changes or a date comes, put aside when a lead moves on.

They are only made. What is sent, somebody has approved: see `approving`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import current_actor
from app.domain.follow_ups.settings import marketing
from app.domain.leads import hooks
from app.domain.leads.records import assign
from app.models.follow_up import FollowUp, FollowUpTemplate
from app.models.lead import Lead, Stage
from app.models.person import Person
from app.tenancy.reading import Bulk, driving

COME = "follow_ups.come"
#: when a follow-up waits for a person: at once, or in the morning of the day that is so many days later at the school
_DUE = """CASE WHEN t.days = 0 THEN $at
    ELSE (date_trunc('day', $at AT TIME ZONE s.timezone) + make_interval(days => t.days)) AT TIME ZONE s.timezone END"""
_ONCE = "ON CONFLICT (school_id, lead_id, template_id, occasion) DO NOTHING"

_OF_STAGE = Bulk(
    """
INSERT INTO follow_up (school_id, id, lead_id, template_id, revision, language, due_at)
SELECT t.school_id, uuid7(), %(lead)s, t.id, t.revision, %(language)s, $due
FROM follow_up_template t JOIN school s ON s.id = t.school_id
WHERE t.school_id = %(school)s AND t.is_active AND t.stage = %(stage)s
$once
""",
    due=_DUE.replace("$at", "%(at)s::timestamptz"),
    once=_ONCE,
)
# What the change of a stage did not make: of templates that are newer than it, and of leads that came another way. A date
# that had come before the template spoke makes nothing: nobody gets a flood of old letters.
_OF_STAGES = Bulk(
    """
INSERT INTO follow_up (school_id, id, lead_id, template_id, revision, language, due_at)
SELECT t.school_id, uuid7(), l.id, t.id, t.revision, l.language, $due
FROM follow_up_template t
JOIN school s ON s.id = t.school_id
JOIN lead l ON l.school_id = t.school_id AND l.stage = t.stage
WHERE t.school_id = %(school)s AND t.is_active AND l.merged_into IS NULL AND l.erased_at IS NULL
    AND l.unsubscribed_at IS NULL AND $due >= t.active_at
$once
""",
    due=_DUE.replace("$at", "l.stage_at"),
    once=_ONCE,
)
_OF_STEPS = Bulk(
    """
INSERT INTO follow_up (school_id, id, lead_id, template_id, revision, occasion, language, due_at)
SELECT t.school_id, uuid7(), l.id, t.id, t.revision, l.next_due_on::text, l.language,
    l.next_due_on::timestamp AT TIME ZONE s.timezone
FROM follow_up_template t
JOIN school s ON s.id = t.school_id
JOIN lead l ON l.school_id = t.school_id
WHERE t.school_id = %(school)s AND t.is_active AND t.occasion = 'step' AND l.stage <> 'archived' AND l.merged_into IS NULL
    AND l.erased_at IS NULL AND l.unsubscribed_at IS NULL AND l.next_due_on <= (%(now)s AT TIME ZONE s.timezone)::date
    AND l.next_due_on >= (t.active_at AT TIME ZONE s.timezone)::date AND l.stage <> 'enrolled' AND l.learner_id IS NULL
$once
""",
    once=_ONCE,
)
_DROP = """
UPDATE follow_up f SET state = 'dismissed', dropped = $why, ended_at = %(now)s
FROM follow_up_template t, lead l
WHERE f.school_id = %(school)s AND f.state = 'open' AND t.school_id = f.school_id AND t.id = f.template_id
    AND l.school_id = f.school_id AND l.id = f.lead_id AND $when
"""
_MOVED_ON = Bulk(_DROP, why="'moved_on'", when="l.id = %(lead)s AND t.stage IS NOT NULL AND t.stage <> %(stage)s")
_ARCHIVED = Bulk(_DROP, why="'archived'", when="l.id = %(lead)s")
_LEFT = Bulk(_DROP, why="'unsubscribed'", when="l.unsubscribed_at IS NOT NULL")
_OTHER_DAY = Bulk(
    _DROP, why="'moved_on'", when="t.occasion = 'step' AND f.occasion IS DISTINCT FROM coalesce(l.next_due_on::text, '')"
)
_OTHER_OCCASION = Bulk(_DROP, why="'moved_on'", when="t.id = %(template)s")
# One of a stage waits as long again as a new one would; one of a next step is due on its day.
_BACK = Bulk(
    """
UPDATE follow_up f SET state = 'open', dropped = NULL, ended_at = NULL,
    due_at = CASE WHEN t.stage IS NULL THEN f.due_at ELSE $due END
FROM follow_up_template t JOIN school s ON s.id = t.school_id
WHERE f.school_id = %(school)s AND f.lead_id = %(lead)s AND f.state = 'dismissed' AND t.school_id = f.school_id
    AND t.id = f.template_id
    AND (t.stage = %(stage)s AND f.occasion = '' AND f.dropped IN ('archived', 'moved_on')
        OR t.stage IS NULL AND f.occasion <> '' AND f.dropped = 'archived')
""",
    due=_DUE.replace("$at", "%(at)s::timestamptz"),
)
# As `_OF_STAGES`, for leads to which the template would have spoken on its occasion before: there is one a lead.
_BACK_OF_STAGES = Bulk(
    """
UPDATE follow_up f SET state = 'open', dropped = NULL, ended_at = NULL, due_at = $due
FROM follow_up_template t
JOIN school s ON s.id = t.school_id
JOIN lead l ON l.school_id = t.school_id AND l.stage = t.stage
WHERE f.school_id = %(school)s AND f.template_id = %(template)s AND f.lead_id = l.id AND f.occasion = ''
    AND f.state = 'dismissed' AND f.dropped = 'moved_on' AND t.school_id = f.school_id AND t.id = f.template_id AND t.is_active
    AND l.merged_into IS NULL AND l.erased_at IS NULL AND l.unsubscribed_at IS NULL AND $due >= t.active_at
""",
    due=_DUE.replace("$at", "l.stage_at"),
)
_TAKE_ALONG = Bulk("""
UPDATE follow_up f SET lead_id = %(kept)s
WHERE f.school_id = %(school)s AND f.lead_id = %(other)s AND NOT EXISTS (
    SELECT FROM follow_up k WHERE k.school_id = f.school_id AND k.lead_id = %(kept)s AND k.template_id = f.template_id
        AND k.occasion = f.occasion)
""")
_MERGED = Bulk("""
UPDATE follow_up f SET state = 'dismissed', dropped = 'merged', ended_at = %(now)s
WHERE f.school_id = %(school)s AND f.lead_id = %(other)s AND f.state = 'open'
""")
_ERASE = Bulk("""
UPDATE follow_up f SET subject = '', body = '', email = '', error = NULL, reason = NULL,
    state = CASE WHEN f.state IN ('open', 'sending', 'failed', 'dead') THEN 'dismissed' ELSE f.state END,
    dropped = CASE WHEN f.state IN ('open', 'sending', 'failed', 'dead') THEN 'erased' ELSE f.dropped END,
    ended_at = coalesce(f.ended_at, %(now)s)
WHERE f.school_id = %(school)s AND f.lead_id = %(lead)s
""")


@hooks.on_stage
def follow(session: Session, lead: Lead, old: str | None, new: str) -> None:
    """A lead has come, or has another stage: what was to be said before is put aside, what is to be said now is made."""
    if old is None:
        _give_owner(session, lead)
    session.flush()
    now = clock.now()
    with driving() as cursor:
        if new == Stage.ARCHIVED:
            _ARCHIVED.run(cursor, lead=lead.id, now=now)
            return
        if old is not None:
            _MOVED_ON.run(cursor, lead=lead.id, stage=new, now=now)
            _BACK.run(cursor, lead=lead.id, stage=new, at=lead.stage_at)
        if lead.unsubscribed_at is None:
            _OF_STAGE.run(cursor, lead=lead.id, stage=new, language=lead.language, at=now)


@hooks.on_merge
def join(session: Session, kept: Lead, other: Lead) -> None:
    """Two leads become one: what was said to either stays with it, and nothing is said twice."""
    session.flush()
    now = clock.now()
    with driving() as cursor:
        _TAKE_ALONG.run(cursor, kept=kept.id, other=other.id)
        _MERGED.run(cursor, other=other.id, now=now)
        if kept.stage == Stage.ARCHIVED:
            _ARCHIVED.run(cursor, lead=kept.id, now=now)
        else:
            _MOVED_ON.run(cursor, lead=kept.id, stage=kept.stage, now=now)


@hooks.on_erase
def forget(session: Session, lead: Lead) -> None:
    """A lead is erased: that it was written to stays as a fact, without a word of it."""
    session.flush()
    with driving() as cursor:
        _ERASE.run(cursor, lead=lead.id, now=clock.now())


def copy(session: Session, leads: Sequence[UUID]) -> list[dict[str, Any]]:
    """What was or will be written to these leads, for a copy of all that is held about them."""
    found = select(FollowUp).where(FollowUp.lead_id.in_(leads)).order_by(FollowUp.id)
    return [
        {
            "made": row.created_at.isoformat(), "state": row.state, "language": row.language, "subject": row.subject,
            "text": row.body, "email": row.email, "sent": row.sent_at and row.sent_at.isoformat(), "way": row.way,
            "reason": row.reason,
        }
        for row in session.scalars(found)
    ]  # fmt: skip


hooks.on_copy("follow_ups", copy)


def come_due(now: dt.datetime) -> int:
    """Make what the dates that have come ask for, in the current school, and put aside what is not to be said any more.

    Late or twice makes one: a template speaks to a lead once on each occasion. Returns how many were made.
    """
    with driving() as cursor:
        _LEFT.run(cursor, now=now)
        _OTHER_DAY.run(cursor, now=now)
        return _OF_STAGES.run(cursor).rowcount + _OF_STEPS.run(cursor, now=now).rowcount


def speak_otherwise(session: Session, template: FollowUpTemplate) -> None:
    """A held template speaks on another occasion from now on, as if it were new: what waits for the old one is put aside.

    Of those put aside, any that the new occasion asks for waits again, for its day.
    """
    template.active_at = now = clock.now()
    session.flush()
    with driving() as cursor:
        _OTHER_OCCASION.run(cursor, template=template.id, now=now)
        _BACK_OF_STAGES.run(cursor, template=template.id)


def _give_owner(session: Session, lead: Lead) -> None:
    """A lead that nobody looks after goes to whom the settings name, if they are still at the school."""
    if lead.owner_id is not None or (owner_id := marketing(session).owner_id) is None:
        return
    named = select(Person.name).where(Person.id == owner_id, Person.ended_at.is_(None))
    if (name := session.scalar(named)) is not None:
        assign(lead, owner_id, name, by=current_actor())
