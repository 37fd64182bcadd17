"""The addresses of roster imports."""

from __future__ import annotations

from contextlib import closing
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.visits import refuse_download
from app.access.who import asking
from app.audit.record import current_actor, record_read
from app.domain.roster import GOING, LABELS, stands_still
from app.i18n.speech import speech
from app.models.roster import ImportState, RosterImport, RowResult
from app.web import live
from app.web.filters import asked
from app.web.guards import takes_files
from app.web.page import render
from blueprints.imports import files, operations, queries, sentences
from blueprints.imports.forms import ColumnsForm, PlainForm, UploadForm, chosen, decided, file_name
from blueprints.imports.headings import PRESETS, by_preset
from blueprints.imports.operations import Refused, Twice
from blueprints.imports.refusals import COLUMNS, ROWS, SIZE, BadFile, letter

pages = Blueprint("imports", __name__, url_prefix="/imports", template_folder="templates")
Answer = str | Response | AnyResponse | tuple[str, int]
CSV = "text/csv; charset=utf-8"
LIMITS = {"size": SIZE >> 20, "rows": ROWS, "columns": COLUMNS}
RESULTS = (RowResult.ADD, RowResult.CHANGE, RowResult.ASK, RowResult.WRONG, RowResult.SAME)


@pages.get("/")
@allow(Permission.PEOPLE_MANAGE)
def list_imports() -> Answer:
    return _list(UploadForm())


@pages.post("/")
@allow(Permission.PEOPLE_MANAGE)
@takes_files(SIZE)
def upload() -> Answer:
    form = UploadForm()
    file = form.file.data
    if not form.validate_on_submit() or not file:
        form.refuse(sentences.refusal(BadFile("missing")))
        return _list(form), 422
    try:
        with closing(file):
            work = operations.take_in(
                file.stream, file_name(file.filename), person_id=asking().person_id, by=current_actor()
            )  # fmt: skip
    except BadFile as fault:
        form.refuse(sentences.refusal(fault))
        return _list(form), 422
    return redirect(url_for(".columns", import_id=work.id), 303)


@pages.get("/template.csv")
@allow(Permission.PEOPLE_MANAGE)
def template() -> Answer:
    return _file(files.template(), "umthi-roster.csv")


@pages.get("/<uuid:import_id>")
@allow(Permission.PEOPLE_MANAGE)
def show_import(import_id: UUID) -> Answer:
    work = _work(import_id)
    if work.state == ImportState.MAPPING:
        return redirect(url_for(".columns", import_id=import_id))
    if work.state in set(GOING) and not stands_still(work.state, work.moved_at, clock.now()):
        return render("imports/going.html", work=work)
    wanted = asked(place=(int,), result=tuple(RESULTS))
    shown = {
        "page": queries.rows(import_id, wanted.chosen["result"], wanted.after), "asked": wanted,
        "before": queries.done_before(work),
        "undecided": queries.undecided(import_id) if work.state == ImportState.CHECKED else 0,
        "why": _why(work), "said": sentences, "results": RESULTS, "can_drop": _can_drop(work),
    }  # fmt: skip
    return render("imports/show.html", work=work, **shown)


@pages.get("/<uuid:import_id>/progress")
@allow(Permission.PEOPLE_MANAGE)
def show_progress(import_id: UUID) -> Answer:
    """How far it is, asked for every 2 seconds while it goes on; a browser that wants a page is led to it."""
    work = _work(import_id)
    if not live.is_fragment():
        return redirect(url_for(".show_import", import_id=import_id))
    is_over = work.state not in set(GOING) or stands_still(work.state, work.moved_at, clock.now())
    return live.answer("imports/progress.html", work=work, is_over=is_over)


