"""The addresses of exports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.access.gate import allow, demand
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import person_here, refuse_download
from app.access.who import asking
from app.audit.record import current_actor
from app.exports.dataset import Dataset, UnknownFilter, datasets_of
from app.exports.filters import Asks, Filter
from app.exports.making import at_school, voice_in
from app.exports.states import OPEN
from app.exports.writing import MEDIA, Format
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web import live
from app.web.filters import asked
from app.web.links import query
from app.web.page import render
from blueprints.exports import operations, queries
from blueprints.exports.forms import FORMATS, ExportForm, form_for
from blueprints.exports.operations import Export, NoFile, Over
from blueprints.exports.queries import Detail

pages = Blueprint("exports", __name__, url_prefix="/exports", template_folder="templates")
Answer = str | AnyResponse | tuple[str, int]
PIECE = 64 * 1024  # bytes
BOM = "bom"  # ?bom=1 begins a CSV as Excel wants it
PREVIEW = "preview"  # the button that only shows what there would be


@pages.get("/")
@allow(Permission.EXPORTS_VIEW)
def list_exports() -> Answer:
    filters = asked(place=(UUID,))
    page = queries.newest(filters.after)
    known = datasets_of(current_app)
    latest = {export: found[0] for export, found in queries.fetches([row.id for row in page.rows]).items()}
    return render(
        "exports/list.html", datasets=[] if filters.after else _open_to_them(), page=page, asked=filters, known=known,
        latest=latest, formats=FORMATS,
    )  # fmt: skip


@pages.route("/new/<dataset>", methods=["GET", "POST"])
@allow(Permission.EXPORTS_VIEW)
def new_export(dataset: str) -> Answer:
    wanted = _dataset(dataset)
    form = form_for(wanted, queries.classes(), **_begun(wanted))
    if form.is_submitted() and PREVIEW not in request.form and form.validate_on_submit():
        return _ask(wanted, form)
    return _choosing(wanted, form)


@pages.get("/<uuid:export_id>")
@allow(Permission.EXPORTS_VIEW)
def show_export(export_id: UUID) -> Answer:
    export = _theirs(export_id)
    wanted = datasets_of(current_app)[export.dataset]
    again = query({"format": export.format, "language": export.language, **export.filters})
    return render(
        "exports/show.html", export=export, dataset=wanted, fetches=queries.fetches([export.id]).get(str(export.id), []),
        again=again, formats=FORMATS, language=speech().gettext(LANGUAGES[export.language].spoken),
        is_open=export.state in OPEN, narrowed=_narrowed(wanted, export),
    )  # fmt: skip


@pages.get("/<uuid:export_id>/progress")
@allow(Permission.EXPORTS_VIEW)
def show_progress(export_id: UUID) -> Answer:
    """How far it is, asked for every 2 seconds while it is written; a browser that wants a page is led to it."""
    export = _theirs(export_id)
    if not live.is_fragment():
        return redirect(url_for(".show_export", export_id=export_id))
    return live.answer("exports/progress.html", export=export, is_over=export.state not in OPEN)


@pages.post("/<uuid:export_id>/cancel")
@allow(Permission.EXPORTS_VIEW)
def cancel_export(export_id: UUID) -> Answer:
    _theirs(export_id)
    try:
        operations.cancel(export_id, by=current_actor())
    except Over:
        flash(speech().gettext("This export was over already, so there was nothing to cancel."), "info")
    else:
        flash(speech().gettext("The export is cancelled. Nothing of it is kept."), "ok")
    return redirect(url_for(".show_export", export_id=export_id), 303)


@pages.get("/<uuid:export_id>/file")
@allow(Permission.EXPORTS_VIEW)
def fetch_export(export_id: UUID) -> Answer:
    export = _theirs(export_id)
    refuse_download()
    if datasets_of(current_app)[export.dataset].is_guarded:
        demand_step_up()
    try:
        file = operations.fetch(export, by=current_actor())
    except NoFile:
        flash(speech().gettext("There is no file to download. Ask for it again."), "warn")
        return redirect(url_for(".show_export", export_id=export_id), 303)
    return _sent(file, Format(export.format))


@pages.get("/<uuid:export_id>/manifest.json")
@allow(Permission.EXPORTS_VIEW)
def fetch_manifest(export_id: UUID) -> Answer:
    """What is in the file, for machines; it stays when the file has gone."""
    export = _theirs(export_id)
    if export.manifest is None:
        return redirect(url_for(".show_export", export_id=export_id))
    response = jsonify(export.manifest)
    response.headers.set("Content-Disposition", "attachment", filename=f"{export.dataset}-{export.id}.manifest.json")
    return response


@pages.get("/<dataset>.<any(csv, xlsx, jsonl):ending>")
@allow(Permission.EXPORTS_VIEW)
def download(dataset: str, ending: str) -> Response:
    """A file at once: for lists that link to what they show."""
    wanted = _dataset(dataset)
    refuse_download()
    if wanted.is_guarded:
        demand_step_up()
    given = request.args.to_dict()
    bom = given.pop(BOM, "") == "1"
    try:
        filters = wanted.narrowed(given)
    except UnknownFilter:
        abort(404)
    to = Format(ending)
    return _sent(operations.take_out(wanted, filters, to=to, bom=bom, voice=speech(), by=current_actor()), to)


def _ask(wanted: Dataset, form: ExportForm) -> AnyResponse:
    """Have it written, by somebody of the school: a visitor takes out what they need at once."""
    person_id = person_here()
    if wanted.is_guarded:
        chosen = query({"format": form.format.data, "language": form.language.data, **form.asked})
        demand_step_up(back=f"{url_for('.new_export', dataset=wanted.name)}?{chosen}")
    made = operations.ask_for(
        wanted, form.asked, to=Format(form.format.data), language=form.language.data, person_id=person_id,
        by=current_actor(), url=url_for(".list_exports"),
    )  # fmt: skip
    return redirect(url_for(".show_export", export_id=made.id), 303)


def _choosing(wanted: Dataset, form: ExportForm) -> Answer:
    """The form with the first rows of what it asks for; without them as long as that cannot be read."""
    is_well = not form.is_submitted() or form.validate()
    rows, length = [], None
    if is_well:
        filters = wanted.narrowed(form.asked)
        voice = voice_in(form.language.data, at_school())
        rows, length = queries.preview(wanted, filters, voice), operations.length_of(wanted, filters)
        heads = [voice.gettext(column.label) for column in wanted.columns]
    else:
        heads = []
    page = render(
        "exports/new.html", dataset=wanted, form=form, rows=rows, heads=heads, length=length, is_well=is_well,
        is_visit=asking().visit is not None,
    )  # fmt: skip
    return page if is_well else (page, 422)


def _begun(wanted: Dataset) -> dict[str, object]:
    """What the address says of the form, where it can have that value; without a language it is the reader's."""
    begun: dict[str, object] = {}
    for name, text in request.args.items():
        each = wanted.filters.get(name)
        if isinstance(each, Filter) and text:
            with suppress(ValueError):
                each(text)
                begun[name] = dt.date.fromisoformat(text) if each.asks is Asks.DAY else text
    language, to = request.args.get("language"), request.args.get("format")
    begun["language"] = language if language in LANGUAGES else speech().language
    return {**begun, "format": to} if to in list(Format) else begun


