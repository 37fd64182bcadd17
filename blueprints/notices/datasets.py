"""What can be exported of notices: their deliveries, how many there were, and the people whom nothing reaches by email."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from sqlalchemy import Text, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.access.permissions import Permission
from app.delivery.dead_letters import key_of
from app.domain.last_try import IS_LAST_TRY
from app.domain.notices import in_reach, wished
from app.domain.people import HERE, UNREACHABLE
from app.domain.reasons import NAMES, TAKEN, WHY_NOT, reason_for
from app.domain.usage import usage
from app.exports.dataset import Column, Dataset, Kind, Row
from app.exports.filters import a_choice, a_day, one_of
from app.exports.reader import as_read, between
from app.exports.selected import Selected, selected
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.classes import ClassGroup
from app.models.contact import ContactPreference
from app.models.delivery import Attempt, Channel, Delivery, Instead, State
from app.models.notice import Audience, Notice
from app.models.person import Kind as PersonKind
from app.models.person import Person
from app.models.school import School
from app.tenancy.reading import Prepared
from app.tenancy.scope import current_school_id
from app.web.badges import STATES, WORDS

ENDED_BADLY = (State.DEAD.value, State.DISCARDED.value)
FORGOTTEN = N_("The details have been deleted.")
YES_NO = {"yes": N_("Yes"), "no": N_("No")}
KINDS = {
    PersonKind.LEARNER.value: N_("Learner"),
    PersonKind.GUARDIAN.value: N_("Parent or guardian"),
    PersonKind.STAFF.value: N_("Staff"),
}
CHANNELS = {
    Channel.EMAIL.value: N_("Email"),
    Channel.PUSH.value: N_("App notification"),
    **NAMES,
}
INSTEAD = {
    Instead.NOT_CONNECTED.value: N_("The channel that was asked for is not connected."),
    Instead.NO_NUMBER.value: N_("There is no phone number for the channel that was asked for."),
}
STATE_WORDS = {state.value: STATES[state][1] for state in State}
#: whom no email reaches, by why; "mendable" leaves out who wants none
WHICH = {key: WHY_NOT[key] for key in ("no_address", "flagged", "unsubscribed")} | {
    "mendable": N_("Those whom the school can put right"),
}


class _Language(NamedTuple):
    language: str


class _Delivery(NamedTuple):
    """As DELIVERIES has it, but for `event`, `code` and `answer`, which make the reason."""

    notice: str | None
    person: str
    channel: str
    state: str
    event: str | None
    code: int | None
    answer: str | None
    discarded: str | None
    tries: int
    created: dt.datetime
    ended: dt.datetime | None
    instead: str | None

    @property
    def reason(self) -> str | None:
        """Why it stands where it does, as a message to be translated; None while it is on its way."""
        if self.state == State.SENT:
            return TAKEN[self.channel]
        if self.state in (State.QUEUED, State.SENDING):
            return None
        return reason_for(self.event, self.code, self.answer, self.channel) if self.event else FORGOTTEN


class _Notice(NamedTuple):
    title: str | None
    text: str | None
    audience: str
    class_name: str | None
    urgent: str
    starts: dt.datetime
    ends: dt.datetime | None
    author: str
    sent: int
    created: dt.datetime
    edited: dt.datetime | None
    removed: dt.datetime | None


class _Address(NamedTuple):
    name: str
    kind: str
    email: str | None
    phone: str | None
    why: str


_SENT = (
    select(func.count())
    .select_from(Delivery)
    .where(Delivery.message_id == Notice.message_id, Delivery.state == State.SENT.value)
    .correlate(Notice)
    .scalar_subquery()
)
_NOTICES = (
    select(
        in_reach(Notice.title).label("title"), in_reach(Notice.message).label("text"), Notice.audience,
        ClassGroup.name.label("class_name"), case((Notice.urgent, "yes"), else_="no").label("urgent"),
        Notice.starts_at.label("starts"), Notice.ends_at.label("ends"), Person.name.label("author"), _SENT.label("sent"),
        Notice.created_at.label("created"), Notice.edited_at.label("edited"), Notice.removed_at.label("removed"),
    )
    .select_from(Notice)
    .join(Person, and_(Person.school_id == Notice.school_id, Person.id == Notice.author_id))
    .outerjoin(ClassGroup, and_(ClassGroup.school_id == Notice.school_id, ClassGroup.id == Notice.class_id))
    .order_by(Notice.starts_at.desc(), Notice.id.desc())
)  # fmt: skip
_SCHOOL_LANGUAGE = Prepared(select(School.language).where(School.id == bindparam("school")), _Language)
_WHY = case((Person.email.is_(None), "no_address"), (Person.email_flagged_at.is_not(None), "flagged"), else_="unsubscribed")


@cache
def _deliveries(narrowed: frozenset[str]) -> Prepared[_Delivery]:
    """Every delivery in the order in which they were made; `narrowed` by what."""
    statement = (
        select(
            in_reach(Notice.title).label("notice"), Person.name.label("person"), Delivery.channel, Delivery.state,
            Attempt.event, Attempt.code, Attempt.answer, Delivery.discard_reason.label("discarded"), Delivery.tries,
            Delivery.created_at.label("created"), Delivery.ended_at.label("ended"), Delivery.instead,
        )
        .select_from(Delivery)
        .join(Person, and_(Person.school_id == Delivery.school_id, Person.id == Delivery.person_id))
        .outerjoin(Notice, and_(Notice.school_id == Delivery.school_id, Notice.message_id == Delivery.message_id))
        .outerjoin(Attempt, IS_LAST_TRY)
        .order_by(Delivery.id)
    )  # fmt: skip
    if "message" in narrowed:
        statement = statement.where(Delivery.message_id == bindparam("message", type_=PG_UUID))
    if "channel" in narrowed:
        statement = statement.where(Delivery.channel == bindparam("channel", type_=Text))
    if "state" in narrowed:
        statement = statement.where(Delivery.state == bindparam("state", type_=Text))
    if "addresses" in narrowed:
        bad = or_(Person.email.is_(None), Person.email_flagged_at.is_not(None))
        statement = statement.where(Delivery.channel == Channel.EMAIL.value, Delivery.state.in_(ENDED_BADLY), bad)
    return Prepared(statement, _Delivery)


@cache
def _addresses(why: str) -> Prepared[_Address]:
    """The people who should be reached by email and are not, by name; only for one reason, or for all ("")."""
    unsubscribed = ContactPreference.unsubscribed_at
    statement = (
        select(Person.name, Person.kind, Person.email, Person.phone, _WHY.label("why"))
        .outerjoin(
            ContactPreference,
            and_(ContactPreference.school_id == Person.school_id, ContactPreference.person_id == Person.id),
        )
        .where(HERE, or_(UNREACHABLE, and_(Person.email.is_not(None), unsubscribed.is_not(None))))
        .order_by(Person.sort_key, Person.id)
    )
    if why == "mendable":  # whose address somebody can put right
        statement = statement.where(UNREACHABLE)
    elif why:
        statement = statement.where(literal(why) == _WHY)
    return Prepared(statement, _Address)


def deliveries(cursor: Cursor[Any], filters: Mapping[str, Any]) -> Iterator[Row]:
    """Rows of DELIVERIES."""
    (school,) = _SCHOOL_LANGUAGE.all(cursor, school=current_school_id())
    values = {name: filters[name] for name in filters.keys() & {"message", "state", "channel"}}
    reason = filters.get("reason")
    prepared = _deliveries(frozenset(filters) - {"reason"})
    for row in prepared.stream(cursor, **values, **wished(speech().language, school.language)):
        why = row.reason
        if reason is None or (why is not None and key_of(why) == reason):
            yield (*row[:4], why, *row[7:])


def reason_key(text: str) -> str:
    """A reason as it stands in addresses (`app.delivery.dead_letters.key_of`). Raises ValueError for what can be none."""
    if not re.fullmatch(r"[a-z0-9-]{1,200}", text):
        raise ValueError(text)
    return text


NOTICES = Dataset(
    "notices", N_("Notices"), Permission.NOTICES_MANAGE,
    (
        Column("title", N_("Title")),
        Column("message", N_("Message")),
        Column("audience", N_("Audience"), Kind.WORD, {key.value: WORDS[key] for key in Audience}),
        Column("class", N_("Class")),
        Column("urgent", N_("Urgent"), Kind.WORD, YES_NO),
        Column("starts", N_("Starts"), Kind.MOMENT),
        Column("ends", N_("Ends"), Kind.MOMENT),
        Column("author", N_("Author")),
        Column("sent", N_("Messages sent"), Kind.INTEGER),
        Column("created", N_("Created"), Kind.MOMENT),
        Column("edited", N_("Edited"), Kind.MOMENT),
        Column("removed", N_("Removed"), Kind.MOMENT),
    ),
    selected(_NOTICES, _Notice, between(Notice.starts_at), as_read),
    {"since": a_day(N_("From")), "until": a_day(N_("Until"))},
)  # fmt: skip
DELIVERIES = Dataset(
    "deliveries", N_("Deliveries"), Permission.NOTICES_MANAGE,
    (
        Column("notice", N_("Notice")),
        Column("person", N_("Person")),
        Column("channel", N_("Channel"), Kind.WORD, CHANNELS),
        Column("state", N_("State"), Kind.WORD, STATE_WORDS),
        Column("reason", N_("Reason"), Kind.WORD),
        Column("discard_reason", N_("Given up because")),
        Column("tries", N_("Tries"), Kind.INTEGER),
        Column("created", N_("Created"), Kind.MOMENT),
        Column("ended", N_("Ended"), Kind.MOMENT),
        Column("instead", N_("Sent another way because"), Kind.WORD, INSTEAD),
    ),
    deliveries,
    {
        "state": a_choice(N_("State"), STATE_WORDS), "channel": a_choice(N_("Channel"), CHANNELS), "message": UUID,
        "reason": reason_key, "addresses": one_of("failed"),
    },
)  # fmt: skip
ADDRESSES = Dataset(
    "addresses", N_("People whom no email reaches"), Permission.NOTICES_MANAGE,
    (
        Column("name", N_("Name")),
        Column("kind", N_("Kind"), Kind.WORD, KINDS),
        Column("email", N_("Email")),
        Column("phone", N_("Phone")),
        Column("why", N_("Why"), Kind.WORD, WHY_NOT),
    ),
    Selected(lambda filters: (_addresses(str(filters.get("why", ""))), {})),
    {"why": a_choice(N_("Why"), WHICH)},
)  # fmt: skip
USAGE = Dataset(
    "usage", N_("Messages by month"), Permission.NOTICES_MANAGE,
    (
        Column("month", N_("Month")),
        Column("channel", N_("Channel"), Kind.WORD, CHANNELS),
        Column("state", N_("State"), Kind.WORD, STATE_WORDS),
        Column("number", N_("Number"), Kind.INTEGER),
    ),
    lambda cursor, _: usage(cursor),
)  # fmt: skip
DATASETS = (NOTICES, DELIVERIES, ADDRESSES, USAGE)
