"""Telling a family that a learner is away unexplained: once a day, after a look at what is known by then; and one follow-up.

Everything that decides is read while the alert's row is held, and its message, its end and the end of the work are one
transaction: whatever dies in between, nothing was sent, and it is done anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, literal, or_, select

from app import clock
from app.audit.record import Actor, record
from app.delivery.publish import Text, send_message
from app.domain.attendance import is_unexplained
from app.domain.families import Guardian, guardians_of, hears_of_attendance
from app.domain.on_site import day_of, is_on_site
from app.domain.reach import reach_of
from app.i18n.catalogue import N_
from app.models.attendance import AbsenceAlert, AbsenceReport, AlertState, AttendanceMark, ReportState, Status
from app.models.gate import GateState
from app.models.person import Person
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from blueprints.attendance import messages
from blueprints.attendance.absences import IS_TIED

#: why an alert was withheld
WHY = {
    "corrected": N_("The register was corrected before."),
    "excused": N_("The absence has a reason."),
    "reported": N_("The family has reported the absence."),
    "on_site": N_("By the gate the learner is on site."),
    "nobody": N_("Nobody is to be told: no parent or guardian hears about attendance."),
    "unreachable": N_("No app notification and no email reaches the parents or guardians who should hear. Please phone them."),
    "off": N_("The school has switched these messages off."),
    "day_over": N_("The day was over before it could be sent."),
    "left": N_("The learner has left the school."),
}


class _Now(NamedTuple):
    """The newest word of the registers about a learner on a day."""

    status: str
    reason: str | None
    at: dt.datetime


def tell(alert_id: UUID, *, by: Actor) -> dt.datetime | None:
    """Send an alert that is due, or withhold it and say why; returns the moment to come back at when it is not due yet."""
    alert = _held(alert_id)
    if alert is None or alert.state != AlertState.WAITING:
        return None
    now = clock.now()
    if alert.due_at > now:
        return alert.due_at
    school = db.session.get_one(School, current_school_id())
    learner = db.session.scalars(select(Person).where(Person.id == alert.learner_id)).one()
    mark = _newest_mark(alert)
    why, hearing = _why_not(alert, school, learner, mark, now), _who_hears(alert.learner_id)
    why = why or ("" if hearing else "nobody")
    reached = [] if why else [guardian for guardian in hearing if _is_reached(guardian)]
    why = why or ("" if reached else "unreachable")
    alert.ended_at = now
    if why or mark is None:
        alert.state, alert.why = AlertState.WITHHELD, why
        record("attendance.withhold_alert", alert, label=learner.name, after={"why": why}, by=by)
        return None
    alert.state = AlertState.SENT
    link = messages.link_to_report(alert.learner_id)
    _send(reached, messages.absence(school, learner.name, at=mark.at, link=link), link)
    told = {"guardians": [guardian.name for guardian in reached]}
    record("attendance.send_alert", alert, label=learner.name, after=told, by=by)
    return None


def follow_up(alert_id: UUID, *, by: Actor) -> None:
    """Tell the family after an alert that the learner is accounted for: once, and only while the registers say so."""
    alert = _held(alert_id)
    if alert is None or alert.state != AlertState.SENT or alert.followed_up_at:
        return
    mark = _newest_mark(alert)
    if mark is None or is_unexplained(mark.status, mark.reason):
        return
    school = db.session.get_one(School, current_school_id())
    name = db.session.scalars(select(Person.name).where(Person.id == alert.learner_id)).one()
    texts = messages.correction(school, name, day=alert.on_date, status=mark.status, reason=mark.reason)
    reached = [guardian for guardian in _who_hears(alert.learner_id) if _is_reached(guardian)]
    _send(reached, texts, messages.REPORT)
    alert.followed_up_at = clock.now()
    told = {"status": mark.status, "guardians": [guardian.name for guardian in reached]}
    record("attendance.follow_up", alert, label=name, after=told, by=by)


def _why_not(alert: AbsenceAlert, school: School, learner: Person, mark: _Now | None, now: dt.datetime) -> str:
    """The key of WHY for which an alert must not be sent now; empty when it must."""
    if not school.absence_alerts:
        return "off"
    if alert.on_date != now.astimezone(school.timezone).date():
        return "day_over"
    if learner.ended_at:
        return "left"
    if mark is None or mark.status != Status.ABSENT:
        return "corrected"
    if mark.reason:
        return "excused"
    if _is_reported(alert):
        return "reported"
    return "on_site" if _is_on_site(alert.learner_id, school, now) else ""


def _held(alert_id: UUID) -> AbsenceAlert | None:
    return db.session.scalars(select(AbsenceAlert).where(AbsenceAlert.id == alert_id).with_for_update()).one_or_none()


def _newest_mark(alert: AbsenceAlert) -> _Now | None:
    marks = AttendanceMark
    newest = (
        select(marks.status, marks.reason, marks.at)
        .where(marks.learner_id == alert.learner_id, marks.on_date == alert.on_date)
        .order_by(marks.at.desc(), marks.id.desc())
        .limit(1)
    )
    row = db.session.execute(newest).one_or_none()
    return _Now(row.status, row.reason, row.at) if row else None


def _is_reported(alert: AbsenceAlert) -> bool:
    covering = select(AbsenceReport.id).where(
        AbsenceReport.learner_id == alert.learner_id, AbsenceReport.from_on <= alert.on_date,
        AbsenceReport.until_on >= alert.on_date,
        or_(AbsenceReport.state == ReportState.ACCEPTED.value, and_(AbsenceReport.state == ReportState.WAITING.value, IS_TIED)),
    )  # fmt: skip
    return db.session.scalar(select(covering.exists())) or False


def _is_on_site(learner_id: UUID, school: School, now: dt.datetime) -> bool:
    day = day_of(school, now)
    if day is None:
        return False
    there = select(GateState.id).where(GateState.id == learner_id, is_on_site(literal(day)))
    return db.session.scalar(select(there.exists())) or False


def _who_hears(learner_id: UUID) -> list[Guardian]:
    return [guardian for guardian in guardians_of([learner_id])[learner_id] if hears_of_attendance(guardian)]


def _is_reached(guardian: Guardian) -> bool:
    way = reach_of(guardian.person, channel=None, urgent=True)
    return way is not None and bool(way.by)


def _send(guardians: list[Guardian], texts: Mapping[str, Text], url: str) -> None:
    """One message to each, ahead of others and by all their channels: it is about where a child is."""
    for guardian in guardians:
        send_message(audience="guardians", texts=texts, url=url, urgent=True, due=None, person_id=guardian.person)
