"""Learners' profiles, and which guardian belongs to which learner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.names import parts
from app.models.learner import Guardianship, Learner, PhotoConsent, Relation
from app.models.person import Kind, Person
from app.models.user import Role
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.people import People
from app.seed.plans import SchoolPlan
from app.tenancy.database import db

YOUNGEST, OLDEST = 6, 13  # of a primary school, in years
CONSENTS = (PhotoConsent.GIVEN, PhotoConsent.GIVEN, PhotoConsent.GIVEN, PhotoConsent.UNKNOWN, PhotoConsent.REFUSED)
RELATIONS = (Relation.MOTHER, Relation.FATHER, Relation.MOTHER, Relation.GRANDPARENT)
NICKNAMES = 0.08  # of learners are called something shorter


def add_families(plan: SchoolPlan, people: People, accounts: dict[str, UUID], now: dt.datetime) -> int:
    """Add the profiles of learners that have none, and their guardians; returns how many profiles were added.

    `accounts` are the persons of the school's accounts by address: its guardian is the student's, and has a second child there.
    """
    learners = db.session.execute(
        select(Person.id, Person.name).where(Person.kind == Kind.LEARNER.value).order_by(Person.created_at, Person.id)
    ).all()
    added = fill(Learner, [profile(n, row.id, row.name, now) for n, row in enumerate(learners, 1)])
    _complete({learner for learners_of, _ in people.families for learner in learners_of}, now)
    families = list(people.families)
    student, guardian = (accounts.get(f"{role.value}@{plan.host}") for role in (Role.STUDENT, Role.GUARDIAN))
    if student and guardian:
        families.append(([student, *families[0][0][:1]], [guardian]))
    fill(Guardianship, [row for learners_of, adults in families for row in _ties(plan, learners_of, adults, now)])
    return added


def _complete(ours: set[UUID], now: dt.datetime) -> None:
    """Fill in the profiles of the seed's learners that an upgrade made, which knew no more than their names."""
    taken = {number for (number,) in db.session.execute(select(Learner.number).where(Learner.number.is_not(None)))}
    bare = select(Learner).where(Learner.number.is_(None), Learner.birth_date.is_(None)).order_by(Learner.id)
    place = 0
    for learner in db.session.scalars(bare):
        if learner.id not in ours:
            continue
        known = {"number": None}
        while known["number"] in taken | {None}:
            place += 1
            known = profile(place, learner.id, f"{learner.first_name} {learner.last_name}", now)
        taken.add(known["number"])
        for field in ("number", "known_as", "birth_date", "photo_consent", "photo_consent_at"):
            setattr(learner, field, known[field])


def profile(number: int, learner: UUID, name: str, now: dt.datetime) -> dict[str, Any]:
    """The profile of one learner as a row, the same at every run but for the age, which follows the year."""
    random = Random(str(learner))  # noqa: S311  not a secret
    first, last = parts(name)
    born = dt.date(now.year - random.randint(YOUNGEST, OLDEST), 1, 1) + dt.timedelta(days=random.randrange(365))
    consent = random.choice(CONSENTS)
    asked_at = None if consent is PhotoConsent.UNKNOWN else now - dt.timedelta(days=200)
    return {
        "id": learner, "number": f"{now.year - 3}{number:04}", "first_name": first, "last_name": last,
        "known_as": first[:3] if random.random() < NICKNAMES and len(first) > 4 else None, "birth_date": born,
        "photo_consent": consent.value, "photo_consent_at": asked_at,
    }  # fmt: skip


def _ties(
    plan: SchoolPlan, learners: Sequence[UUID], adults: Sequence[UUID], now: dt.datetime
) -> list[dict[str, Any]]:  # fmt: skip
    """Every adult of a family as the guardian of every child in it; the first of them hears about attendance."""
    rows = []
    for place, adult in enumerate(adults):
        random = Random(str(adult))  # noqa: S311  not a secret
        relation = random.choice(RELATIONS)
        apart = place == 1 and random.random() < 0.04  # a court has ordered it
        for learner in learners:
            rows.append({
                "id": known_id(plan.slug, "guardianship", f"{learner}-{adult}"), "guardian_id": adult, "learner_id": learner,
                "relation": relation.value, "may_collect": not apart, "no_contact": apart, "hears_attendance": not apart,
                "hears_notices": not apart, "hears_billing": place == 0, "created_at": now - dt.timedelta(days=300),
            })  # fmt: skip
    return rows
