"""Choosing where one acts. The rows are the person's own session, so the platform's door is opened here."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.access.accounts import about_accounts, schools_of
from app.access.who import Who
from app.audit.record import Target, record
from app.domain.visits import end_visit_of
from app.models.login import LoginSession


class NotTheirs(Exception):
    """A school in which the person has no membership, or that is not open; or none at all."""


def switch_school(person: Who, school_id: int | None) -> str:
    """Act in another school from the next request on; returns its name. Raises NotTheirs."""
    with about_accounts("switch of school") as session:
        schools = {school.school_id: school.name for school in schools_of(session, person.user_id, hold=True)}
        if school_id is None or school_id not in schools:
            raise NotTheirs
        _act_in(session, person, school_id)
        _note(person, school_id, schools[school_id])
    return schools[school_id]


def leave_school(person: Who) -> None:
    """Act in no school, so that one has to be chosen again: the way out of a context that is stuck."""
    with about_accounts("switch of school") as session:
        _act_in(session, person, None)
        _note(person, None, person.school or "")


def _act_in(session: Session, person: Who, school_id: int | None) -> None:
    end_visit_of(session, person)
    session.execute(update(LoginSession).where(LoginSession.id == person.session_id).values(active_school=school_id))


def _note(person: Who, school_id: int | None, name: str) -> None:
    target = Target("school", school_id)
    record("portal.switch_school", target, label=name, before={"school": person.school_id}, after={"school": school_id})
