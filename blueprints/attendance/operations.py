"""What can be done about attendance besides keeping a register: undo an alert, report an absence, decide about it, settings."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, record
from app.delivery.publish import send_message
from app.domain.attendance import ACCEPTED_WHY
from app.domain.families import guardians_of
from app.i18n.catalogue import N_
from app.models.attendance import AbsenceAlert, AbsenceInquiry, AbsenceReport, AlertState, ReportState
from app.models.person import Person
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.reading import Bulk, driving
from app.tenancy.scope import current_school_id
from blueprints.attendance import messages

#: reports that count
OPEN = (ReportState.WAITING.value, ReportState.ACCEPTED.value)


class AttendanceError(Exception):
    """Why something cannot be done; `message` is for people, marked with N_."""

    message = ""


class TooLate(AttendanceError):
    """The alert went out, or was withheld, before."""

    message = N_("It is too late to undo this: it has been sent, or it is not sent any more.")


class AlreadyReported(AttendanceError):
    """The same days of the same learner."""

    message = N_("This absence has been reported already. You find it below.")


class AlreadyDecided(AttendanceError):
    """Somebody else decided, or the family took it back."""

    message = N_("This report was decided or taken back meanwhile, so nothing was changed.")


class Draft(NamedTuple):
    """What a guardian says of an absence: from a day to a day, both included."""

    learner_id: UUID
    learner: str
    from_on: dt.date
    until_on: dt.date
    reason: str
    note: str | None


class Settings(NamedTuple):
    """When families are told of an unexplained absence, and after how many days a register is locked."""

    absence_alerts: bool
    alert_minutes: int
    lock_days: int


# An accepted report explains the absences that it covers: each is a correction like any other, and where an alert has gone out
# for one, its follow-up finds that. Registers are taken before their marks, as by whoever saves one.
EXPLAIN = Bulk("""
WITH seen AS (
    UPDATE register SET revision = revision + 1
    WHERE school_id = %(school)s AND id IN (
        SELECT register_id FROM attendance_mark WHERE school_id = %(school)s AND learner_id = %(learner)s
        AND on_date BETWEEN %(from_on)s AND %(until_on)s AND status = 'absent' AND reason IS NULL
    ) RETURNING id
), marked AS (
    UPDATE attendance_mark SET reason = %(reason)s, at = %(now)s, by_id = %(by_id)s, by_name = %(by_name)s
    WHERE school_id = %(school)s AND learner_id = %(learner)s AND register_id IN (SELECT id FROM seen)
    AND status = 'absent' AND reason IS NULL
    RETURNING register_id, learner_id, on_date, status, reason, minutes, note
), told AS (
    INSERT INTO attendance_event (school_id, register_id, learner_id, status, reason, minutes, note, at, by_id, by_name, why)
    SELECT %(school)s, register_id, learner_id, status, reason, minutes, note, %(now)s, %(by_id)s, %(by_name)s, %(why)s
    FROM marked
), followed AS (
    INSERT INTO outbox (school_id, id, job, subject, queue)
    SELECT DISTINCT ON (a.id) %(school)s, uuid7(), 'attendance.follow_up', a.id, 'urgent'
    FROM absence_alert a JOIN marked m USING (learner_id, on_date)
    WHERE a.school_id = %(school)s AND a.state IN ('waiting', 'sent') AND a.followed_up_at IS NULL
)
SELECT count(*) AS explained FROM marked
""")


def undo_alert(alert_id: UUID, *, by: Actor) -> None:
    """Let a family not be told of an absence. Raises TooLate once its message has been sent or withheld."""
    alert = db.session.scalars(select(AbsenceAlert).where(AbsenceAlert.id == alert_id).with_for_update()).one()
    if alert.state != AlertState.WAITING or alert.due_at <= clock.now():
        raise TooLate
    alert.state, alert.ended_at = AlertState.UNDONE, clock.now()
    record(
        "attendance.undo_alert", alert, label=name_of(alert.learner_id), before={"state": AlertState.WAITING},
        after={"state": AlertState.UNDONE}, by=by,
    )  # fmt: skip


def note_inquiry(learner_id: UUID, *, kind: str, note: str, by: Actor, by_id: UUID | None) -> None:
    """Keep what somebody did about a learner's long absence (a `kind` of InquiryKind), and what came of it."""
    step = AbsenceInquiry(learner_id=learner_id, kind=kind, note=note, at=clock.now(), by_id=by_id, by_name=by.name)
    db.session.add(step)
    record("attendance.note_inquiry", step, label=name_of(learner_id), after={"kind": kind, "note": note}, by=by)


