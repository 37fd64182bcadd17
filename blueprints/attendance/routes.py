"""The addresses of attendance: the day at a glance, the register, a learner's history, what is set."""

from __future__ import annotations

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import Who, asking
from app.audit.record import Actor, current_actor
from app.domain.attendance import REASONS, tally
from app.domain.calendar import DAY, Calendar
from app.i18n.speech import speech
from app.tenancy.reading import one_reading
from app.web.filters import asked
from app.web.live import answer, is_fragment
from app.web.page import render
from blueprints.attendance import alerts, continuous, history, operations, queries, today
from blueprints.attendance.forms import RegisterForm, SettingsForm, Typed, typed
from blueprints.attendance.operations import Settings, TooLate
from blueprints.attendance.queries import NEAR, Head, Row
from blueprints.attendance.saving import RegisterChanged, WhyMissing, counts, entry_of, save_register
from blueprints.attendance.sentences import closed_words, keys, saved_words, year_words
from blueprints.attendance.sheet import lines_of
from blueprints.attendance.standing import Standing, may_keep, standing

pages = Blueprint("attendance", __name__, url_prefix="/attendance", template_folder="templates")
Answer = str | Response | tuple[str, int]
YEARS = range(2000, 2101)


@pages.get("/")
@allow(Permission.ATTENDANCE_TAKE)
def overview() -> Answer:
    person, now = asking(), clock.now()
    here = today_of(person, now)
    day = asked_day(here)
    mine = (person.role, person.person_id)
    waiting = today.alerts(*mine, day, now)
    if is_fragment():
        return answer("attendance/alerts.html", alerts=waiting, why=alerts.WHY)
    calendar = Calendar(person.timezone or "", day - NEAR, day + NEAR)
    is_open = calendar.is_school_day(day)
    registers = today.registers(*mine, day, now, zone_of(person), is_school_day=is_open and day <= here)
    teacher = today.teacher_of(*mine)
    return render(
        "attendance/overview.html", day=day, today=here, before=day - DAY, after=day + DAY, registers=registers,
        alerts=waiting, why=alerts.WHY, whole=tally(day) if teacher is None else None,
        closed="" if is_open else closed_words(day, calendar.why_closed(day)),
        missing=sum(each.is_missing for each in registers), reports=today.waiting_reports(teacher, here),
        away=len(continuous.continuously_away(teacher=teacher, today=here, timezone=person.timezone or "")),
    )  # fmt: skip


@pages.route("/classes/<uuid:class_id>", methods=["GET", "POST"])
@allow(Permission.ATTENDANCE_TAKE)
def take(class_id: UUID) -> Answer:
    person, now = asking(), clock.now()
    here = today_of(person, now)
    day, session = asked_day(here), asked_session()
    with one_reading():
        head = queries.head(class_id, day, session, person.person_id)
        if head is None or not may_keep(head, person.role):
            abort(404)
        stands = standing(head, day, here, role=person.role, timezone=person.timezone or "")
        is_now = day == here and now.astimezone(zone_of(person)).time() < head.close_time
        rows = queries.rows(head, day, day if is_now else None)
    if request.method != "POST":
        return _sheet(head, rows, stands, day)
    if stands.refusal:
        flash(speech().gettext(stands.refusal), "warn")
        return redirect(request.full_path.rstrip("?"), 303)
    said = typed(request.form.to_dict(), [(row.id, row.name) for row in rows])
    if said.problems:
        return _sheet(head, rows, stands, day, said)
    try:
        saved = save_register(
            head, rows, said.entries, day=day, today=here, revision=said.seen, why=said.why, needs_why=stands.needs_why,
            by=_keeper(person, head), by_id=person.person_id,
        )  # fmt: skip
    except WhyMissing as fault:
        return _sheet(head, rows, stands, day, said, why_missing=speech().gettext(fault.message))
    except RegisterChanged as fault:
        head = queries.head(class_id, day, session, person.person_id) or abort(404)
        rows = queries.rows(head, day, day if is_now else None)
        stands = standing(head, day, here, role=person.role, timezone=person.timezone or "")
        return _sheet(head, rows, stands, day, said, changed=speech().gettext(fault.message))
    due = now + dt.timedelta(minutes=head.alert_minutes)
    for tone, text in saved_words(saved, counts(said.entries), due):
        flash(text, tone)
    return redirect(url_for(".overview", day=None if day == here else day.isoformat()), 303)


