"""The live board of an emergency: where everybody stands whom it is for, and who of them is on site.

Somebody stands at exactly one of the STANDINGS, so their numbers always sum up to the people of the emergency.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from string import Template
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.channels import PIECES
from app.domain.emergencies import today
from app.models.message import Message
from app.models.outbox import Outbox
from app.models.person import Kind
from app.tenancy.reading import Bulk, Prepared, reading
from app.web.paging import PAGE, Key, Page, cut
from blueprints.emergency.queries import Detail

#: where somebody stands, in the order of the page; `in_person` is on site, and nothing reached them
STANDINGS = ("acknowledged", "reached", "on_way", "in_person", "not_reached")
#: those whom somebody has to look for
MISSING = ("not_reached", "in_person")
KINDS = (Kind.LEARNER.value, Kind.GUARDIAN.value, Kind.STAFF.value)
#: a learner on site by the gate now, one who was when it began and has left, a guardian of somebody on site
PLACES = ("here", "left", "family")
SHOWN = 10


class Board(NamedTuple):
    """How many people of each kind stand where, as {(kind, standing): number}; of the learners who were on site when it began
    (`on_site`) how many are known to be safe, and how many the gate has seen leave since."""

    numbers: dict[tuple[str, str], int]
    on_site: int
    on_site_safe: int
    on_site_left: int

    @property
    def people(self) -> int:
        """All of them."""
        return sum(self.numbers.values())

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many stand where, in the order of the page."""
        return [(standing, self.of(standing=standing)) for standing in STANDINGS]

    @property
    def totals(self) -> dict[str, int]:
        """The same by standing."""
        return dict(self.counts)

    @property
    def kinds(self) -> list[str]:
        """The kinds of people that there are."""
        return [kind for kind in KINDS if self.of(kind=kind)]

    def of(self, *, kind: str = "", standing: str = "") -> int:
        """How many there are of a kind ("" for all) at a standing ("" for all)."""
        return sum(number for (k, s), number in self.numbers.items() if kind in ("", k) and standing in ("", s))

    @property
    def reached(self) -> int:
        """Those whom it reached, whether they have answered or not."""
        return self.of(standing="acknowledged") + self.of(standing="reached")


class Told(NamedTuple):
    """How many people the end of an emergency has reached, is on its way to, and did not reach."""

    reached: int
    on_way: int
    not_reached: int

    @property
    def is_over(self) -> bool:
        return self.on_way == 0


class Recipient(NamedTuple):
    """Somebody of an emergency. `by` are the channels that took it; `acknowledged_by` is who marked them, None for themselves.

    `why` tells why it did not reach them: failed, or one of `app.domain.reasons.WHY_NOT`. `place` is one of PLACES or "".
    """

    person_id: UUID
    name: str
    sort_key: str
    kind: str
    phone: str | None
    standing: str
    place: str
    by: list[str]
    why: str
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None


class _Sent(NamedTuple):
    connected: bool
    waiting: bool


_SENT = Prepared(
    select(
        Message.channel.is_not(None).label("connected"),
        select(Outbox.id)
        .where(Outbox.subject == Message.id, Outbox.job == "delivery.fan_out", Outbox.done_at.is_(None))
        .exists()
        .label("waiting"),
    ).where(Message.id == bindparam("message", type_=PG_UUID)),
    _Sent,
)
# Until fan-out has made them, who will get a delivery is who can be reached now.
_WHOM = Template("""
WITH ends AS (
    SELECT d.person_id, array_agg(d.channel ORDER BY d.channel) FILTER (WHERE d.state = 'sent') AS by,
        CASE WHEN bool_or(d.state = 'sent') THEN 'reached'
            WHEN bool_or(d.state IN ('queued', 'sending', 'deferred')) THEN 'on_way' ELSE 'not_reached' END AS standing
    FROM delivery d WHERE d.school_id = %(school)s AND d.message_id = %(message)s GROUP BY d.person_id
), whom AS (
    SELECT p.id, p.name, p.sort_key, p.kind, p.phone, x.was_on_site, x.acknowledged_at, x.acknowledged_by,
        coalesce(e.by, '{}') AS by,
        CASE WHEN %(answers)s AND x.acknowledged_at IS NOT NULL THEN 'acknowledged'
            WHEN e.standing IN ('reached', 'on_way') THEN e.standing
            WHEN e.standing IS NULL AND %(waiting)s AND p.ended_at IS NULL AND $is_written_to
                AND ($by_email OR $by_push OR %(connected)s AND coalesce($by_phone, false)) THEN 'on_way'
            WHEN %(answers)s AND p.kind = 'learner' AND x.was_on_site THEN 'in_person' ELSE 'not_reached' END AS standing,
        CASE WHEN e.standing IS NOT NULL THEN 'failed' WHEN NOT $is_written_to THEN 'not_written'
            WHEN p.email IS NULL THEN 'no_address' WHEN p.email_flagged_at IS NOT NULL THEN 'flagged' ELSE '' END AS why,
        CASE WHEN p.kind = 'learner' AND EXISTS (SELECT FROM gate_state g WHERE g.school_id = p.school_id AND g.id = p.id
                AND g.on_site AND g.on_date = %(day)s::date) THEN 'here'
            WHEN x.was_on_site THEN 'left'
            WHEN p.kind = 'guardian' AND EXISTS (SELECT FROM guardianship f JOIN gate_state g
                ON g.school_id = f.school_id AND g.id = f.learner_id WHERE f.school_id = p.school_id AND f.guardian_id = p.id
                AND NOT f.no_contact AND g.on_site AND g.on_date = %(day)s::date) THEN 'family' ELSE '' END AS place
    FROM $people JOIN emergency_person x ON x.school_id = p.school_id AND x.person_id = p.id
    LEFT JOIN ends e ON e.person_id = p.id
    WHERE p.school_id = %(school)s AND x.emergency_id = %(emergency)s
)
""").substitute(PIECES)
_NUMBERS = Bulk("$whom SELECT kind, standing, was_on_site, place, count(*) FROM whom GROUP BY 1, 2, 3, 4", whom=_WHOM)
_PEOPLE = Bulk(
    """$whom
SELECT id, name, sort_key, kind, phone, standing, place, by, why, acknowledged_at, acknowledged_by FROM whom
WHERE standing = ANY (%(standings)s::text[]) AND kind = ANY (%(kinds)s::text[])
AND (%(place)s::text = '' OR place = %(place)s::text) AND (%(pattern)s::text = '' OR name ILIKE %(pattern)s::text ESCAPE '\\')
AND (%(after_name)s::text IS NULL OR (sort_key, id) > (%(after_name)s::text, %(after_id)s::uuid))
ORDER BY sort_key, id LIMIT %(limit)s
""",
    whom=_WHOM,
)


