"""Breach workbooks: what is looked for, who was affected, the steps, and the list for those who have to be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, select

from app import clock
from app.audit.record import Actor, Target, record, record_read
from app.domain.families import Guardian, guardians_of
from app.models.person import Person
from app.models.personal_data import Breach, BreachPerson
from app.models.user import Membership
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading
from blueprints.personal_data.affected import Sought, affected

_FRESH = {"synchronize_session": False}
MOST = 500  # people on the page; the file has all of them


class BreachRow(NamedTuple):
    """A workbook; `sought` has the accounts by id and name, the request and the dataset."""

    id: UUID
    title: str
    state: str
    since: dt.datetime
    until: dt.datetime
    sought: Mapping[str, Any]
    notes: str
    steps: Mapping[str, Sequence[str]]
    by_name: str
    created_at: dt.datetime
    looked_at: dt.datetime | None
    people: int


class Met(NamedTuple):
    """Somebody who was affected, and what was seen."""

    person_id: UUID
    name: str
    kind: str
    email: str | None
    phone: str | None
    events: int
    first_at: dt.datetime
    last_at: dt.datetime
    seen: Mapping[str, Mapping[str, Any]]


class Account(NamedTuple):
    """A user of the school, also a former one."""

    user_id: UUID
    name: str


_HOW_MANY = (
    select(func.count())
    .select_from(BreachPerson)
    .where(BreachPerson.school_id == Breach.school_id, BreachPerson.breach_id == Breach.id)
    .correlate(Breach)
    .scalar_subquery()
)
_BREACH = select(
    Breach.id, Breach.title, Breach.state, Breach.since, Breach.until, Breach.sought, Breach.notes, Breach.steps,
    Breach.by_name, Breach.created_at, Breach.looked_at, _HOW_MANY.label("people"),
)  # fmt: skip
_ALL = Prepared(_BREACH.order_by(Breach.id.desc()).limit(100), BreachRow)
_ONE = Prepared(_BREACH.where(Breach.id == bindparam("id", type_=Uuid)), BreachRow)
_PEOPLE = Prepared(
    select(
        BreachPerson.person_id, Person.name, Person.kind, Person.email, Person.phone, BreachPerson.events,
        BreachPerson.first_at, BreachPerson.last_at, BreachPerson.seen,
    )
    .join(Person, (Person.school_id == BreachPerson.school_id) & (Person.id == BreachPerson.person_id))
    .where(BreachPerson.breach_id == bindparam("id", type_=Uuid))
    .order_by(Person.kind != "learner", Person.sort_key, Person.id),
    Met,
)  # fmt: skip
_ACCOUNTS = Prepared(
    select(Membership.user_id, func.min(Person.name).label("name"))
    .join(Person, (Person.school_id == Membership.school_id) & (Person.id == Membership.person_id))
    .group_by(Membership.user_id)
    .order_by(func.min(Person.sort_key)),
    Account,
)


def breaches() -> list[BreachRow]:
    """The workbooks of the school, the newest first."""
    with reading() as cursor:
        return _ALL.all(cursor)


def breach(breach_id: UUID) -> BreachRow | None:
    """One workbook."""
    with reading() as cursor:
        return next(iter(_ONE.all(cursor, id=breach_id)), None)


def people_of(breach_id: UUID) -> list[Met]:
    """Everybody whom a breach affected, learners first."""
    with reading() as cursor:
        return _PEOPLE.all(cursor, id=breach_id)


def families_of(people: Sequence[Met]) -> dict[UUID, list[Guardian]]:
    """Whom to write to about each: the guardians of those who are learners, but those without contact."""
    learners = [each.person_id for each in people if each.kind == "learner"]
    found = guardians_of(learners) if learners else {}
    return {learner: [one for one in theirs if not one.no_contact] for learner, theirs in found.items()}


def accounts() -> list[Account]:
    """Those who have, or had, an account at the school, by name."""
    with reading() as cursor:
        return _ACCOUNTS.all(cursor)


def open_breach(
    title: str, since: dt.datetime, until: dt.datetime, *, users: Sequence[Account], request: str, dataset: str, by: Actor
) -> Breach:
    """A new workbook, with those who were affected found at once."""
    sought = {"users": {str(one.user_id): one.name for one in users}, "request": request, "dataset": dataset}
    made = Breach(title=title, since=since, until=until, sought=sought, by_name=by.name, created_at=clock.now())
    db.session.add(made)
    db.session.flush()
    record("personal_data.open_breach", made, label=title, by=by, after={"since": since, "until": until, **sought})
    look(made.id, by=by)
    return made


def look(breach_id: UUID, *, by: Actor) -> int:
    """Find those who were affected anew; returns how many."""
    made = _held(breach_id)
    sought = made.sought
    users = tuple(UUID(key) for key in sought.get("users", {}))
    found = affected(Sought(made.since, made.until, users, sought.get("request", ""), sought.get("dataset", "")))
    db.session.execute(delete(BreachPerson).where(BreachPerson.breach_id == made.id), execution_options=_FRESH)
    db.session.add_all(
        BreachPerson(
            breach_id=made.id, person_id=person_id, events=each.events, first_at=each.first_at, last_at=each.last_at,
            seen=each.seen,
        )
        for person_id, each in found.items()
    )  # fmt: skip
    made.looked_at = clock.now()
    db.session.flush()
    record("personal_data.look_breach", made, label=made.title, by=by, after={"people": len(found)})
    return len(found)


def keep(breach_id: UUID, *, state: str, steps: Sequence[str], notes: str, by: Actor) -> bool:
    """Store how the work stands; False when nothing is different. A step keeps who ticked it, and when."""
    made = _held(breach_id)
    before = {"state": made.state, "steps": sorted(made.steps), "notes": made.notes}
    after = {"state": state, "steps": sorted(steps), "notes": notes}
    if before == after:
        return False
    now = clock.now().isoformat()
    made.steps = {step: made.steps.get(step) or [now, by.name] for step in sorted(steps)}
    made.state, made.notes = state, notes
    record("personal_data.keep_breach", made, label=made.title, by=by, before=before, after=after)
    return True


def note_download(row: BreachRow, people: int, *, by: Actor) -> None:
    """Write down that somebody took the list along."""
    record_read("personal_data.download_breach", Target("breach", row.id), label=row.title, by=by, after={"people": people})


def _held(breach_id: UUID) -> Breach:
    return db.session.scalars(select(Breach).where(Breach.id == breach_id).with_for_update()).one()
