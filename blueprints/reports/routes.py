"""The addresses of reports."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.visits import refuse_download
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.report_making import DONE, RUNNING, read
from app.domain.reporting import Choice, Kind, NoTerm, Scope
from app.domain.school_face import logo
from app.exports.writing import MEDIA, Format
from app.i18n.speech import speech
from app.models.user import Role
from app.web import live
from app.web.filters import asked
from app.web.page import render
from blueprints.reports import operations, queries, tables
from blueprints.reports.forms import ReportForm, SaveForm
from blueprints.reports.operations import NoSuchReport, NotFailed, NotTheirs, Reader
from blueprints.reports.queries import ReportRow
from blueprints.reports.words import KINDS, PERIODS, REGISTERS, notes, summary, title, why_empty

pages = Blueprint("reports", __name__, url_prefix="/reports", template_folder="templates")
Answer = str | AnyResponse | tuple[str, int]
SURE = "sure"
BOM = "bom"  # ?bom=1 begins a CSV as Excel wants it


@pages.get("/")
@allow(Permission.REPORTS_VIEW)
def list_reports() -> Answer:
    filters, person = asked(place=(UUID,), kind=[kind.value for kind in Kind]), asking()
    by = person.person_id if person.role == Role.TEACHER else None
    page = queries.runs(by, filters.chosen["kind"], filters.after)
    kept = [] if filters.after else [(row, *read(row)) for row in queries.saved(by)]
    return render(
        "reports/list.html", page=page, runs=[(row, *read(row)) for row in page.rows], saved=kept, asked=filters, kinds=KINDS,
        periods=PERIODS, title=_title,
    )  # fmt: skip


@pages.route("/new", methods=["GET", "POST"])
@allow(Permission.REPORTS_VIEW)
def new_report() -> Answer:
    kind = _kind()
    reader = _reader()
    form = ReportForm(kind, reader.classes)
    if set(request.form.getlist("classes")) - {str(row.id) for row in reader.classes}:
        abort(404)  # not theirs, or never was
    if form.validate_on_submit():
        try:
            return _run(form.choice, reader)
        except NoTerm as fault:
            form.refuse_period(fault.message)
    page = render("reports/new.html", form=form, kind=kind, kinds=KINDS, classes=reader.classes, reader=reader)
    return (page, 422) if form.is_submitted() else page


@pages.get("/<uuid:report_id>")
@allow(Permission.REPORTS_VIEW)
def show_report(report_id: UUID) -> Answer:
    return _page(_theirs(report_id))


@pages.get("/<uuid:report_id>/progress")
@allow(Permission.REPORTS_VIEW)
def show_progress(report_id: UUID) -> Answer:
    """How far it is, asked for every 2 seconds while it is made; a browser that wants a page is led to it."""
    report = _theirs(report_id)
    if not live.is_fragment():
        return redirect(url_for(".show_report", report_id=report_id))
    _, scope = read(report)
    return live.answer("reports/progress.html", scope=scope, is_over=report.state != RUNNING)


@pages.get("/<uuid:report_id>/print")
@allow(Permission.REPORTS_VIEW)
def print_report(report_id: UUID) -> Answer:
    refuse_download()
    report = _theirs(report_id)
    if report.state != DONE:
        return redirect(url_for(".show_report", report_id=report_id))
    return render("reports/print.html", school=asking().school, logo=logo(), **_told(report))


@pages.get("/<uuid:report_id>.<any(csv, xlsx):ending>")
@allow(Permission.REPORTS_VIEW)
def download(report_id: UUID, ending: str) -> Answer:
    report = _theirs(report_id)
    refuse_download()
    if report.state != DONE:
        return redirect(url_for(".show_report", report_id=report_id))
    choice, scope = read(report)
    to, voice, label = Format(ending), speech(), _title(report)
    sheet = tables.sheet(choice, scope, report.rows or [], voice)
    bom = request.args.get(BOM) == "1"
    content = operations.take_along(report, sheet, to=to, bom=bom, label=label, voice=voice, by=current_actor())
    response = Response(content, content_type=MEDIA[to])
    name = f"{queries.slug()}-{choice.kind}-{choice.group}-{scope.since}-{scope.until}.{to}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@pages.post("/<uuid:report_id>/repeat")
@allow(Permission.REPORTS_VIEW)
def repeat_report(report_id: UUID) -> Answer:
    """The same choice once more, as it comes out today."""
    report = _theirs(report_id)
    choice, _ = read(report)
    try:
        return _run(choice, _reader(), name=report.name)
    except NotTheirs:
        abort(404)
    except NoTerm as fault:
        flash(speech().gettext(fault.message), "warn")
        return redirect(url_for(".show_report", report_id=report_id), 303)


@pages.post("/<uuid:report_id>/retry")
@allow(Permission.REPORTS_VIEW)
def retry_report(report_id: UUID) -> Answer:
    _theirs(report_id)
    try:
        operations.retry(report_id, reader=_reader(), by=current_actor(), voice=speech(), url=url_for(".list_reports"))
    except NoSuchReport:
        abort(404)
    except NotFailed:
        flash(speech().gettext("This report does not have to be tried again (any more)."), "info")
    return redirect(url_for(".show_report", report_id=report_id), 303)


@pages.post("/<uuid:report_id>/save")
@allow(Permission.REPORTS_VIEW)
def save_report(report_id: UUID) -> Answer:
    report, form = _theirs(report_id), SaveForm()
    if not form.validate_on_submit():
        return _page(report, form), 422
    try:
        operations.save(report_id, name=form.name.data or "", by=current_actor())
    except NoSuchReport:
        abort(404)
    flash(speech().gettext("The report is saved. You can repeat it from the list."), "ok")
    return redirect(url_for(".show_report", report_id=report_id), 303)


@pages.route("/<uuid:report_id>/remove", methods=["GET", "POST"])
@allow(Permission.REPORTS_VIEW)
def remove_report(report_id: UUID) -> Answer:
    report = _theirs(report_id)
    if SURE not in request.form:  # for good is not done by the way
        page = render("reports/remove.html", report=report, name=_title(report))
        return (page, 422) if request.method == "POST" else page
    try:
        operations.remove(report_id, by=current_actor(), voice=speech())
    except NoSuchReport:
        abort(404)
    flash(speech().gettext("The report has been removed."), "ok")
    return redirect(url_for(".list_reports"), 303)


def _run(choice: Choice, reader: Reader, name: str = "") -> AnyResponse:
    """Make a report and lead to it. Raises NoTerm and NotTheirs."""
    voice = speech()
    scope = operations.scope_of(choice, reader, today=_today(), timezone=voice.timezone)
    url = url_for(".list_reports")
    made = operations.run(choice, scope, reader=reader, by=current_actor(), voice=voice, url=url, name=name)
    return redirect(url_for(".show_report", report_id=made.id), 303)


def _page(report: ReportRow, form: SaveForm | None = None) -> str:
    form = form or SaveForm(formdata=None, name=_title(report))
    return render("reports/show.html", form=form, **_told(report))


def _told(report: ReportRow) -> dict[str, Any]:
    """What a page says of a report; its table only once it is done."""
    (choice, scope), voice = read(report), speech()
    told: dict[str, Any] = {
        "report": report, "name": _title(report), "choice": choice, "scope": scope, "period": PERIODS[choice.period],
        "registers": REGISTERS[choice.registers], "table": None, "chart": None, "notes": [], "summary": "", "why": "",
    }  # fmt: skip
    if report.state == DONE and report.rows:
        totals = tables.totals_of(choice.kind, report.rows)
        table = tables.sheet(choice, scope, report.rows, voice)
        if table.rows:
            told |= {
                "table": table, "chart": tables.chart(choice, table, voice), "notes": notes(choice, scope, totals, voice),
                "summary": summary(choice.kind, scope, totals, voice),
            }  # fmt: skip
        else:
            told["why"] = why_empty(choice, scope, totals)
    return told


def _title(report: ReportRow | queries.ListedRow) -> str:
    """What a report is called: its name, or what it is in the reader's language."""
    return report.name or title(read(report)[0], speech())


def _theirs(report_id: UUID) -> ReportRow:
    """A report that the one who asks may see, else 404: a teacher's own, as long as they teach the classes that it is about."""
    report = queries.report(report_id) or abort(404)
    reader = _reader()
    if reader.is_teacher and (report.by_id != reader.person_id or not reader.may_see(_covered(report))):
        abort(404)
    return report


def _covered(report: ReportRow) -> tuple[UUID, ...] | None:
    scope: Scope = read(report)[1]
    return scope.classes


def _reader() -> Reader:
    person = asking()
    is_teacher = person.role == Role.TEACHER
    return Reader(person.person_id, queries.classes(person.person_id if is_teacher else None), is_teacher)


def _kind() -> Kind:
    """The kind of the address, attendance without one. 404 for what is none."""
    try:
        return Kind(request.args.get("kind") or Kind.ATTENDANCE)
    except ValueError:
        abort(404)


def _today() -> dt.date:
    """The day on the wall of the school."""
    return clock.now().astimezone(ZoneInfo(speech().timezone)).date()
