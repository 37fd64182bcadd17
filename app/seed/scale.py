"""Schools by the thousand, for measuring: filled inside the database, one statement a table for hundreds of schools."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CursorResult,
    FromClause,
    Interval,
    Text,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import Grouping

from app import clock
from app.access.actor import Actor, acting_as
from app.access.demo import PASSWORD
from app.access.passwords import hash_password
from app.domain.names import sort_key
from app.ids import uuid7
from app.models.learner import Learner
from app.models.notice import Audience, Notice
from app.models.person import Kind, Person
from app.models.school import School
from app.models.user import Membership, Role, User
from app.seed.baseline import refuse_in_production, told
from app.seed.karoo import KAROO
from app.seed.plans import today_at_school
from app.seed.pools import AFRIKAANS, ENGLISH, SOTHO, XHOSA, ZULU
from app.seed.thaba import THABA
from app.tenancy.database import Model
from app.tenancy.doors import across_schools, outside

BY = Actor("command", None, "seed scale")
AT_ONCE = 250  # schools in one transaction
STAFF, NAMES = 4, 240  # the staff besides the admin; as many names as people are called by turns
LANGUAGES = ("zu", "af", "en")
NEWEST = dt.timedelta(days=7)  # from now to the last start
APART, SHOWN = dt.timedelta(hours=7), dt.timedelta(days=4)  # from start to start, and from start to end


def seed(app: Flask, schools: int, learners: int, *, notices: int = 100, first: int = 0) -> str:
    """Have the schools scale-0001 to `schools`, each with so many learners, four guardians for three of them, and `notices`.

    `first` is the number of notices of scale-0001 (0: like the others). A school that is there already is left as it is. Each
    has one account, 'admin@scale-0001.example.com' with the password of the baseline. Nothing is ever sent: no notice has work
    in the outbox. Returns what was added, in a line. Raises BadSettings in production.
    """
    refuse_in_production(app)
    new_schools = new_people = new_notices = 0
    with app.app_context(), outside(), acting_as(BY):
        hashed = hash_password(PASSWORD)
        for since in range(1, schools + 1, AT_ONCE):
            with across_schools("scale seed") as session:
                made = _add_schools(session, range(since, min(since + AT_ONCE, schools + 1)))
                new_schools += len(made)
                new_people += _add_admins(session, made, hashed) + _add_people(session, list(made.values()), learners)
                alone = [made.pop(1)] if first and 1 in made else []
                new_notices += _add_notices(session, alone, first) + _add_notices(session, list(made.values()), notices)
                session.commit()
    return told((new_schools, "school", "schools"), (new_people, "person", "people"), (new_notices, "notice", "notices"))


def slug_of(number: int) -> str:
    """The slug of a school of the scale seed."""
    return f"scale-{number:04}"


def _add_schools(session: Session, numbers: Sequence[int]) -> dict[int, int]:
    """Add the schools that are missing; returns their ids by number."""
    there = set(session.scalars(select(School.slug).where(School.slug.in_(map(slug_of, numbers)))))
    missing = [number for number in numbers if slug_of(number) not in there]
    made = [
        School(slug=slug_of(number), name=f"Scale School {number:04}", language=LANGUAGES[number % 3]) for number in missing
    ]
    session.add_all(made)
    session.flush()
    return dict(zip(missing, (school.id for school in made), strict=True))


def _add_admins(session: Session, schools: dict[int, int], hashed: str) -> int:
    """One account a school, and who it is there; returns how many."""
    names, keys = _names()
    memberships = []
    for number, school_id in schools.items():
        turn, email = number % NAMES, f"admin@{slug_of(number)}.example.com"
        user = User(id=uuid7(), email=email, name=names[turn], password_hash=hashed)
        person = Person(school_id=school_id, kind=Kind.STAFF.value, name=names[turn], sort_key=keys[turn], email=email)
        session.add_all((user, person))
        memberships.append(Membership(school_id=school_id, user_id=user.id, person_id=person.id, role=Role.ADMIN.value))
    session.flush()  # before the memberships, which refer to them
    session.add_all(memberships)
    session.flush()
    return len(schools)


def _add_people(session: Session, schools: Sequence[int], learners: int) -> int:
    """Staff, learners and guardians, named by turns from a list that is the same at every run; returns how many."""
    names, keys = map(_list, _names())
    added = 0
    for kind, number in ((Kind.STAFF, STAFF), (Kind.LEARNER, learners), (Kind.GUARDIAN, learners * 4 // 3)):
        n = _series(number)
        turn = _turn(School.id * 31 + n.c.n * 7, NAMES)
        address = literal(f"{kind.value}.") + cast(n.c.n, Text) + literal("@") + School.slug + literal(".example.com")
        added += _fill(session, Person, schools, n, {
            "id": func.uuid7(), "kind": literal(kind.value), "name": names[turn], "sort_key": keys[turn],
            "email": null() if kind is Kind.LEARNER else address,
            "language": _list(LANGUAGES)[_turn(n.c.n, 3)] if kind is Kind.GUARDIAN else null(),
        })  # fmt: skip
    _add_profiles(session, schools)
    return added


def _add_profiles(session: Session, schools: Sequence[int]) -> None:
    """What makes learners of these persons: a profile each, with the name in two parts and a number that counts up."""
    place = func.row_number().over(partition_by=Person.school_id, order_by=Person.id)
    session.execute(
        insert(Learner).from_select(
            ["school_id", "id", "number", "first_name", "last_name"],
            select(
                Person.school_id, Person.id, cast(2_020_000 + place, Text), func.split_part(Person.name, " ", 1),
                func.substr(Person.name, func.strpos(Person.name, " ") + 1),
            ).where(Person.school_id.in_(schools), Person.kind == Kind.LEARNER.value),
        )
    )  # fmt: skip


def _add_notices(session: Session, schools: Sequence[int], number: int) -> int:
    """So many notices in each of these schools, the texts those of the baseline by turns; returns how many.

    They start seven hours apart, the newest in a week; one in three has no end, one in 17 was removed.
    """
    now, plans = clock.now(), (*THABA.notices, *KAROO.notices)
    titles = _list([json.dumps(dict(plan.title)) for plan in plans])
    messages = _list([json.dumps(plan.messages(today_at_school(now))) for plan in plans])
    n = _series(number)
    turn, starts_at = _turn(n.c.n, len(plans)), literal(now + NEWEST) - n.c.n * cast(literal(APART), Interval)
    author = select(Membership.person_id).where(Membership.school_id == School.id).limit(1).scalar_subquery()
    return _fill(session, Notice, schools, n, {
        "id": func.uuid7(), "title": cast(titles[turn], JSONB), "message": cast(messages[turn], JSONB),
        "audience": _list([audience.value for audience in Audience])[_turn(n.c.n, len(Audience))],
        "urgent": n.c.n % 50 == 0, "starts_at": starts_at,
        "ends_at": case((n.c.n % 3 > 0, starts_at + cast(literal(SHOWN), Interval))),
        "author_id": author, "revision": literal(1), "removed_at": case((n.c.n % 17 == 0, literal(now))),
    })  # fmt: skip


def _fill(session: Session, model: type[Model], schools: Sequence[int], n: FromClause, values: dict[str, Any]) -> int:
    """Add a row for each of these schools and each number of a series; returns how many."""
    if not schools:
        return 0
    rows = select(School.id, *values.values()).select_from(School).join(n, true()).where(School.id.in_(schools))
    adding = insert(model).from_select(["school_id", *values], rows, include_defaults=False)
    done = session.execute(adding, execution_options={"preserve_rowcount": True})
    assert isinstance(done, CursorResult)
    return done.rowcount


def _series(number: int) -> Any:
    return func.generate_series(1, number).table_valued("n").render_derived(name="series")


def _list(texts: Sequence[str]) -> Any:
    """The texts as an array of the database, which counts from 1."""
    return Grouping(literal(list(texts), ARRAY(Text)))


def _turn(number: ColumnElement[int], of: int) -> ColumnElement[int]:
    return number % of + 1


@cache
def _names() -> tuple[list[str], list[str]]:
    """Names of people of every kind, and how each is sorted."""
    random = Random("scale")  # noqa: S311  not a secret
    communities = random.choices((ZULU, SOTHO, XHOSA, AFRIKAANS, ENGLISH), k=NAMES)
    names = [f"{random.choice(one.women + one.men + one.children)} {random.choice(one.surnames)}" for one in communities]
    return names, [sort_key(name) for name in names]
