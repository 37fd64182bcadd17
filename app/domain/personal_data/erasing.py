"""An erasure: what it would do, and doing it, in one transaction of the platform with the certificate that says so.

The walk finds the rows, the policies say what becomes of each table. Then the name, the address and the number are looked for
in all words of the school, and the values of the audit's events go: the events, their hashes and the seals over them stay.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, cast, func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.domain.names import sort_key
from app.domain.personal_data.audit_values import forget_values
from app.domain.personal_data.deeds import unname
from app.domain.personal_data.files import withdraw_files
from app.domain.personal_data.mentions import LINES, Told, blot, find, pattern_of, silent, words_of
from app.domain.personal_data.merged import records_of
from app.domain.personal_data.policies import BLANK, EMPTIED, NOTHING, REMOVED, STAYS, why_kept
from app.domain.personal_data.walk import LEARNER, PERSON, Found, walk
from app.i18n.speech import Words
from app.ids import uuid7
from app.models.learner import Learner, PhotoConsent
from app.models.person import Person
from app.models.personal_data import DataRequest, ErasureCertificate, LegalHold, RequestState
from app.models.school import School
from app.tenancy.keys import Hand, Tables, tables
from app.tenancy.reading import driving


class Refused(Exception):
    """An erasure that may not be done now; the text says why, for the request's row."""


class Plan(NamedTuple):
    """What an erasure would do: rows that go, rows that lose their words, and rows that stay with the reason, by table."""

    removed: dict[str, int]
    emptied: dict[str, int]
    kept: dict[str, tuple[int, str]]


def plan(hand: Hand, person_id: UUID) -> Plan:
    """What an erasure of somebody would do to the rows that are about them. For the page that asks."""
    known = tables(hand.cursor)
    return _plan(known, walk(hand, known, person_id))


def _plan(known: Tables, found: Found) -> Plan:
    removed, emptied, kept = {}, {}, {}
    for table, ids in sorted(found.own.items()):
        if table in REMOVED:
            removed[table] = len(ids)
        elif why := why_kept(table):
            kept[table] = len(ids), why
        else:
            emptied[table] = len(ids)
    return Plan(removed, emptied, kept)


def erase(session: Session, school_id: int, request_id: UUID, *, told: Told = silent) -> ErasureCertificate | None:
    """Erase whom a request is about; returns the certificate, None if the request does not run (any more).

    `told` hears again and again that it goes on; what it raises ends it. Needs `across_schools`: the school's own role may not
    change the audit's values or what was sent. Raises Refused.
    """
    asked = session.scalars(
        select(DataRequest).where(DataRequest.school_id == school_id, DataRequest.id == request_id).with_for_update()
    ).one()
    if asked.state != RequestState.RUNNING:
        return None
    _refuse(session, school_id, asked.person_id)
    number = _next_number(session, school_id)
    school = session.get_one(School, school_id)
    called = Words(school.language).gettext("Erased person %(number)s", number=number)
    with driving() as cursor:
        hand = Hand(cursor, school_id)
        known = tables(cursor)
        found = walk(hand, known, asked.person_id, told=told)
        words = words_of(hand, found.people)
        counts: Counter[str] = Counter()
        # first the audit: it is found by rows that are gone afterwards
        counts.update(forget_values(hand, session, found, pattern_of(words), number))
        told(1)
        law, reason = _without(asked.law or "", words, called), _without(asked.reason, words, called)
        confirmed_by, by_name = asked.confirmed_by or "", asked.decided_by or ""
        session.flush()
        named = [mention.id for mention in find(hand, known, found, words, most=10**6, told=told) if mention.table in LINES]
        counts["roster_row"] += _empty_lines(hand, [*named, *_lines_of(hand, found)])
        session.expire_all()
        _forget_names(session, school_id, found, called)
        counts.update(unname(hand, known, found, called))
        counts.update(_carry_out(hand, known, found, called, told))
        counts.update(blot(hand, known, found, words, called, told=told))
        told(1)
        counts.update(withdraw_files(session, school_id))
    kept = {table: {"rows": rows, "why": why} for table, (rows, why) in _plan(known, found).kept.items()}
    stays = {table: {"rows": len(found.own[table]), "why": why} for table, why in STAYS.items() if table in found.own}
    certificate = ErasureCertificate(
        id=uuid7(), school_id=school_id, number=number, person_id=asked.person_id, request_id=asked.id, kind=_kind(found),
        law=law, reason=reason, counts={name: n for name, n in sorted(counts.items()) if n}, kept={**kept, **stays},
        at=clock.now(), asked_on=_day(school, asked.created_at), by_name=by_name, confirmed_by=confirmed_by,
    )  # fmt: skip
    session.add(certificate)
    done = update(DataRequest).where(DataRequest.school_id == school_id, DataRequest.id == request_id)
    session.execute(done.values(state=RequestState.DONE.value), execution_options={"synchronize_session": False})
    session.flush()
    return certificate


def _refuse(session: Session, school_id: int, person_id: UUID) -> None:
    """Raise Refused where a hold stands, or somebody is still at the school: also if that came in between."""
    person = session.scalars(
        select(Person).where(Person.school_id == school_id, Person.id == person_id).with_for_update()
    ).one()
    records = records_of(session, school_id, person_id)
    holds = select(LegalHold.id).where(
        LegalHold.school_id == school_id, LegalHold.person_id.in_(records), LegalHold.lifted_at.is_(None)
    )
    if session.scalar(holds.limit(1)) is not None:
        raise Refused("a legal hold stands")
    if person.ended_at is None:
        raise Refused("not archived")