def board(emergency: Detail) -> Board:
    """Where everybody stands now."""
    with reading() as cursor:
        rows = _NUMBERS.run(cursor, **_values(cursor, emergency.id, emergency.message_id, answers=True)).fetchall()
    numbers: Counter[tuple[str, str]] = Counter()
    for kind, standing, _, _, people in rows:
        numbers[kind, standing] += people
    there = [(standing, place, people) for _, standing, was_on_site, place, people in rows if was_on_site]
    return Board(
        dict(numbers),
        on_site=sum(people for _, _, people in there),
        on_site_safe=sum(people for standing, _, people in there if standing == "acknowledged"),
        on_site_left=sum(people for _, place, people in there if place == "left"),
    )


def told(emergency: Detail) -> Told | None:
    """How far the word that it is over has come; None as long as it goes on."""
    if emergency.end_message_id is None:
        return None
    with reading() as cursor:
        rows = _NUMBERS.run(cursor, **_values(cursor, emergency.id, emergency.end_message_id, answers=False)).fetchall()
    found: Counter[str] = Counter()
    for _, standing, _, _, people in rows:
        found[standing] += people
    return Told(found["reached"], found["on_way"], found["not_reached"])


def people(
    emergency: Detail, *, standings: Collection[str] = STANDINGS, kinds: Collection[str] = KINDS, place: str = "",
    pattern: str = "", limit: int = PAGE + 1, after: Sequence[object] | None = None,
) -> list[Recipient]:  # fmt: skip
    """Those who stand where it says, by name, at most `limit`; `after` is the (sort key, id) behind which the list goes on."""
    name, last = after or (None, None)
    with reading() as cursor:
        values = _values(cursor, emergency.id, emergency.message_id, answers=True) | {
            "standings": list(standings), "kinds": list(kinds), "place": place, "pattern": pattern, "limit": limit,
            "after_name": name, "after_id": last,
        }  # fmt: skip
        return [Recipient._make(row) for row in _PEOPLE.run(cursor, **values).fetchall()]


def people_page(
    emergency: Detail, *, standing: str, kind: str, place: str, pattern: str, after: Key | None
) -> Page[Recipient]:  # fmt: skip
    """A page of the people of an emergency, narrowed by what is not ""."""
    rows = people(
        emergency, standings=(standing,) if standing else STANDINGS, kinds=(kind,) if kind else KINDS, place=place,
        pattern=pattern, after=after,
    )  # fmt: skip
    return cut(rows, lambda row: (row.sort_key, row.person_id))


def _values(cursor: Any, emergency: UUID, message: UUID, *, answers: bool) -> dict[str, object]:
    """What the statements ask for; `answers` False looks at a message alone, whoever has answered."""
    (sent,) = _SENT.all(cursor, message=message)
    return {
        "emergency": emergency, "message": message, "answers": answers, "waiting": sent.waiting, "connected": sent.connected,
        "urgent": True, "day": today(),
    }  # fmt: skip
