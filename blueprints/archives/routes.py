"""The addresses of everything at once: what is in it, asking for one, how far it is, and taking it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.access.gate import allow, demand
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import person_here, refuse_download
from app.access.who import asking
from app.audit.record import current_actor
from app.exports.archive.finishing import LIFE
from app.exports.archive.manifest import CARRIED
from app.i18n.speech import speech
from app.web import live
from app.web.page import render
from blueprints.archives import operations, queries
from blueprints.archives.operations import AlreadyMaking, Gone, NotRunning, Taken
from blueprints.archives.queries import ArchiveRow
from blueprints.archives.words import ERRORS, called

pages = Blueprint("archives", __name__, url_prefix="/exports/everything", template_folder="templates")
Answer = str | Response | AnyResponse
PIECE = 64 * 1024  # bytes


@pages.get("")
@allow(Permission.EXPORTS_VIEW)
def everything() -> Answer:
    return render(
        "archives/everything.html", running=queries.running(), archives=queries.newest(), brought=queries.brought(),
        errors=ERRORS, days=LIFE.days, called=called, may_take=Permission.MEDICAL_READ in asking().permissions,
    )  # fmt: skip


@pages.post("")
@allow(Permission.MEDICAL_READ)  # an archive has everybody's medical notes
def ask() -> Answer:
    demand(Permission.EXPORTS_VIEW)
    refuse_download()
    person_id = person_here()
    here = url_for(".everything")
    demand_step_up(back=here)
    try:
        operations.ask(person_id=person_id, by=current_actor(), voice=speech(), url=here)
    except AlreadyMaking:
        flash(speech().gettext("An archive is being made already. You can download it when it is done."), "info")
    else:
        flash(speech().gettext("The archive is being made. You can leave this page."), "ok")
    return redirect(here, 303)


@pages.get("/progress")
@allow(Permission.EXPORTS_VIEW)
def show_progress() -> Answer:
    """How far the archive is, asked for every 2 seconds; a browser that wants a page is led to it."""
    if not live.is_fragment():
        return redirect(url_for(".everything"))
    return live.answer("archives/progress.html", running=queries.running())


@pages.get("/<uuid:archive_id>")
@allow(Permission.EXPORTS_VIEW)
def show_archive(archive_id: UUID) -> Answer:
    archive = _archive(archive_id)
    may_take = Permission.MEDICAL_READ in asking().permissions
    return render("archives/show.html", archive=archive, errors=ERRORS, called=called, carried=CARRIED, may_take=may_take)


@pages.post("/<uuid:archive_id>/cancel")
@allow(Permission.EXPORTS_VIEW)
def cancel(archive_id: UUID) -> Answer:
    _archive(archive_id)
    try:
        operations.cancel(archive_id, by=current_actor(), voice=speech())
    except NotRunning:
        flash(speech().gettext("This archive is not being made any more."), "info")
    else:
        flash(speech().gettext("The archive is not made any further. Nothing of it was kept."), "ok")
    return redirect(url_for(".everything"), 303)


@pages.get("/<uuid:archive_id>.zip")
@allow(Permission.MEDICAL_READ)
def download(archive_id: UUID) -> Answer:
    demand(Permission.EXPORTS_VIEW)
    archive = _archive(archive_id)
    refuse_download()
    person_here()
    demand_step_up(back=url_for(".show_archive", archive_id=archive_id))
    try:
        return _sent(operations.take(archive, slug=queries.slug(), by=current_actor(), voice=speech()), "application/zip")
    except Gone:
        flash(speech().gettext("The file of this archive is not there any more. Ask for a new one."), "warn")
        return redirect(url_for(".show_archive", archive_id=archive_id))


@pages.get("/brought/<uuid:brought_id>/<annex>.jsonl")
@allow(Permission.MEDICAL_READ)
def download_annex(brought_id: UUID, annex: str) -> Answer:
    """What was true where this school comes from: kept to be read."""
    demand(Permission.EXPORTS_VIEW)
    rows = {row.id: row for row in queries.brought()}
    names = {kept["name"] for kept in rows[brought_id].annexes} if brought_id in rows else set()
    if annex not in names:
        abort(404)
    refuse_download()
    person_here()
    demand_step_up(back=url_for(".everything"))
    try:
        taken = operations.take_annex(brought_id, annex, slug=queries.slug(), by=current_actor())
    except Gone:
        abort(404)
    return _sent(taken, "application/jsonl; charset=utf-8")


def _archive(archive_id: UUID) -> ArchiveRow:
    return queries.archive(archive_id) or abort(404)


def _sent(taken: Taken, media: str) -> Response:
    response = Response(_pieces(taken.file), content_type=media)
    response.call_on_close(taken.file.close)  # also of one that nobody reads to its end
    response.content_length = taken.size
    response.headers.set("Content-Disposition", "attachment", filename=taken.name)
    return response


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
