"""The platform's side of one person: the door to their account, and the schools they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from app.models.login import LoginSession
from app.models.person import Person
from app.models.school import School
from app.models.user import Membership
from app.tenancy.doors import across_schools


class Belonging(NamedTuple):
    """A school in which a person has a membership, and as what."""

    school_id: int
    name: str
    role: str


@contextmanager
def about_accounts(reason: str) -> Iterator[Session]:
    """The platform's session for what a person does with their own account; committed when the block ends well.

    A routine crossing: what is done inside is an event of its own, and each step names the one person that it is about.
    """
    with across_schools(reason, routine=True) as session:
        yield session
        session.commit()


def schools_of(session: Session, user_id: UUID, *, hold: bool = False) -> list[Belonging]:
    """The open schools of a person, by name. Needs `about_accounts`.

    With `hold` none of them closes before the commit: said by whoever begins to act in one, so that a suspension at the same
    moment comes wholly before or wholly after.
    """
    mine = (
        select(School.id, School.name, Membership.role)
        .join(Membership, Membership.school_id == School.id)
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None), School.is_open)
        .order_by(School.name, School.id)
    )
    found = session.execute(mine.with_for_update(read=True, of=School) if hold else mine)
    return [Belonging(*row) for row in found]


def tell_schools_language(session: Session, user_id: UUID, language: str | None) -> None:
    """Have every school of a person write to them in `language`; None: in its own. Needs `about_accounts`.

    A school's mail knows persons, never users, so what a user chooses stands with who they are in each school.
    """
    mine = select(Membership.school_id, Membership.person_id).where(
        Membership.user_id == user_id, Membership.ended_at.is_(None)
    )
    session.execute(update(Person).where(tuple_(Person.school_id, Person.id).in_(mine)).values(language=language))


def school_to_begin_in(session: Session, user_id: UUID) -> int | None:
    """Where a new session acts: where the person last did, else their first school by name, None without any."""
    schools = [school.school_id for school in schools_of(session, user_id)]
    last = session.scalar(
        select(LoginSession.active_school)
        .where(LoginSession.user_id == user_id, LoginSession.active_school.in_(schools))
        .order_by(LoginSession.last_seen_at.desc())
        .limit(1)
    )
    return last or next(iter(schools), None)
