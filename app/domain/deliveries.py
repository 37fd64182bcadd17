"""What became of a message: whom it was for, where each of them stands, and why, in words that a school understands.

Somebody is counted once, whatever number of channels their message took: where one of them is accepted, it has been accepted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from string import Template
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from sqlalchemy import ColumnElement, bindparam, func, not_, or_, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.channels import PIECES
from app.domain.people import HAS_NONE, KINDS, UNREACHABLE
from app.domain.reasons import TAKEN, WHY_NOT, reason_for
from app.i18n.speech import speech
from app.models.delivery import Channel, Delivery, State
from app.models.message import Message, MessageText
from app.models.outbox import Outbox
from app.models.person import Person
from app.models.provider import Gateway
from app.tenancy.reading import Bulk, Prepared, reading

#: who took it, in the order in which one counts before another
ACCEPTED = ("by_text", "by_push", "by_email")
#: where somebody stands with a message, in the order of a page
STANDINGS = (*ACCEPTED, "queued", "retrying", "failed", "given_up", "unreachable")
#: what has not reached somebody and will not by itself
MISSED = ("failed", "given_up")
MOST_FAILURES = 500
SOON = dt.timedelta(minutes=10)


class Progress(NamedTuple):
    """How many people stand where; the STANDINGS sum up to all whom a message is for.

    `by_…` is who took it, not that anybody read it; `failed` will not be tried again by itself; `given_up` by somebody, or not
    to be sent after all; nothing reaches the `unreachable`. A learner without an address is not counted: nobody misses it.
    `later` of the queued wait for the end of quiet hours, the first of them `until` then; `due` is when the next of all who
    wait is. Those who were to get a text message and could not: the school had not connected it (`not_connected`), or they
    have no number (`no_number`).
    """

    by_text: int = 0
    by_push: int = 0
    by_email: int = 0
    queued: int = 0
    retrying: int = 0
    failed: int = 0
    given_up: int = 0
    unreachable: int = 0
    later: int = 0
    until: dt.datetime | None = None
    due: dt.datetime | None = None
    not_connected: int = 0
    no_number: int = 0

    @property
    def accepted(self) -> int:
        """Those whose message somebody took."""
        return self.by_text + self.by_push + self.by_email

    @property
    def people(self) -> int:
        """All of them."""
        return self.accepted + self.queued + self.retrying + self.failed + self.given_up + self.unreachable

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.queued == self.retrying == 0

    def rests(self, now: dt.datetime) -> bool:
        """Whether nothing will happen soon."""
        nothing_now = self.queued == self.later and self.due is not None and self.due > now + SOON
        return self.is_over or nothing_now


class Recipient(NamedTuple):
    """Somebody whom a message is for, and the delivery that says where they stand.

    `channel` and `at` are its own, `later` the end of the quiet hours that it waits for; `event`, `code` and `answer` (in the
    provider's words) of its last try; None without one. `given_up` is why somebody gave it up, `why` the one of WHY_NOT for
    the unreachable.
    """

    person_id: UUID
    person: str
    sort_key: str
    standing: str
    channel: str | None
    at: dt.datetime | None
    later: dt.datetime | None
    event: str | None
    code: int | None
    answer: str | None
    given_up: str | None
    why: str

    @property
    def is_accepted(self) -> bool:
        """Whether somebody took it."""
        return self.standing in ACCEPTED

    @property
    def reason(self) -> str:
        """Why they stand there, in the language of the reader and by the clock of the school."""
        words = speech()
        if self.standing == "unreachable":
            return words.gettext(WHY_NOT[self.why])
        if self.standing == "queued" and self.later:
            return words.gettext("Quiet hours: it waits until %(moment)s.", moment=words.moment(self.later))
        if self.channel is None or self.standing == "queued":
            return words.gettext("It waits for its turn.")
        if self.is_accepted:
            return words.gettext(TAKEN[self.channel])
        return words.gettext(reason_for(self.event, self.code, self.answer, self.channel))


class _Sent(NamedTuple):
    """`at` is when the deliveries were made; until then `waiting`."""

    audience: str
    group: UUID | None
    person: UUID | None
    asked: str | None
    urgent: bool
    connected: bool
    at: dt.datetime
    waiting: bool


class _Number(NamedTuple):
    number: int


class _Id(NamedTuple):
    id: UUID


_MESSAGE: ColumnElement[UUID] = bindparam("message", type_=PG_UUID)
_SENT = Prepared(
    select(
        Message.audience, Message.class_id.label("group"), Message.person_id.label("person"),
        Message.channel.label("asked"), Message.urgent,
        select(Gateway.id).where(Gateway.channel == Message.channel).exists().label("connected"),
        func.coalesce(
            select(func.min(Delivery.created_at)).where(Delivery.message_id == _MESSAGE).scalar_subquery(), Message.created_at
        ).label("at"),
        select(Outbox.id)
        .where(Outbox.subject == _MESSAGE, Outbox.job == "delivery.fan_out", Outbox.done_at.is_(None))
        .exists()
        .label("waiting"),
    ).where(Message.id == _MESSAGE),
    _Sent,
)  # fmt: skip
# Until fan-out has made them, who will get a delivery is who can be reached now.
_STANDINGS = Template("""
WITH ends AS (
    SELECT d.person_id, min(d.due_at) FILTER (WHERE d.state IN ('queued', 'deferred')) AS due, min(d.instead) AS instead,
        CASE WHEN bool_or(d.state = 'sent' AND d.channel IN ('sms', 'whatsapp')) THEN 'by_text'
            WHEN bool_or(d.state = 'sent' AND d.channel = 'push') THEN 'by_push' WHEN bool_or(d.state = 'sent') THEN 'by_email'
            WHEN bool_or(d.state IN ('queued', 'sending')) THEN 'queued' WHEN bool_or(d.state = 'deferred') THEN 'retrying'
            WHEN bool_or(d.state = 'dead') THEN 'failed' ELSE 'given_up' END AS standing
    FROM delivery d WHERE d.school_id = %(school)s AND d.message_id = %(message)s AND d.state <> 'demoted'
    AND (%(only)s::uuid IS NULL OR d.person_id = %(only)s::uuid) GROUP BY d.person_id
), whom AS (
    SELECT p.id, p.name, p.sort_key, e.standing, e.due, e.instead,
        %(waiting)s AND e.person_id IS NULL AND p.ended_at IS NULL AND $is_written_to
            AND ($by_email OR $by_push OR %(connected)s AND coalesce($by_phone, false)) AS coming,
        p.kind <> 'learner' OR p.email IS NOT NULL OR e.person_id IS NOT NULL AS expected,
        CASE WHEN NOT $is_written_to THEN 'not_written' WHEN p.email IS NULL THEN 'no_address'
            WHEN p.email_flagged_at IS NOT NULL THEN 'flagged' WHEN NOT $by_email THEN 'unsubscribed' ELSE '' END AS why
    FROM $people LEFT JOIN ends e ON e.person_id = p.id
    WHERE p.school_id = %(school)s AND (%(only)s::uuid IS NULL OR p.id = %(only)s::uuid)
    AND (e.person_id IS NOT NULL OR (p.id = %(person)s::uuid OR p.kind = ANY (%(kinds)s::text[]) AND $of_class)
        AND p.created_at <= %(at)s AND (p.ended_at IS NULL OR p.ended_at > %(at)s))
), standings AS (
    SELECT id, name, sort_key, due, instead, why,
        coalesce(standing, CASE WHEN coming THEN 'queued' ELSE 'unreachable' END) AS standing
    FROM whom WHERE expected OR coming
)
""").substitute(PIECES)
_PROGRESS = Bulk(
    """$whom
SELECT standing, count(*) AS people, count(*) FILTER (WHERE standing = 'queued' AND due > now()) AS later,
    min(due) FILTER (WHERE standing = 'queued' AND due > now()) AS until,
    min(due) FILTER (WHERE standing IN ('queued', 'retrying')) AS due,
    count(*) FILTER (WHERE instead = 'not_connected') AS not_connected,
    count(*) FILTER (WHERE instead = 'no_number') AS no_number
FROM standings GROUP BY standing
""",
    whom=_STANDINGS,
)
_RECIPIENTS = Bulk(
    """$whom
SELECT s.id, s.name, s.sort_key, s.standing, d.channel, d.at, d.later, a.event, a.code, a.answer, d.discard_reason, s.why
FROM (SELECT * FROM standings WHERE standing = ANY (%(standings)s::text[])
    AND (%(after_name)s::text IS NULL OR (sort_key, id) > (%(after_name)s::text, %(after_id)s::uuid))
    ORDER BY sort_key, id LIMIT %(limit)s) s
LEFT JOIN LATERAL (
    SELECT d.id, d.channel, coalesce(d.ended_at, d.created_at) AS at, d.discard_reason,
        CASE WHEN d.state = 'queued' AND d.due_at > now() THEN d.due_at END AS later FROM delivery d
    WHERE d.school_id = %(school)s AND d.message_id = %(message)s AND d.person_id = s.id AND d.state <> 'demoted'
    ORDER BY array_position(ARRAY['sent', 'queued', 'sending', 'deferred', 'dead', 'discarded'], d.state),
        array_position(ARRAY['sms', 'whatsapp', 'push', 'email'], d.channel) LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT a.event, a.code, a.answer FROM attempt a
    WHERE a.school_id = %(school)s AND a.delivery_id = d.id AND a.event NOT IN ('retry', 'discard')
    ORDER BY a.at DESC, a.id DESC LIMIT 1
) a ON true
ORDER BY s.sort_key, s.id
""",
    whom=_STANDINGS,
)
_DEAD_OF = Prepared(
    select(Delivery.id)
    .join(Person, (Person.school_id == Delivery.school_id) & (Person.id == Delivery.person_id))
    .where(
        Delivery.message_id == _MESSAGE, Delivery.person_id == bindparam("person", type_=PG_UUID),
        Delivery.state == State.DEAD.value, or_(Delivery.channel != Channel.EMAIL.value, not_(HAS_NONE)),
        select(MessageText.id).where(MessageText.message_id == _MESSAGE).exists(),
    ),
    _Id,
)  # fmt: skip
_WITHOUT_ADDRESS = Prepared(select(func.count().label("number")).select_from(Person).where(UNREACHABLE), _Number)


def progress(message_id: UUID) -> Progress:
    """How far a message has come. All zeros for one that is not of the current school."""
    return so_far(message_id)[0]


def so_far(message_id: UUID, most: int = 0) -> tuple[Progress, list[Recipient]]:
    """How far a message has come, and at most `most` of those whom it did not reach, by name."""
    with reading() as cursor:
        values = _values(cursor, message_id)
        rows = _PROGRESS.run(cursor, **values).fetchall() if values else []
        done = _progress(rows)
        missed = most and done.failed + done.given_up
        every = {"standings": list(MISSED), "after_name": None, "after_id": None, "limit": most}
        found = _RECIPIENTS.run(cursor, **(values | every)).fetchall() if missed else []
    return done, [Recipient._make(row) for row in found]


def recipients(
    message_id: UUID, standings: Collection[str] = STANDINGS, *, limit: int, after: Sequence[object] | None = None
) -> list[Recipient]:
    """Those who stand where it says, by name, at most `limit`; `after` is the (sort key, id) behind which the list goes on."""
    name, last = after or (None, None)
    with reading() as cursor:
        return _recipients(cursor, message_id, standings=list(standings), after_name=name, after_id=last, limit=limit)


def recipient(message_id: UUID, person_id: UUID) -> Recipient | None:
    """Where one person stands with a message; None for somebody whom it is not for."""
    every = {"standings": list(STANDINGS), "after_name": None, "after_id": None, "limit": 1}
    with reading() as cursor:
        found = _recipients(cursor, message_id, only=person_id, **every)
    return found[0] if found else None


def failed_ids(message_id: UUID, person_id: UUID) -> list[UUID]:
    """The deliveries of a message to one person that failed and could go again: its text is there, and so is their address."""
    with reading() as cursor:
        return [row.id for row in _DEAD_OF.all(cursor, message=message_id, person=person_id)]


def people_without_address_count() -> int:
    """How many people of the school have no address that works and should."""
    with reading() as cursor:
        return _WITHOUT_ADDRESS.all(cursor)[0].number


def _progress(rows: Sequence[tuple[Any, ...]]) -> Progress:
    counts = {standing: people for standing, people, *_ in rows}
    return Progress(
        **counts, later=sum(row[2] for row in rows), until=_first(row[3] for row in rows), due=_first(row[4] for row in rows),
        not_connected=sum(row[5] for row in rows), no_number=sum(row[6] for row in rows),
    )  # fmt: skip


def _first(moments: Iterable[dt.datetime | None]) -> dt.datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _recipients(cursor: Cursor[Any], message_id: UUID, **more: object) -> list[Recipient]:
    values = _values(cursor, message_id)
    if not values:
        return []
    return [Recipient._make(row) for row in _RECIPIENTS.run(cursor, **(values | more)).fetchall()]


def _values(cursor: Cursor[Any], message_id: UUID) -> dict[str, object]:
    """What the statements about a message ask for; nothing for one that the school does not have."""
    found = _SENT.all(cursor, message=message_id)
    if not found:
        return {}
    (sent,) = found
    kinds = [] if sent.person else list(KINDS[sent.audience])
    return {
        "message": message_id, "person": sent.person, "class": sent.group, "kinds": kinds,
        "urgent": sent.urgent, "connected": sent.connected,
        "at": sent.at, "waiting": sent.waiting, "only": None,
    }  # fmt: skip