def _next_number(session: Session, school_id: int) -> int:
    """The next number of the school's certificates: one after the other, and given back with a transaction that fails."""
    key = hashlib.sha256(f"erasure certificate\0{school_id}".encode()).digest()
    session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(key[:8], signed=True))))
    last = select(func.max(ErasureCertificate.number)).where(ErasureCertificate.school_id == school_id)
    return (session.scalar(last) or 0) + 1


def _forget_names(session: Session, school_id: int, found: Found, called: str) -> None:
    """The person's own rows. A learner gets another card, so that the old one opens nothing."""
    ours = update(Person).where(Person.school_id == school_id, Person.id.in_(found.own[PERSON]))
    nothing = {"email": None, "phone": None, "language": None, "email_flagged_at": None}
    session.execute(
        ours.values(name=called, sort_key=sort_key(called), **nothing), execution_options={"synchronize_session": False}
    )
    if ids := found.own.get(LEARNER):
        blank = {"number": None, "known_as": None, "birth_date": None, "photo_consent_at": None}
        learners = update(Learner).where(Learner.school_id == school_id, Learner.id.in_(ids))
        card = func.upper(func.substr(func.replace(cast(func.gen_random_uuid(), Text), "-", ""), 1, 12))
        named = {"first_name": called, "last_name": "", "photo_consent": PhotoConsent.UNKNOWN.value, "card_code": card}
        session.execute(learners.values(**named, **blank), execution_options={"synchronize_session": False})


def _carry_out(hand: Hand, known: Tables, found: Found, mark: str, told: Told) -> Counter[str]:
    """Do to each table of the walk what its policy says; returns the rows by table."""
    counts: Counter[str] = Counter()
    for table in sorted(found.own.keys() & REMOVED):
        told(1)
        _remove(hand, known, table, found.own[table], counts)
    for table in sorted(found.own.keys() - REMOVED):
        told(1)
        ids = list(found.own[table])
        if table in (PERSON, LEARNER):
            counts[table] += len(ids)
        elif why_kept(table) is None:
            changes = _changes(known, table)
            if changes:
                sql = f"""UPDATE {table} t SET {", ".join(changes)}
                    WHERE {known.tie(known.columns[table])} AND t.id = ANY (%(ids)s::uuid[])"""  # noqa: S608
                counts[table] += hand.number(sql, ids=ids, mark=mark)
    return counts


def _remove(hand: Hand, known: Tables, table: str, ids: set[UUID], counts: Counter[str]) -> None:
    """Delete rows, and before them what refers to them."""
    if not ids:
        return
    for key in known.keys_to(table):
        sql = f'SELECT t.id FROM {key.table} t WHERE t.school_id = %(school)s AND t."{key.column}" = ANY (%(ids)s::uuid[])'  # noqa: S608
        _remove(hand, known, key.table, {row.id for row in hand.rows(sql, ids=list(ids))}, counts)
    sql = f"DELETE FROM {table} t WHERE t.school_id = %(school)s AND t.id = ANY (%(ids)s::uuid[])"  # noqa: S608
    counts[table] += hand.number(sql, ids=list(ids))


#: what an UPDATE puts into a column that may not be empty, by its type
_NOTHING = {
    "text": "%(mark)s", "character varying": "%(mark)s", "bytea": "''", "text[]": "'{{}}'",
    "jsonb": "CASE jsonb_typeof({0}) WHEN 'array' THEN '[]' ELSE '{{}}' END::jsonb",
}  # fmt: skip


def _changes(known: Tables, table: str) -> list[str]:
    """What an UPDATE of a table sets: what its policy says, or everything that can hold a word, a day or a file."""
    if table in EMPTIED:
        instead = {BLANK: "%(mark)s", NOTHING: "'{}'"}
        return [f'"{name}" = ' + instead.get(how or "", "NULL") for name, how in EMPTIED[table].items()]
    changes = []
    for column in known.columns[table].values():
        if column.is_bound or not column.is_ours or (column.type not in _NOTHING and column.type not in ("date", "json")):
            continue
        if column.is_nullable:
            changes.append(f'"{column.name}" = NULL')
        elif column.type in _NOTHING:
            changes.append(f'"{column.name}" = ' + _NOTHING[column.type].format(f't."{column.name}"'))
    return changes


_LINES = """
SELECT r.id FROM roster_row r WHERE r.school_id = %(school)s AND EXISTS (SELECT FROM unnest(%(ids)s::text[]) i (id)
    WHERE strpos(r.plan::text, i.id) > 0 OR strpos(coalesce(r.undo::text, ''), i.id) > 0)
"""
_EMPTY_LINES = """
UPDATE roster_row r SET cells = '[]', problems = '[]', plan = '{}', undo = NULL
WHERE r.school_id = %(school)s AND r.id = ANY (%(ids)s::uuid[])
"""


def _lines_of(hand: Hand, found: Found) -> list[UUID]:
    """The lines of rosters that changed the person, or made them."""
    return [row.id for row in hand.rows(_LINES, ids=[str(key) for key in found.people])]


def _empty_lines(hand: Hand, ids: list[UUID]) -> int:
    return hand.number(_EMPTY_LINES, ids=list(set(ids))) if ids else 0


def _without(text: str, words: list[str], called: str) -> str:
    """A reason without the words that name them: the certificate is no place to find them again."""
    for word in words:
        text = text.replace(word, called)
    return text


def _kind(found: Found) -> str:
    return LEARNER if LEARNER in found.own else PERSON


def _day(school: School, at: dt.datetime) -> dt.date:
    return at.astimezone(school.timezone).date()
