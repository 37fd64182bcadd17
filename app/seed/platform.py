"""What operators find in the demo beside its two schools: onboarding runs, a suspended school, invitations, visits, notes."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import acting_as
from app.domain import rollups
from app.models.school import School
from app.models.support import StaffNote
from app.models.user import User
from app.seed import (
    baseline,
    billable,
    billing,
    devices,
    invitations,
    onboarding,
    promotion,
    school_settings,
    suspended,
    visits,
    webhooks,
)
from app.seed.known import known_id
from app.seed.thaba import THABA
from app.tenancy.doors import across_schools, outside

NOTES = (
    "Asked for help with the SMS gateway on the phone. They will send the key once the contract is signed.",
    "The owner would like a second admin by the end of the term. Remind them how to invite one.",
)


def seed(app: Flask) -> str:
    """Make the demo schools and what operators see of the platform, or add what is missing; returns what was added, in a line.

    Raises BadSettings in production.
    """
    schools = baseline.seed(app)
    with app.app_context(), outside(), acting_as(baseline.BY), across_schools("baseline seed") as session:
        added = (
            (suspended.top_up(session), "suspended school", "suspended schools"),
            (onboarding.top_up(session), "run", "runs"),
            (invitations.top_up(session), "invitation", "invitations"),
            (school_settings.top_up(session), "account of a school", "accounts of schools"),
            (promotion.top_up(session), "poster or card", "posters and cards"),  # after the logo
            (visits.top_up(session), "support visit", "support visits"),
            (devices.top_up(session), "session", "sessions"),
            (_add_notes(session), "note for staff", "notes for staff"),
            (billable.top_up(session), "billable month", "billable months"),
            (billing.top_up(session), "invoice", "invoices"),
            (webhooks.top_up(session), "webhook event", "webhook events"),  # after the billing accounts
        )
        if any(number for number, *_ in added) or schools != baseline.KEPT:
            rollups.rebuild(session)  # so that the console has its numbers at once
        session.commit()
    lines = [line for line in (schools, baseline.told(*added)) if line != baseline.KEPT]
    return ", ".join(lines) or baseline.KEPT


def _add_notes(session: Session) -> int:
    """Add the notes about the first school that are missing; returns how many."""
    school = session.scalars(select(School).where(School.slug == THABA.slug)).one()
    operator = session.scalars(select(User).where(User.email == visits.OPERATOR)).one()
    ids = [known_id(THABA.slug, "staff note", number) for number in range(len(NOTES))]
    there = set(session.scalars(select(StaffNote.id).where(StaffNote.school_id == school.id, StaffNote.id.in_(ids))))
    missing = [(note_id, body) for note_id, body in zip(ids, NOTES, strict=True) if note_id not in there]
    session.add_all(
        StaffNote(id=note_id, school_id=school.id, author_id=operator.id, author=operator.name, body=body)
        for note_id, body in missing
    )
    return len(missing)