@pages.post("/alerts/<uuid:alert_id>/undo")
@allow(Permission.ATTENDANCE_TAKE)
def undo_alert(alert_id: UUID) -> Answer:
    person = asking()
    if not today.may_undo(alert_id, person.role, person.person_id):
        abort(404)
    try:
        operations.undo_alert(alert_id, by=current_actor())
    except TooLate as fault:
        flash(speech().gettext(fault.message), "warn")
    else:
        flash(speech().gettext("Undone: the family is not told of this absence."), "ok")
    return redirect(url_for(".overview"), 303)


@pages.get("/learners/<uuid:learner_id>")
@allow(Permission.ATTENDANCE_TAKE)
def learner_history(learner_id: UUID) -> Answer:
    person = asking()
    here, filters = today_of(person, clock.now()), asked()
    learner = history.learner(learner_id, teacher=today.teacher_of(person.role, person.person_id), today=here)
    if learner is None:
        abort(404)
    wanted = request.args.get("year", str(here.year))
    if not (wanted.isascii() and wanted.isdigit() and 2000 <= int(wanted[:5]) <= here.year):
        abort(404)
    year = int(wanted)
    return render(
        "attendance/history.html", learner=learner, year=year, this_year=here.year, asked=filters, reasons=REASONS,
        of_year=history.year_of(learner_id, year, today=here, timezone=person.timezone or ""),
        page=history.events(learner_id, filters.after), words=year_words(),
    )  # fmt: skip


@pages.route("/settings", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def edit_settings() -> Answer:
    form = SettingsForm(data=operations.settings()._asdict())
    if form.validate_on_submit():
        wanted = Settings(form.absence_alerts.data, form.alert_minutes.data or 0, form.lock_days.data or 0)
        if operations.change_settings(wanted, by=current_actor()):
            flash(speech().gettext("The settings are saved."), "ok")
        else:
            flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
        return redirect(url_for(".edit_settings"), 303)
    page = render("attendance/settings.html", form=form)
    return page, 422 if form.is_submitted() else 200


def zone_of(person: Who) -> ZoneInfo:
    """The clock of the school where somebody acts."""
    return ZoneInfo(person.timezone or "Africa/Johannesburg")


def today_of(person: Who, now: dt.datetime) -> dt.date:
    """The day on the wall of the school where somebody acts."""
    return now.astimezone(zone_of(person)).date()


def asked_day(here: dt.date) -> dt.date:
    """The day that the address names, else today; 404 for what is no day."""
    text = request.args.get("day", "")
    try:
        day = dt.date.fromisoformat(text) if text else here
    except ValueError:
        abort(404)
    return day if day.year in YEARS else abort(404)


def asked_session() -> UUID | None:
    """The lesson that the address names, None for the daily register; 404 for what is no id."""
    text = request.args.get("session", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        abort(404)


def _keeper(person: Who, head: Head) -> Actor:
    """Who keeps the register, by the name that was read with the class: asking for it again would be a statement more."""
    return current_actor() if person.visit else Actor("user", person.user_id, head.me or person.name)


def _sheet(
    head: Head, rows: list[Row], stands: Standing, day: dt.date, said: Typed | None = None, *, changed: str = "",
    why_missing: str = "",
) -> Answer:  # fmt: skip
    """The register: as it is, with what is wrong with it (422), or beside what somebody else has saved meanwhile (409)."""
    form = RegisterForm(
        said.problems if said else (), data={"revision": str(head.revision or 0), "why": said.why if said else ""}
    )
    if why_missing:
        form.why.errors = [why_missing]
    entries = {row.id: entry_of(row) for row in rows} | (said.entries if said else {})
    warning = speech().gettext(stands.warning, name=speech().gettext(stands.closed_by)) if stands.warning else ""
    page = render(
        "attendance/take.html", form=form, head=head, day=day, lines=lines_of(rows, entries, compare=bool(changed)),
        totals=counts(entries), refusal=stands.refusal, warning=warning, needs_why=stands.needs_why, changed=changed,
        keys=keys(), reasons=REASONS, lessons=queries.lessons(head.class_id, day), before=day - DAY, after=day + DAY,
        corrections=queries.corrections(head.register_id) if head.register_id else [],
    )  # fmt: skip
    return (page, 409) if changed else (page, 422) if form.problems else page