def report_absence(draft: Draft, *, person_id: UUID, by: Actor) -> AbsenceReport:
    """Store what a guardian says of an absence, for the school to decide. Raises AlreadyReported for the very same days."""
    db.session.scalars(select(Person.id).where(Person.id == draft.learner_id).with_for_update()).one()  # one after the other
    same = select(AbsenceReport.id).where(
        AbsenceReport.learner_id == draft.learner_id, AbsenceReport.from_on == draft.from_on,
        AbsenceReport.until_on == draft.until_on, AbsenceReport.state.in_(OPEN), AbsenceReport.person_id == person_id,
    )  # fmt: skip
    if db.session.scalar(same.limit(1)):
        raise AlreadyReported
    report = AbsenceReport(
        learner_id=draft.learner_id, person_id=person_id, from_on=draft.from_on, until_on=draft.until_on, reason=draft.reason,
        note=draft.note, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(report)
    after = {"from": draft.from_on, "until": draft.until_on, "reason": draft.reason, "note": draft.note}
    record("attendance.report_absence", report, label=draft.learner, after=after, by=by)
    return report


def withdraw_report(report_id: UUID, *, today: dt.date, by: Actor) -> None:
    """Take a report back: one that waits, or that was accepted and is not over. Raises AlreadyDecided."""
    report = _held(report_id)
    if not may_withdraw(report.state, report.until_on, today):
        raise AlreadyDecided
    before = report.state
    report.state = ReportState.WITHDRAWN
    record(
        "attendance.withdraw_report", report, label=name_of(report.learner_id), before={"state": before},
        after={"state": report.state}, by=by,
    )  # fmt: skip


def may_withdraw(state: str, until_on: dt.date, today: dt.date) -> bool:
    """Whether the family can still take a report back."""
    return state == ReportState.WAITING or (state == ReportState.ACCEPTED and until_on >= today)


class Decided(NamedTuple):
    """What a decision did: how many marks it `explained`, and whether the reporter is told."""

    explained: int
    is_told: bool


def decide_report(report_id: UUID, *, accept: bool, answer: str, by: Actor, by_id: UUID | None) -> Decided:
    """Accept or decline a report, tell the guardian who sent it, and explain the absences that it covers where it is accepted.

    Whoever has no contact with the learner by now is not told. Raises AlreadyDecided.
    """
    report = _held(report_id)
    if report.state != ReportState.WAITING:
        raise AlreadyDecided
    now, learner = clock.now(), name_of(report.learner_id)
    report.state = ReportState.ACCEPTED if accept else ReportState.DECLINED
    report.decided_at, report.decided_by, report.answer = now, by.name, answer or None
    is_told = any(
        guardian.person == report.person_id and not guardian.no_contact
        for guardian in guardians_of([report.learner_id])[report.learner_id]
    )
    if is_told:
        school = db.session.get_one(School, current_school_id())
        send_message(
            audience="guardians", texts=messages.decision(school, learner, report), url=messages.REPORT, urgent=False, due=None,
            person_id=report.person_id,
        )  # fmt: skip
    record(
        "attendance.accept_report" if accept else "attendance.decline_report", report, label=learner,
        before={"state": ReportState.WAITING}, after={"state": report.state, "answer": report.answer}, by=by,
    )  # fmt: skip
    if not accept:
        return Decided(0, is_told)
    values = {
        "learner": report.learner_id, "from_on": report.from_on, "until_on": report.until_on, "reason": report.reason,
        "now": now, "by_id": by_id, "by_name": by.name, "why": ACCEPTED_WHY,
    }  # fmt: skip
    with driving() as cursor:
        (explained,) = EXPLAIN.run(cursor, **values).fetchone() or (0,)
    return Decided(int(explained), is_told)


def change_settings(wanted: Settings, *, by: Actor) -> bool:
    """Store when families are told and when days are locked; False when nothing is different."""
    school = db.session.scalars(select(School).where(School.id == current_school_id()).with_for_update()).one()
    before, after = {name: getattr(school, name) for name in Settings._fields}, wanted._asdict()
    if before == after:
        return False
    for name, value in after.items():
        setattr(school, name, value)
    record("attendance.change_settings", None, label=school.name, before=before, after=after, by=by)
    return True


def settings() -> Settings:
    """What the school has set."""
    school = db.session.get_one(School, current_school_id())
    return Settings(school.absence_alerts, school.alert_minutes, school.lock_days)


def name_of(learner_id: UUID) -> str:
    """What a learner is called in the audit and in messages."""
    return db.session.scalars(select(Person.name).where(Person.id == learner_id)).one()


def _held(report_id: UUID) -> AbsenceReport:
    return db.session.scalars(select(AbsenceReport).where(AbsenceReport.id == report_id).with_for_update()).one()