@pages.route("/<uuid:import_id>/columns", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def columns(import_id: UUID) -> Answer:
    work, form = _work(import_id, held=request.method == "POST"), ColumnsForm()
    mapping = work.mapping
    if request.args.get("preset") in PRESETS:
        mapping = by_preset(request.args["preset"], work.header)
    if form.validate_on_submit():
        mapping, twice = chosen(request.form, work.header)
        try:
            if twice:
                raise Twice
            operations.map_columns(work, mapping, by=current_actor())
            return redirect(url_for(".show_import", import_id=import_id), 303)
        except Refused as fault:
            form.refusal = speech().gettext(fault.message)
    if work.state not in (ImportState.MAPPING, ImportState.CHECKED):
        return _refused(import_id, Refused())
    page = render(
        "imports/columns.html", work=work, form=form, fields={place: name for name, place in mapping.items()}, labels=LABELS,
        samples=queries.samples(import_id), presets={key: name for key, (name, _) in PRESETS.items()}, letter=letter,
        before=queries.done_before(work),
    )  # fmt: skip
    return (page, 422) if form.refusal else page


@pages.post("/<uuid:import_id>/decide")
@allow(Permission.PEOPLE_MANAGE)
def decide(import_id: UUID) -> Answer:
    work, decisions = _work(import_id, held=True), decided(request.form)
    if not decisions:
        flash(speech().gettext("Nothing was chosen, so nothing was decided."), "info")
        return redirect(url_for(".show_import", import_id=import_id, result="ask"), 303)
    try:
        settled = operations.decide(work, decisions, by=current_actor())
    except Refused as fault:
        return _refused(import_id, fault)
    flash(speech().ngettext("%(num)s row is decided.", "%(num)s rows are decided.", settled), "ok")
    return redirect(url_for(".show_import", import_id=import_id, result="ask"), 303)


@pages.post("/<uuid:import_id>/run")
@allow(Permission.PEOPLE_MANAGE)
def run(import_id: UUID) -> Answer:
    work = _work(import_id, held=True)
    to = url_for(".show_import", import_id=import_id)
    try:
        operations.run(work, request.form.getlist("class"), url=to, by=current_actor())
    except Refused as fault:
        return _refused(import_id, fault)
    return redirect(to, 303)


@pages.route("/<uuid:import_id>/undo", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def undo(import_id: UUID) -> Answer:
    work, form = _work(import_id, held=request.method == "POST"), PlainForm()
    if work.state != ImportState.DONE:
        return _refused(import_id, Refused())
    if not form.validate_on_submit():
        return render("imports/undo.html", work=work)
    try:
        operations.undo(work, by=current_actor())
    except Refused as fault:
        return _refused(import_id, fault)
    return redirect(url_for(".show_import", import_id=import_id), 303)


@pages.post("/<uuid:import_id>/resume")
@allow(Permission.PEOPLE_MANAGE)
def resume(import_id: UUID) -> Answer:
    try:
        operations.resume(_work(import_id, held=True), by=current_actor())
    except Refused as fault:
        return _refused(import_id, fault)
    flash(speech().gettext("The import goes on with the row where it stopped."), "ok")
    return redirect(url_for(".show_import", import_id=import_id), 303)


@pages.post("/<uuid:import_id>/drop")
@allow(Permission.PEOPLE_MANAGE)
def drop(import_id: UUID) -> Answer:
    try:
        operations.drop(_work(import_id, held=True), by=current_actor())
    except Refused as fault:
        return _refused(import_id, fault)
    flash(speech().gettext("The import was put aside. Nothing of it was imported."), "ok")
    return redirect(url_for(".list_imports"), 303)


@pages.get("/<uuid:import_id>/errors.csv")
@allow(Permission.PEOPLE_MANAGE)
def errors(import_id: UUID) -> Answer:
    work = _work(import_id)
    refuse_download()
    rows = queries.left_out(import_id)
    record_read("imports.download_errors", work, label=work.file_name, by=current_actor(), after={"rows": len(rows)})
    return _file(files.mendable(work, rows), f"{work.file_name.rpartition('.')[0] or work.file_name}-to-mend.csv")


def _list(form: UploadForm) -> str:
    wanted = asked(place=(UUID,))
    now = clock.now()
    page = queries.imports(wanted.after)
    still = {row.id for row in page.rows if stands_still(row.state, row.moved_at, now)}
    return render("imports/list.html", form=form, page=page, asked=wanted, limits=LIMITS, still=still)


def _work(import_id: UUID, *, held: bool = False) -> RosterImport:
    return queries.one(import_id, held=held) or abort(404)


def _why(work: RosterImport) -> str | None:
    """Why it stands still, if it does: a message to be translated."""
    if not stands_still(work.state, work.moved_at, clock.now()):
        return None
    return sentences.reason(work.error) if work.state == ImportState.FAILED else sentences.SILENT


def _can_drop(work: RosterImport) -> bool:
    was = work.options.get("was") if work.state == ImportState.FAILED else work.state
    return was in (ImportState.CHECKING, ImportState.CHECKED)


def _refused(import_id: UUID, fault: Refused) -> Answer:
    flash(speech().gettext(fault.message), "warn")
    return redirect(url_for(".show_import", import_id=import_id), 303)


def _file(content: bytes, name: str) -> Response:
    response = Response(content, content_type=CSV)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
