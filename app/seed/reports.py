"""Reports of the baseline: two that a school saved, some that were made lately, and one that failed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.domain.report_making import FAILED, FAULT, count_next, new_report
from app.domain.reporting import Choice, Group, Kind, NoTerm, Period, Scope, days_of
from app.ids import first_of
from app.models.person import Person
from app.models.report import Report
from app.models.user import Role
from app.seed.known import known_id
from app.seed.plans import ZONE, SchoolPlan, today_at_school
from app.tenancy.database import db

RANDOM = (1 << 62) - 1  # what of an id is no moment


class _Plan(NamedTuple):
    """A report by its key: made so many days ago, at a time of day, by somebody of the school."""

    key: str
    choice: Choice
    days_ago: int
    at: dt.time
    by: Role = Role.ADMIN
    name: Mapping[str, str] | None = None
    fails: bool = False


REPORTS = (
    _Plan(
        "month", Choice(Kind.ATTENDANCE, Group.CLASS, Period.THIS_MONTH), 6, dt.time(7, 50), Role.OWNER,
        {"zu": "Ukuba khona kwale nyanga", "af": "Bywoning vir die beheerliggaam"},
    ),
    _Plan(
        "gate", Choice(Kind.GATE, Group.DAY, Period.THIS_WEEK), 3, dt.time(14, 40),
        name={"zu": "Isango kuleli viki", "af": "Hek: hierdie week"},
    ),
    _Plan("reasons", Choice(Kind.ATTENDANCE, Group.REASON, Period.THIS_TERM), 9, dt.time(9, 15)),
    _Plan("enrolment", Choice(Kind.ENROLMENT, Group.CLASS, Period.THIS_YEAR), 5, dt.time(11, 5)),
    _Plan("messages", Choice(Kind.DELIVERY, Group.CHANNEL, Period.THIS_YEAR), 4, dt.time(13, 30)),
    _Plan("learners", Choice(Kind.ATTENDANCE, Group.LEARNER, Period.THIS_YEAR), 2, dt.time(8, 20), fails=True),
    _Plan("days", Choice(Kind.ATTENDANCE, Group.DAY, Period.THIS_TERM), 1, dt.time(10, 0)),
)  # fmt: skip


def add_reports(plan: SchoolPlan, accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """Make the reports that a school lacks, of what is committed of it; returns how many.

    `accounts` are the persons of the school's accounts by address. Each is made on a school that has none of its kind, and one
    without a row waits until there is something to count.
    """
    there = {(report.kind, report.choice["group"]) for report in db.session.scalars(select(Report))}
    added = 0
    for each in REPORTS:
        if (each.choice.kind, each.choice.group) in there:
            continue
        by_id = accounts[f"{each.by.value}@{plan.host}"]
        made_at = dt.datetime.combine(today_at_school(now) - dt.timedelta(days=each.days_ago), each.at, ZONE)
        if report := _made(each, plan, by_id, made_at):
            chance = known_id(plan.slug, "report", each.key).int & RANDOM
            report.id = UUID(int=first_of(made_at).int | chance)
            db.session.add(report)
            added += 1
    return added


def _made(each: _Plan, plan: SchoolPlan, by_id: UUID, made_at: dt.datetime) -> Report | None:
    """The report as it came out on its day; None where it would be empty."""
    try:
        since, until = days_of(each.choice, made_at.date(), str(ZONE))
    except NoTerm:
        return None
    by_name = db.session.scalars(select(Person.name).where(Person.id == by_id)).one()
    name = each.name[plan.language] if each.name else ""
    report = new_report(each.choice, Scope(since, until, str(ZONE), None), name=name, by_id=by_id, by_name=by_name)
    report.is_saved, report.created_at = each.name is not None, made_at
    while count_next(report) and not each.fails:
        pass
    if each.fails:
        report.state, report.error = FAILED, FAULT
    report.ended_at = made_at + dt.timedelta(seconds=2)
    return report if report.state == FAILED or len(report.rows or []) > 1 else None
