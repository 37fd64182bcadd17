"""What became of a notice that was sent before the demo began: written down as done, and sent to nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from random import Random
from uuid import UUID

from sqlalchemy import and_, func, select, true

from app.delivery.publish import Text, send_message
from app.delivery.quiet import window
from app.delivery.states import Channel
from app.domain.people import KINDS
from app.models.contact import ContactPreference
from app.models.delivery import Delivery
from app.models.message import Message
from app.models.notice import Notice
from app.models.outbox import Outbox
from app.models.person import Person
from app.seed.deliveries import FANNED_OUT, Addressee, Past
from app.seed.fates import BOUNCED, FULL, NEVER_TAKEN, REFUSED, TAKEN, TAKEN_LATER, UNKNOWN, Fate, Story, Way
from app.tenancy.database import db

FEW = 60  # smaller audiences have no failures
FLAGGED_WITH = dt.timedelta(minutes=10)  # an address that was flagged so soon after the start was flagged by this message
RETURNED = dt.timedelta(hours=2)  # after the last mail that an address still took


def store_as_sent(
    notice: Notice, *, url: str, label: str, story: Story, why: str, spared: Collection[UUID], now: dt.datetime,
    only: Collection[UUID] | None = None, letter: str = "notice",
) -> Message:  # fmt: skip
    """The message of a notice whose start has come, with the deliveries to all whom it went to; all of it is over.

    `story` says what became of some of them, `why` a delivery was given up; it arrived for sure with the persons `spared`.
    `label` is what its author calls it; `only` are those of the audience who got it (None: all), `letter` the template of its
    mail. Must run in the transaction in which the notice is added: until the commit no worker sees the work, and then it is
    done.
    """
    texts = {code: Text(title, notice.message[code]) for code, title in notice.title.items()}
    begun = notice.starts_at
    message = send_message(
        audience=notice.audience, texts=texts, url=url, urgent=notice.urgent, due=begun, author_id=notice.author_id,
        channel=notice.channel, letter=letter,
    )  # fmt: skip
    for work in db.session.scalars(select(Outbox).where(Outbox.subject == message.id, Outbox.done_at.is_(None))):
        work.runs, work.done_at = 1, begun + FANNED_OUT
    people = [one for one in _people(notice.audience) if only is None or one.id in only]
    fates = _fates(notice, people, story, spared, now)
    past = Past(message, begun, now, why)
    for one in people:
        if one.id in fates:
            past.add(one, fates[one.id])
    past.store(label=label, author_id=notice.author_id)
    return message


def _people(audience: str) -> Iterator[Addressee]:
    """The audience, by id."""
    rows = db.session.execute(
        select(
            Person.id, Person.name, Person.email.is_not(None).label("has_email"), Person.email_flagged_at,
            func.coalesce(ContactPreference.push, true()).label("wants_push"), ContactPreference.unsubscribed_at,
            ContactPreference.quiet_from, ContactPreference.quiet_until,
        )
        .outerjoin(
            ContactPreference,
            and_(ContactPreference.school_id == Person.school_id, ContactPreference.person_id == Person.id),
        )
        .where(Person.kind.in_(KINDS[audience]), Person.ended_at.is_(None))
        .order_by(Person.id)
    )  # fmt: skip
    for row in rows:
        yield Addressee(
            row.id, row.name, row.has_email, row.email_flagged_at, row.wants_push, row.unsubscribed_at,
            window(row.quiet_from, row.quiet_until),
        )  # fmt: skip


def _fates(
    notice: Notice, people: Sequence[Addressee], story: Story, spared: Collection[UUID], now: dt.datetime
) -> dict[UUID, Fate]:  # fmt: skip
    """What became of it for each person: with most of them it arrived, a few boxes were full, a few servers refused it."""
    begun = notice.starts_at
    mailed = {one.id for one in people if one.is_mailed(begun, urgent=notice.urgent)}
    fates = dict.fromkeys((one.id for one in people if one.id in mailed), TAKEN)
    random = Random(notice.id.bytes)  # noqa: S311  not a secret
    if not story and len(fates) >= FEW:
        story = ((FULL, 1), (TAKEN_LATER, 2), (random.choice((REFUSED, FULL, NEVER_TAKEN)), 1))
    pool = [one for one in people if one.id not in spared and not one.flagged_at and not one.quiet]
    for fate, number in story:
        if begun + sum((way.ended for way in fate), FLAGGED_WITH) < now:
            fitting = [one for one in pool if one.fits(fate, is_mailed=one.id in mailed, urgent=notice.urgent)]
            for one in random.sample(fitting, min(number, len(fitting))):
                pool.remove(one)
                fates[one.id] = _returned(fate, begun, now) if fate is BOUNCED else fate
    flagged = (one for one in people if one.id in fates and one.flagged_at)
    return fates | {one.id: UNKNOWN for one in flagged if one.flagged_at and one.flagged_at - begun < FLAGGED_WITH}


def _returned(fate: Fate, begun: dt.datetime, now: dt.datetime) -> Fate:
    """The mail came back, but not before the newest that the school has sent: that one still went to the address."""
    newest = db.session.scalar(select(func.max(Delivery.created_at)).where(Delivery.channel == Channel.EMAIL))
    *before, back = fate[0].tries
    at = max(begun + back.after, newest + RETURNED) if newest else begun + back.after
    return (Way(fate[0].channel, (*before, back._replace(after=min(at, now - FLAGGED_WITH) - begun))),)
