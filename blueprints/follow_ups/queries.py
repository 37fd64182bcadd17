"""Reads of the outbox, shaped for the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, and_, bindparam, case, func, literal, or_, select

from app.domain.follow_ups.approving import UNDELIVERED, Held, check
from app.domain.follow_ups.drawing import Drawn
from app.domain.follow_ups.errors import FollowUpError, NoAddress
from app.domain.follow_ups.settings import marketing
from app.i18n.speech import speech
from app.models.follow_up import FollowUp, FollowUpState, FollowUpTemplate
from app.models.lead import Lead
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id
from app.web.paging import PAGE, Key, Page, cut
from blueprints.follow_ups.words import why

#: how a follow-up stands for people: one that is open waits for them, or its day is still to come
STANDINGS = ("to_approve", "due_later", "sending", "sent", "by_hand", "failed", "dead", "dismissed")
MOST_AT_ONCE = 50  # that are approved together
_NOW = bindparam("now", type_=DateTime(timezone=True))
_OPEN = FollowUp.state == FollowUpState.OPEN.value
STANDING = case(
    (and_(_OPEN, FollowUp.due_at <= _NOW), literal("to_approve")), (_OPEN, literal("due_later")), else_=FollowUp.state
)


class Row(NamedTuple):
    """A line of the list. `error` is what the mail server said last, `left` whether they want no more messages."""

    id: UUID
    lead_id: UUID
    lead: str
    child: str
    template: str
    stage: str
    standing: str
    language: str
    due_at: dt.datetime
    sent_at: dt.datetime | None
    way: str | None
    error: str | None
    dropped: str | None
    reason: str | None
    is_edited: bool
    left: bool
    reachable: bool

    @property
    def why(self) -> str:
        """What the mail server's answer means, in the reader's language."""
        return why(self.error)


class _Count(NamedTuple):
    standing: str
    number: int


_COUNTS = Prepared(select(STANDING.label("standing"), func.count().label("number")).group_by(STANDING), _Count)


class Item(NamedTuple):
    """A follow-up with its words. `drawn` None: its lead is gone. `problem` is why it cannot be approved, None where it can.

    `lead` is what the lead is called, also where it was merged away.
    """

    held: Held
    lead: str
    standing: str
    drawn: Drawn | None
    problem: FollowUpError | None

    @property
    def why(self) -> str:
        """What the mail server's answer means, in the reader's language."""
        return why(self.held.item.error)

    @property
    def why_not(self) -> str:
        """Why it cannot be approved, in the reader's language; "" where it can."""
        return speech().gettext(self.problem.message, **self.problem.values) if self.problem else ""

    @property
    def may_go_by_hand(self) -> bool:
        """Whether somebody may send it themselves: nothing is in the way but, at most, that there is no email address."""
        return self.problem is None or isinstance(self.problem, NoAddress)

    @property
    def is_waiting(self) -> bool:
        """Whether somebody may still decide about it."""
        return self.standing in ("to_approve", "due_later", *UNDELIVERED)


def rows(
    now: dt.datetime, *, standing: str = "", template: UUID | None = None, pattern: str = "", after: Key | None = None
) -> Page[Row]:
    """The newest follow-ups, or those before `after`; of one standing, of one template, with `pattern` in a name or address."""
    values: dict[str, object] = {"now": now}
    if standing:
        values["standing"] = standing
    if template:
        values["template"] = template
    if pattern:
        values["pattern"] = pattern
    if after:
        (values["after"],) = after
    with reading() as cursor:
        found = _rows(bool(standing), bool(template), bool(pattern), bool(after)).all(cursor, **values)
    return cut(found, lambda row: (row.id,))


def counts(now: dt.datetime) -> dict[str, int]:
    """How many follow-ups stand where; a standing without any is not there."""
    with reading() as cursor:
        return {row.standing: row.number for row in _COUNTS.all(cursor, now=now)}


def item(follow_up_id: UUID, now: dt.datetime) -> Item | None:
    """One follow-up, None for one that is not there."""
    return next(iter(items([follow_up_id], now)), None)


def items(ids: Sequence[UUID], now: dt.datetime) -> list[Item]:
    """Follow-ups with the words that they say now, the oldest first."""
    found = (
        select(FollowUp, FollowUpTemplate, Lead)
        .join(FollowUpTemplate, FollowUpTemplate.id == FollowUp.template_id)
        .join(Lead, Lead.id == FollowUp.lead_id)
        .where(FollowUp.id.in_(ids))
        .order_by(FollowUp.id)
    )
    school, settings = db.session.get_one(School, current_school_id()), marketing()
    shown = []
    for row, template, lead in db.session.execute(found):
        is_live = lead.merged_into is None and lead.erased_at is None
        held = Held(row, template, lead if is_live else None, school, settings)
        shown.append(_item(held, lead.name, now))
    return shown


def _item(held: Held, lead: str, now: dt.datetime) -> Item:
    row = held.item
    standing = row.state if row.state != FollowUpState.OPEN else "to_approve" if row.due_at <= now else "due_later"
    drawn, problem = None, None
    try:
        drawn = held.drawn()
        check(held)
    except FollowUpError as found:
        problem = found
    return Item(held, lead, standing, drawn, problem)


@cache
def _rows(by_standing: bool, by_template: bool, by_search: bool, older: bool) -> Prepared[Row]:
    """The select of the list, with the conditions that are asked for."""
    statement = (
        select(
            FollowUp.id, FollowUp.lead_id, Lead.name.label("lead"), Lead.child_name.label("child"),
            FollowUpTemplate.name.label("template"), Lead.stage, STANDING.label("standing"), FollowUp.language,
            FollowUp.due_at, FollowUp.sent_at, FollowUp.way, FollowUp.error, FollowUp.dropped, FollowUp.reason,
            FollowUp.is_edited, Lead.unsubscribed_at.is_not(None).label("left"), Lead.email.is_not(None).label("reachable"),
        )
        .join(Lead, and_(Lead.school_id == FollowUp.school_id, Lead.id == FollowUp.lead_id))
        .join(
            FollowUpTemplate,
            and_(FollowUpTemplate.school_id == FollowUp.school_id, FollowUpTemplate.id == FollowUp.template_id),
        )
        .order_by(FollowUp.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if by_standing:
        statement = statement.where(bindparam("standing") == STANDING)
    if by_template:
        statement = statement.where(FollowUp.template_id == bindparam("template"))
    if by_search:
        looked = (Lead.name, Lead.child_name, Lead.email)
        statement = statement.where(or_(*(column.ilike(bindparam("pattern"), escape="\\") for column in looked)))
    if older:
        statement = statement.where(FollowUp.id < bindparam("after"))
    return Prepared(statement, Row)
