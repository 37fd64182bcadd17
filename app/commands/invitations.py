"""Invitations from the command line, for one school: somebody by address, or all parents and guardians at once."""

from __future__ import annotations

from uuid import UUID

import click
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.audit.both import record_both
from app.audit.record import Target
from app.commands.command import CannotRun, Command, FoundWrong, in_app
from app.domain.invitations import LIFE, ROLES, invite_many
from app.models.person import Kind, Person
from app.models.school import School
from app.models.user import Membership, Role
from app.tenancy.doors import across_schools

BY = "Umthi"  # who invites, as the mail says it


@click.command("invite", cls=Command)
@click.option("--school", "school_id", type=int, required=True, help="the school's number")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), help="what they will be; by default what most of their kind are"
)
@click.option("--all-guardians", is_flag=True, help="everybody with an address and without an account")
@click.argument("emails", nargs=-1, metavar="[EMAIL]...")
@in_app
def invite(school_id: int, role: str | None, all_guardians: bool, emails: tuple[str, ...]) -> None:
    """Invite people of a school, who are on record there by EMAIL, to accounts of their own; says how many.

    Who has an account or an invitation that still works is left out. The mails are sent by the workers.
    """
    if bool(emails) == all_guardians:
        raise CannotRun("Name addresses, or --all-guardians, one of the two.")
    wanted = sorted({email.strip().lower() for email in emails})
    with across_schools("invite") as session:
        school = session.get(School, school_id)
        if school is None:
            raise CannotRun(f"There is no school {school_id}.")
        people = _without_account(session, school_id, None if all_guardians else wanted)
        strangers = sorted(set(wanted) - _on_record(session, school_id, wanted))
        made = sum(
            _invite(session, school_id, {one.id: one.email or "" for one in people if one.kind == kind}, role, kind)
            for kind in Kind
        )
        session.commit()
        name = school.name
    click.echo(f"{made} invited to {name}; each link works once, for {LIFE.total_seconds() / 3600:.0f} hours.")
    if strangers:
        raise FoundWrong(f"Not on record at {name}: {', '.join(strangers)}.")


def _invite(session: Session, school_id: int, people: dict[UUID, str], role: str | None, kind: Kind) -> int:
    """Invite people of one kind. Raises CannotRun for a role that they cannot have."""
    if not people:
        return 0
    if role and role not in ROLES[kind]:
        raise CannotRun(f"A {kind} cannot be invited as {role}, only as {', '.join(ROLES[kind])}.")
    given = role or ROLES[kind][0].value
    made = invite_many(session, school_id=school_id, people=people, role=given, by=BY)
    if made:
        after = {"role": given, "people": len(made)}
        record_both(session, school_id, "invitations.invite_many", Target("invitation"), label=str(len(made)), after=after)
    return len(made)


def _without_account(session: Session, school_id: int, emails: list[str] | None) -> list[Person]:
    """The people with these addresses, or (None) all guardians with one that works, who have no account; one an address."""
    member = and_(Membership.school_id == Person.school_id, Membership.person_id == Person.id, Membership.ended_at.is_(None))
    found = (
        select(Person)
        .outerjoin(Membership, member)
        .where(Person.school_id == school_id, Person.ended_at.is_(None), Person.email.is_not(None), Membership.id.is_(None))
        .order_by(Person.id)
    )
    if emails is None:
        return list(session.scalars(found.where(Person.kind == Kind.GUARDIAN.value, Person.email_flagged_at.is_(None))))
    people = session.scalars(found.where(Person.email.in_(emails)))
    return list({person.email: person for person in people}.values())


def _on_record(session: Session, school_id: int, emails: list[str]) -> set[str | None]:
    here = Person.school_id == school_id, Person.ended_at.is_(None), Person.email.in_(emails)
    return set(session.scalars(select(Person.email).where(*here)))
