"""Before a message goes: how many people it reaches on which channel, who has another one besides, and whom nothing reaches.

The rules are those of `app.domain.channels`, which fan-out follows too; a test holds the two to the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import Template
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from sqlalchemy import select

from app.domain.channels import PIECES
from app.domain.people import KINDS
from app.models.delivery import Channel
from app.models.notice import Audience
from app.models.provider import Gateway
from app.tenancy.reading import Bulk, Prepared, reading

#: the channels that a school connects itself
TEXT_CHANNELS = (Channel.SMS.value, Channel.WHATSAPP.value)
#: how somebody is reached, or why not; each is a list of people. `text` is the channel that was asked for, SMS or WhatsApp.
WAYS = ("text", "push", "email", "fallback", "no_address", "flagged", "unsubscribed", "not_written", "young")
#: why nothing reaches somebody who ought to be; a `young` learner without an address has guardians who are written to
REASONS = ("no_address", "flagged", "unsubscribed", "not_written")


class Reach(NamedTuple):
    """How many people a message reaches, by the WAYS; `fallback` of them are reached another way if the first fails.

    What is urgent goes by all channels at once: then somebody is counted on each, and nobody has a fallback.
    """

    reached: int = 0
    text: int = 0
    push: int = 0
    email: int = 0
    fallback: int = 0
    no_address: int = 0
    flagged: int = 0
    unsubscribed: int = 0
    not_written: int = 0
    young: int = 0

    @property
    def without(self) -> int:
        """Those whom nothing reaches though it should."""
        return self.no_address + self.flagged + self.unsubscribed + self.not_written

    @property
    def people(self) -> int:
        """All whom it is for, but for young learners, whom nobody expects to reach."""
        return self.reached + self.without


class Reachable(NamedTuple):
    """Somebody of an audience: the channels that a message takes at first, those it can fall back on, or why there is none.

    `by` and `instead` are channels, `why` is one of REASONS or `young`.
    """

    id: UUID
    name: str
    sort_key: str
    kind: str
    by: list[str]
    instead: list[str]
    why: str | None


_PEOPLE = Template("""
WITH people AS (
    SELECT p.id, p.name, p.sort_key, p.kind, p.email IS NULL AS no_address, p.email_flagged_at IS NOT NULL AS flagged,
        $is_written_to AS written, $by_email AS email, $by_push AS push, %(connected)s AND coalesce($by_phone, false) AS phone
    FROM $people WHERE p.school_id = %(school)s AND p.ended_at IS NULL AND p.kind = ANY (%(kinds)s::text[])
    AND (%(person)s::uuid IS NULL OR p.id = %(person)s::uuid) AND $of_class
), able AS (
    SELECT *, array_remove(ARRAY[CASE WHEN phone THEN %(asked)s::text END, CASE WHEN push THEN 'push' END,
        CASE WHEN email THEN 'email' END], NULL) AS channels FROM people
), reached AS (
    SELECT id, name, sort_key, kind,
        CASE WHEN NOT written THEN '{}' WHEN %(urgent)s THEN channels ELSE channels[1:1] END AS by,
        CASE WHEN NOT written OR %(urgent)s THEN '{}' ELSE channels[2:] END AS instead,
        CASE WHEN written AND channels <> '{}' THEN NULL
            WHEN kind = 'learner' AND no_address THEN 'young'
            WHEN NOT written THEN 'not_written' WHEN no_address THEN 'no_address'
            WHEN flagged THEN 'flagged' ELSE 'unsubscribed' END AS why
    FROM able
)
""").substitute(PIECES)
_COUNTS = Bulk(
    "$people SELECT kind, by, cardinality(instead) > 0 AS fallback, why, count(*) AS people FROM reached GROUP BY 1, 2, 3, 4",
    people=_PEOPLE,
)
_LIST = Bulk(
    """$people
