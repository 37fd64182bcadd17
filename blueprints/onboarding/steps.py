"""The steps that make a school. Each is one transaction of the platform and may be begun again after any crash."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.audit.both import record_both
from app.audit.record import Target
from app.domain.invitations import invite
from app.domain.names import sort_key
from app.domain.onboarding import FirstPerson, first_person, forget_people, note_person
from app.domain.temporary_passwords import LIFE
from app.ids import uuid7
from app.models.onboarding import OnboardingRun, RunState, StepName
from app.models.person import Kind, Person
from app.models.school import School, SchoolState
from app.models.user import Membership, Role, User

LONGEST_SLUG = 48
#: the language of a school -> the CLDR locale in which its amounts are written
MONEY = {"af": "af"}
USUAL_MONEY = "en_ZA"


class CannotGoOn(Exception):
    """A step that no further attempt would mend. The text is a key of `reasons.REASONS`."""


class NoSuchRun(LookupError):
    """A step was asked of a run that has no school, though an earlier one makes it."""


def create_school(session: Session, run: OnboardingRun, by: Actor) -> None:
    """The school itself, pending until the last step. Raises CannotGoOn when another school has its name by now."""
    if run.school is not None:
        return
    base = slug_of(run.name)
    number = 1
    while (made := _add_school(session, run, base if number == 1 else f"{base}-{number}")) is None:
        if session.scalar(select(School.id).where(School.name_key == run.name_key)) is not None:
            raise CannotGoOn("name-taken")
        number += 1
    run.school = made
    record_both(session, made, "onboarding.create_school", Target("school", made), label=run.name, by=by)


def create_admin(session: Session, run: OnboardingRun, by: Actor) -> None:
    """The account of the first admin. Raises CannotGoOn."""
    _give_account(session, run, first_person(run, Role.ADMIN), by)


def create_officer(session: Session, run: OnboardingRun, by: Actor) -> None:
    """The account of the first officer. Raises CannotGoOn."""
    _give_account(session, run, first_person(run, Role.OFFICER), by)


def finish(session: Session, run: OnboardingRun, by: Actor) -> None:
    """Open the school and forget what the run was given: only keyed hashes of the addresses stay."""
    school = session.get_one(School, run.school, with_for_update=True)
    open_school(school)
    run.state, run.ended_at = RunState.COMPLETED, clock.now()
    forget_people(run)
    record_both(session, school.id, "onboarding.complete", school, label=school.name, by=by)


STEPS: dict[str, Callable[[Session, OnboardingRun, Actor], None]] = {
    StepName.SCHOOL: create_school,
    StepName.ADMIN: create_admin,
    StepName.OFFICER: create_officer,
    StepName.FINISH: finish,
}


def open_school(school: School) -> None:
    """A pending school becomes active; one that was suspended meanwhile will be when it is reactivated."""
    if school.state == SchoolState.PENDING:
        school.state = SchoolState.ACTIVE
    elif school.state == SchoolState.DISABLED and school.state_before == SchoolState.PENDING:
        school.state_before = SchoolState.ACTIVE


def slug_of(name: str) -> str:
    """A name as it stands in an address: 'Laerskool Môrester' gives 'laerskool-morester'; 'school' where no letter is left."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", ""))[:LONGEST_SLUG].strip("-") or "school"


def _add_school(session: Session, run: OnboardingRun, slug: str) -> int | None:
    """The number of the new school; None when its name or its slug is somebody else's."""
    adding = insert(School).values(
        slug=slug, name=run.name, name_key=run.name_key, state=SchoolState.PENDING, timezone=run.timezone,
        close_time=run.close_time, language=run.language, money=MONEY.get(run.language, USUAL_MONEY),
    )  # fmt: skip
    return session.scalar(adding.on_conflict_do_nothing().returning(School.id))


def _give_account(session: Session, run: OnboardingRun, first: FirstPerson, by: Actor) -> None:
    """User, person, membership and one invitation. An account that was there before keeps its password."""
    if run.school is None or first.email is None or first.name is None:
        raise NoSuchRun(run.id)
    made = _add_user(session, first)
    user = session.scalars(select(User).where(User.id == made) if made else select(User).where(User.email == first.email)).one()
    if user.disabled_at:
        raise CannotGoOn("account-disabled")
    person = _member(session, run.school, user, first)
    invite(session, school_id=run.school, person_id=person.id, role=first.role, email=first.email, by=by.name)
    is_new = made is not None
    note_person(run, first.role, user_id=user.id, is_new=is_new, password_hash=None)
    whose = {"role": first.role.value, "account": "new" if is_new else "existing"}
    record_both(session, run.school, "onboarding.add_person", person, label=first.name, by=by, after=whose)


def _add_user(session: Session, first: FirstPerson) -> object:
    """The id of the new account; None where the address has one already."""
    until = clock.now() + LIFE if first.password_hash else None
    adding = insert(User).values(
        id=uuid7(), email=first.email, name=first.name, password_hash=first.password_hash, password_temporary_until=until
    )
    return session.scalar(adding.on_conflict_do_nothing(index_elements=["email"]).returning(User.id))


def _member(session: Session, school_id: int, user: User, first: FirstPerson) -> Person:
    """Who the user is in the school: the person that they are there already, else a new one of the staff."""
    held = (
        select(Person)
        .join(Membership, (Membership.school_id == Person.school_id) & (Membership.person_id == Person.id))
        .where(Membership.school_id == school_id, Membership.user_id == user.id, Membership.ended_at.is_(None))
    )
    person = session.scalar(held)
    if person is None:
        name = first.name or user.name
        person = Person(
            school_id=school_id, kind=Kind.STAFF, name=name, sort_key=sort_key(name), language=user.language, email=first.email
        )
        session.add(person)
        session.flush()
        if user.address_unproven_at is None:  # else the invitation makes it, once its mail has been read
            session.add(Membership(school_id=school_id, user_id=user.id, person_id=person.id, role=first.role))
            session.flush()
    return person
