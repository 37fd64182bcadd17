"""The baseline: two South-African schools, so that whoever starts Umthi finds it lived in. Never in production."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, acting_as
from app.config import BadSettings, Settings
from app.models.person import Person
from app.models.school import School
from app.seed.accounts import add_members, add_users, members
from app.seed.api_tokens import add_tokens
from app.seed.archives import add_archives
from app.seed.attendance import add_attendance
from app.seed.classes import add_classes
from app.seed.emergency import add_emergency
from app.seed.exports import add_exports
from app.seed.families import add_families
from app.seed.filling import fill
from app.seed.follow_ups import add_follow_ups
from app.seed.gate import add_gate
from app.seed.imports import add_imports
from app.seed.karoo import KAROO
from app.seed.lead_form import add_lead_form, say_what_was_agreed_to
from app.seed.leads import add_leads
from app.seed.notices import add_notices
from app.seed.people import people
from app.seed.personal_data import add_erasure, add_personal_data
from app.seed.plans import SchoolPlan, today_at_school
from app.seed.preferences import add_preferences
from app.seed.records import add_records
from app.seed.referrals import add_referrals
from app.seed.reports import add_reports
from app.seed.reviews import add_reviews
from app.seed.site import add_site
from app.seed.thaba import THABA
from app.tenancy.doors import across_schools, acting_for, outside

PLANS = (THABA, KAROO)
BY = Actor("command", None, "seed baseline")
KEPT = "kept, nothing added"
REFUSED = "The demo schools have accounts whose password everybody knows, so they are not made in production."
FIRST_REFUSAL = dt.timedelta(seconds=3)  # after the oldest notice went out


def seed(app: Flask) -> str:
    """Make the two schools, or add what is missing of them and leave alone what is there; returns what was added, in a line.

    Each school is one transaction. Raises BadSettings in production.
    """
    refuse_in_production(app)
    now = clock.now()
    with app.app_context(), outside(), acting_as(BY):
        with across_schools("baseline seed") as session:
            new_schools = add_schools(session, PLANS)
            users = add_users(session, PLANS)
            session.commit()
            schools = {row.slug: row.id for row in session.execute(select(School.slug, School.id))}
        new_people = new_classes = new_preferences = new_notices = new_scans = new_registers = 0
        new_tokens = new_emergencies = new_exports = new_reports = new_imports = new_archives = 0
        new_reviews = new_data = new_referrals = new_leads = new_follow_ups = new_sites = 0
        for plan in PLANS:
            new_data += add_erasure(plan, schools[plan.slug], now)
            with acting_for(schools[plan.slug]) as session:
                new_people += add_members(plan, users, now)
                of_school = people(plan, now=now, flagged_at=_flagged_at(plan, now))
                new_people += fill(Person, of_school.rows)
                add_families(plan, of_school, members(plan, users), now)
                new_classes += add_classes(plan, of_school, members(plan, users), now)
                new_registers += add_attendance(plan, members(plan, users), now)
                new_people += add_records(plan, of_school, members(plan, users), now)
                new_preferences += add_preferences(plan, of_school.rows, members(plan, users), now)
                new_notices += add_notices(plan, users, now)
                new_emergencies += add_emergency(plan, members(plan, users), now)
                new_scans += add_gate(plan, users, members(plan, users), now)
                new_imports += add_imports(plan, users, now)
                new_tokens += add_tokens(plan, users, now)
                add_lead_form(plan, now)
                new_sites += add_site(plan, app.extensions["settings"], now)
                new_leads += add_leads(plan, members(plan, users), now)
                say_what_was_agreed_to(plan)
                new_referrals += add_referrals(plan, members(plan, users), now)
                new_follow_ups += add_follow_ups(plan, members(plan, users), now)
                new_reviews += add_reviews(plan, members(plan, users), now)
                new_data += add_personal_data(plan, members(plan, users), now)
                session.commit()
                new_reports += add_reports(plan, members(plan, users), now)  # which count what is committed
                new_exports += add_exports(plan, members(plan, users), now)
                session.commit()
                new_archives += add_archives(plan, members(plan, users))  # of all that is committed
                session.commit()
    return told(
        (new_schools, "school", "schools"), (new_people, "person", "people"),
        (new_classes, "class", "classes"), (new_preferences, "contact preference", "contact preferences"),
        (new_notices, "notice", "notices"), (new_scans, "scan at the gate", "scans at the gate"),
        (new_registers, "register", "registers"), (new_emergencies, "emergency", "emergencies"),
        (new_tokens, "API token", "API tokens"), (new_sites, "website", "websites"),
        (new_reports, "report", "reports"), (new_imports, "roster import", "roster imports"),
        (new_leads, "lead", "leads"), (new_referrals, "referral", "referrals"), (new_follow_ups, "follow-up", "follow-ups"),
        (new_reviews, "review", "reviews"),
        (new_data, "entry about personal data", "entries about personal data"),
        (new_exports, "export", "exports"),
        (new_archives, "archive", "archives"),
    )  # fmt: skip


def refuse_in_production(app: Flask) -> None:
    """Raise BadSettings where people's real data is."""
    settings: Settings = app.extensions["settings"]
    if settings.is_production:
        raise BadSettings(REFUSED)


def add_schools(session: Session, plans: Iterable[SchoolPlan]) -> int:
    """Add the schools that are missing; returns how many. Needs the platform's session."""
    now, there = clock.now(), set(session.scalars(select(School.slug)))
    missing = [plan for plan in plans if plan.slug not in there]
    session.add_all(
        School(
            slug=plan.slug, name=plan.name, language=plan.language, money=plan.money, close_time=plan.close_time,
            contact_email=plan.contact_email, contact_phone=plan.contact_phone, contact_address=plan.contact_address,
            created_at=now - plan.age,
        )
        for plan in missing
    )  # fmt: skip
    return len(missing)


def told(*added: tuple[int, str, str]) -> str:
    """What was added, in a line: '2 schools, 1,450 people'. Each is a number, what one is called, and what several are."""
    return ", ".join(f"{number:,} {one if number == 1 else many}" for number, one, many in added if number) or KEPT


def _flagged_at(plan: SchoolPlan, now: dt.datetime) -> dt.datetime:
    """When mail servers refused the addresses that do not work: as the first notice went out."""
    oldest = min(notice.starts_at(today_at_school(now)) for notice in plan.notices if not notice.removed)
    return oldest + FIRST_REFUSAL
