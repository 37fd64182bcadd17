"""What operators do for a school: change its settings, help its people into their accounts, and leave notes for each other."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.sessions import end_sessions
from app.audit.both import record_both
from app.audit.record import Actor, Target, record
from app.domain import invitations, rollups
from app.i18n.catalogue import N_
from app.models.invitation import Invitation
from app.models.school import School, name_key
from app.models.support import StaffNote
from app.models.user import User
from blueprints.schools.people import Member


class Settings(NamedTuple):
    """What an operator may change about a school; `timezone` is an IANA name, `language` a code."""

    name: str
    timezone: str
    close_time: dt.time
    language: str
    contact_email: str | None
    contact_phone: str | None
    contact_address: str | None


class NameTaken(Exception):
    """Another school has this name, perhaps in another spelling."""

    message = N_("There is a school of this name already. Add the town, for example.")

    def __init__(self, school_id: int, name: str) -> None:
        super().__init__(name)
        self.school_id, self.name = school_id, name


class NoAddress(Exception):
    """There is nowhere to send an invitation to."""

    message = N_("There is no address to send an invitation to.")


class HasSignedIn(Exception):
    """Somebody who has an account of their own and uses it needs no invitation."""

    message = N_("This person has signed in already and needs no invitation. A new password comes by “Forgotten password”.")


class RunsThePlatform(Exception):
    """The sessions of platform staff are no school's business; superusers end them."""

    message = N_("This person runs the platform. Only a superuser can sign them out, by disabling them.")


def change_settings(session: Session, school_id: int, wanted: Settings) -> bool:
    """Change a school and write down what was different; False when nothing was. Raises NameTaken."""
    school = session.scalars(select(School).where(School.id == school_id).with_for_update()).one()
    before, after = _facts(school), wanted._asdict()
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return False
    _refuse_namesake(session, school_id, wanted.name)
    for name in changed:
        setattr(school, name, ZoneInfo(wanted.timezone) if name == "timezone" else after[name])
    if wanted.language not in school.languages:
        school.languages = [*school.languages, wanted.language]
    record_both(
        session, school_id, "schools.change_settings", None, label=wanted.name,
        before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
    )  # fmt: skip
    try:
        session.flush()
    except IntegrityError:  # somebody took the name since we looked
        session.rollback()
        _refuse_namesake(session, school_id, wanted.name)
        raise
    rollups.refresh(session, [school_id])
    return True


def send_invitation(session: Session, school_id: int, person: Member, *, by: Actor) -> Invitation:
    """Mail somebody a new invitation; an open one works no longer. Raises HasSignedIn and NoAddress."""
    if person.last_sign_in_at is not None:
        raise HasSignedIn
    if person.address is None:
        raise NoAddress
    held = invitations.open_invitation(session, school_id=school_id, person_id=person.person_id)
    held = held and invitations.hold(session, school_id=school_id, invitation_id=held.id)
    if held is not None and held.used_at is None and held.revoked_at is None:
        made = invitations.resend(session, held, email=person.address, by=by.name)
        action = "invitations.resend"
    else:
        made = invitations.invite(
            session, school_id=school_id, person_id=person.person_id, role=person.usual_role, email=person.address, by=by.name
        )
        action = "invitations.invite"
    record_both(session, school_id, action, made, label=person.name, by=by, after={"email": made.email, "role": made.role})
    rollups.refresh(session, [school_id])
    return made


def sign_out_everywhere(session: Session, school_id: int, person: Member) -> None:
    """End every session of somebody with an account, at once and in all of their schools. Raises RunsThePlatform."""
    if person.user_id is None:
        raise ValueError(f"{person.person_id} has no account")
    if session.scalar(select(User.platform_role).where(User.id == person.user_id)):
        raise RunsThePlatform
    end_sessions(session, user_id=person.user_id)
    record_both(session, school_id, "support.end_sessions", Target("person", person.person_id), label=person.name)


def add_note(session: Session, school_id: int, *, school: str, body: str, by: Actor) -> None:
    """Write something down about a school, for operators only: so it stands in the platform's log, and not in the school's."""
    if by.id is None:
        raise ValueError("a note has an author")
    note = StaffNote(school_id=school_id, author_id=by.id, author=by.name, body=body)
    session.add(note)
    record("support.add_note", note, label=school, by=by)


def _refuse_namesake(session: Session, school_id: int, name: str) -> None:
    namesake = select(School.id, School.name).where(School.name_key == name_key(name), School.id != school_id)
    found = session.execute(namesake).first()
    if found:
        raise NameTaken(found.id, found.name)


def _facts(school: School) -> dict[str, object]:
    return {name: getattr(school, name) for name in Settings._fields} | {"timezone": str(school.timezone)}