def _open_to_them() -> list[Dataset]:
    """The datasets that the one who asks may take out, by their label in their language."""
    allowed, voice = asking().permissions, speech()
    found = [each for each in datasets_of(current_app).values() if each.permission in allowed]
    return sorted(found, key=lambda each: voice.gettext(each.label).casefold())


def _dataset(name: str) -> Dataset:
    """A dataset of that name, which the one who asks may take out: 404 and 403."""
    found = datasets_of(current_app).get(name) or abort(404)
    demand(found.permission)
    return found


def _theirs(export_id: UUID) -> Detail:
    """An export of the school, of a dataset that the one who asks may take out."""
    export = queries.detail(export_id) or abort(404)
    _dataset(export.dataset)
    return export


def _narrowed(wanted: Dataset, export: Detail) -> list[tuple[str, str]]:
    """What an export was narrowed by, in words."""
    voice, found = speech(), []
    for name, value in export.filters.items():
        each = wanted.filters.get(name)
        label, choices = getattr(each, "label", name), getattr(each, "choices", {})
        found.append((voice.gettext(label), voice.gettext(choices[value]) if value in choices else value))
    return found


def _sent(export: Export, to: Format) -> Response:
    """A file as an answer, in pieces."""
    response = Response(_pieces(export.file), content_type=MEDIA[to])
    response.call_on_close(export.file.close)  # also of one that nobody reads to its end
    response.content_length = export.size
    response.headers.set("Content-Disposition", "attachment", filename=export.name)
    return response


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
