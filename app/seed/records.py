"""What the records of a school look like after some years: who applied, who left, somebody entered twice, and medical notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.domain.names import parts
from app.models.learner import Guardianship, Learner, LearnerStatus, MedicalNote, PhotoConsent, Relation
from app.models.person import Kind, Person
from app.models.user import Role
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.people import People, person
from app.seed.plans import SchoolPlan, today_at_school
from app.tenancy.database import db

NOTED = 9  # every so many families have a child of whom something is noted
#: first names of younger and elder brothers and sisters of families of the school
APPLIED, LEFT = (
    {"zu": ("Melokuhle", "Siyamthanda"), "af": ("Lourens", "Anke")},
    {"zu": ("Nkosana", "Buhle"), "af": ("Wikus", "Karlien")},
)
LEFT_AGO = (dt.timedelta(days=40), dt.timedelta(days=160))
#: what schools note, in their own language
NOTES = {
    "zu": (
        "Unesifuba somoya. Isiphefumulisi sihlala esikhwameni; uma sifuthelana, shayela umama ngokushesha.",
        "Akawadli amantongomane: umzimba uyavuvuka. Umjovo wosizo oluphuthumayo usehhovisi.",
        "Unesithuthwane. Uma sivela, mlalise ngohlangothi bese ushayela ihhovisi.",
        "Ugqoka izibuko; makahlale phambili ekilasini.",
    ),
    "af": (
        "Asma. Die pompie is in die tas; as dit erg raak, bel die ma dadelik.",
        "Allergies vir grondbone. Die EpiPen is in die kantoor, tweede laai.",
        "Diabetes tipe 1. Eet om 10:00 iets; as sy bewerig is, gee lekkergoed en bel die ma.",
        "Dra ’n bril en moet voor in die klas sit.",
    ),
}


class _Newcomer(NamedTuple):
    """One more learner of a family, as a person and as a profile; `guardians` are the family's."""

    row: dict[str, Any]
    profile: dict[str, Any]
    guardians: list[UUID]


def add_records(plan: SchoolPlan, people: People, accounts: dict[str, UUID], now: dt.datetime) -> int:
    """Add the learners who applied, who left and who was entered twice, and the notes; returns how many people were added.

    `accounts` are the persons of the school's accounts by address. Whoever has been merged or changed stays as they are.
    """
    newcomers = list(_newcomers(plan, people, now))
    added = fill(Person, [one.row for one in newcomers])
    fill(Learner, [one.profile for one in newcomers])
    fill(Guardianship, [tie for one in newcomers for tie in _ties(plan, one, now)])
    student = accounts.get(f"{Role.STUDENT.value}@{plan.host}")
    noted = [learners[0] for learners, _ in people.families[::NOTED]] + ([student] if student else [])
    fill(MedicalNote, [_note(plan, number, learner, now) for number, learner in enumerate(noted)])
    return added


def _newcomers(plan: SchoolPlan, people: People, now: dt.datetime) -> Iterator[_Newcomer]:
    today = today_at_school(now)
    first_ids = [learners[0] for learners, _ in people.families[:12]]
    found = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(first_ids)))
    names = {row.id: row.name for row in found}
    places = iter((learners[0], guardians) for learners, guardians in people.families[:12] if learners[0] in names)
    for status, firsts in ((LearnerStatus.APPLIED, APPLIED[plan.language]), (LearnerStatus.LEFT, LEFT[plan.language])):
        for number, first in enumerate(firsts):
            sibling, guardians = next(places)
            name = f"{first} {parts(names[sibling])[1]}"
            left = now - LEFT_AGO[number] if status is LearnerStatus.LEFT else None
            born = today.replace(month=3, day=11 + number, year=today.year - (5 if left is None else 13))
            yield _newcomer(plan, status.value + str(number), name, now, born=born, left=left, guardians=guardians)
    twice, guardians = next(places)  # at the office, by somebody who did not look first
    known = db.session.execute(select(Learner.birth_date).where(Learner.id == twice)).scalar_one_or_none()
    yield _newcomer(plan, "twice", names[twice], now, born=known, left=None, guardians=guardians[:1], applied=False)


def _newcomer(
    plan: SchoolPlan, key: str, name: str, now: dt.datetime, *, born: dt.date | None, left: dt.datetime | None,
    guardians: list[UUID], applied: bool = True,
) -> _Newcomer:  # fmt: skip
    first, last = parts(name)
    row = {**person(plan, f"records-{key}", Kind.LEARNER, name, now), "ended_at": left}
    status = LearnerStatus.LEFT if left else LearnerStatus.APPLIED if applied else LearnerStatus.ENROLLED
    profile = {
        "id": row["id"], "number": None, "first_name": first, "last_name": last, "known_as": None, "birth_date": born,
        "photo_consent": PhotoConsent.UNKNOWN.value, "photo_consent_at": None, "status": status.value,
        "left_on": today_at_school(left) if left else None,
    }  # fmt: skip
    return _Newcomer(row, profile, guardians)


def _ties(plan: SchoolPlan, newcomer: _Newcomer, now: dt.datetime) -> Iterator[dict[str, Any]]:
    learner = newcomer.row["id"]
    for guardian in newcomer.guardians:
        yield {
            "id": known_id(plan.slug, "guardianship", f"{learner}-{guardian}"), "guardian_id": guardian, "learner_id": learner,
            "relation": Relation.MOTHER.value, "created_at": now - dt.timedelta(days=30),
        }  # fmt: skip


def _note(plan: SchoolPlan, number: int, learner: UUID, now: dt.datetime) -> dict[str, Any]:
    notes = NOTES[plan.language]
    return {
        "id": known_id(plan.slug, "medical note", learner), "learner_id": learner, "note": notes[number % len(notes)],
        "updated_at": now - dt.timedelta(days=10 + number), "updated_by": plan.accounts[Role.OWNER],
    }  # fmt: skip