SELECT id, name, sort_key, kind, by, instead, why FROM reached
WHERE CASE %(way)s::text WHEN '' THEN true WHEN 'text' THEN %(asked)s::text = ANY (by)
    WHEN 'push' THEN 'push' = ANY (by) WHEN 'email' THEN 'email' = ANY (by)
    WHEN 'fallback' THEN cardinality(instead) > 0 ELSE why = %(way)s::text END
AND (%(after_name)s::text IS NULL OR (sort_key, id) > (%(after_name)s::text, %(after_id)s::uuid))
ORDER BY sort_key, id LIMIT %(limit)s
""",
    people=_PEOPLE,
)


class _Connected(NamedTuple):
    channel: str


_CONNECTED = Prepared(select(Gateway.channel).order_by(Gateway.channel), _Connected)
#: everybody
ALL = list(KINDS["everyone"])


def gateways(cursor: Cursor[Any]) -> frozenset[str]:
    """The text channels for which the school has connected a gateway."""
    return frozenset(row.channel for row in _CONNECTED.all(cursor))


def reach(
    cursor: Cursor[Any], *, channel: str | None = None, urgent: bool = False, connected: bool = False,
    class_id: UUID | None = None,
) -> dict[str, Reach]:  # fmt: skip
    """How far a message to each audience of the school goes, by audience, if it were sent now; to a class for `class_id`.

    `channel` is the text channel that it asks for, `connected` whether there is a gateway for that.
    """
    values = {"kinds": ALL, "person": None, "asked": channel, "urgent": urgent, "connected": connected and channel is not None}
    of_kind = _of_kind(cursor, channel, {**values, "class": None})
    found = {
        str(audience): _sum(of_kind[kind] for kind in kinds) for audience, kinds in KINDS.items() if audience != Audience.CLASS
    }
    if class_id:
        found[Audience.CLASS.value] = _sum(_of_kind(cursor, channel, {**values, "class": class_id}).values())
    return found


def _of_kind(cursor: Cursor[Any], channel: str | None, values: dict[str, object]) -> dict[str, dict[str, int]]:
    """How many people of each kind there are on each way."""
    of_kind: dict[str, dict[str, int]] = {kind: dict.fromkeys(Reach._fields, 0) for kind in ALL}
    for kind, by, fallback, why, people in _COUNTS.run(cursor, **values).fetchall():
        counts = of_kind[kind]
        ways = [why] if why else ["reached", *("text" if each == channel else each for each in by)]
        for way in [*ways, "fallback"] if fallback else ways:
            counts[way] += people
    return of_kind


def _sum(counts: Iterable[dict[str, int]]) -> Reach:
    """Several kinds of people together."""
    rows = list(counts)
    return Reach(**{name: sum(row[name] for row in rows) for name in Reach._fields})


def reachable(
    *, audience: str, channel: str | None, urgent: bool, way: str, limit: int, after: Sequence[object] | None = None,
    class_id: UUID | None = None,
) -> list[Reachable]:  # fmt: skip
    """The people of an audience whom a message reaches on a way (one of WAYS, "" for all), by name; at most `limit`.

    `class_id` is the class where the audience is one. `after` is the (sort key, id) behind which the list goes on.
    """
    name, last = after or (None, None)
    with reading() as cursor:
        values = {
            "kinds": list(KINDS[audience]), "person": None, "asked": channel, "urgent": urgent, "way": way, "limit": limit,
            "after_name": name, "after_id": last, "connected": channel in gateways(cursor), "class": class_id,
        }  # fmt: skip
        return [Reachable._make(row) for row in _LIST.run(cursor, **values).fetchall()]


def reach_of(person_id: UUID, *, channel: str | None, urgent: bool = False) -> Reachable | None:
    """How a message reaches one person of the school; None if there is no such."""
    with reading() as cursor:
        values = {
            "kinds": ALL, "person": person_id, "asked": channel, "urgent": urgent, "way": "", "limit": 1, "after_name": None,
            "after_id": None, "connected": channel in gateways(cursor), "class": None,
        }  # fmt: skip
        row = _LIST.run(cursor, **values).fetchone()
        return Reachable._make(row) if row else None
