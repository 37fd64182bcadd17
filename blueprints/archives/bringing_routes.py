"""The addresses of bringing an archive into a school: operators do it, for a school that is empty."""

from __future__ import annotations

from contextlib import closing
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.lifecycle import NoSuchSchool, NotTheName
from app.exports.archive.wrong import Wrong
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.archive import ArchiveImport, ArchiveState
from app.tenancy.doors import across_schools
from app.web import live
from app.web.guards import takes_files
from app.web.page import render
from blueprints.archives import bringing_queries, importing
from blueprints.archives.bringing_forms import BringForm, file_name
from blueprints.archives.bringing_queries import SchoolRow
from blueprints.archives.importing import SIZE, AlreadyBringing, said
from blueprints.archives.words import called

pages = Blueprint(
    "archive_imports", __name__, url_prefix="/operator/schools/<int:school_id>/archive", template_folder="templates"
)
Answer = str | AnyResponse | tuple[str, int]


@pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def archive(school_id: int) -> Answer:
    return _page(school_id, BringForm())


@pages.post("")
@allow(Permission.PLATFORM_OPERATE)
@takes_files(SIZE)
def bring(school_id: int) -> Answer:
    here = url_for(".archive", school_id=school_id)
    demand_step_up(back=here)
    form = BringForm()
    file = form.file.data
    is_well = form.validate_on_submit()
    if not file:
        form.refuse(speech().gettext("Choose the file of an archive"))
    if not is_well or not file:
        return _page(school_id, form), 422
    try:
        with across_schools(N_("Bringing an archive into a school")) as session, closing(file):
            import_id = importing.take_in(
                session, school_id, file.stream, file_name(file.filename), typed=form.confirm_name.data or "",
                by=current_actor(), user_id=asking().user_id,
            )  # fmt: skip
            session.commit()
    except NoSuchSchool:
        abort(404)
    except NotTheName as fault:
        form.refuse_name(fault.message)
    except Wrong as wrong:
        form.refuse(said(wrong.told(), speech()))
    except AlreadyBringing:
        flash(speech().gettext("An archive is being brought into this school already."), "info")
        return redirect(here, 303)
    else:
        return redirect(url_for(".show_import", school_id=school_id, brought_id=import_id), 303)
    return _page(school_id, form), 422


@pages.get("/<uuid:brought_id>")
@allow(Permission.PLATFORM_OPERATE)
def show_import(school_id: int, brought_id: UUID) -> Answer:
    with across_schools(N_("Bringing an archive into a school")) as session:
        school, work = _found(session, school_id, brought_id)
        return render(
            "archives/brought.html", school=school, work=work, called=called,
            why=said(work.problem, speech()) if work.problem else "",
        )  # fmt: skip


@pages.get("/<uuid:brought_id>/progress")
@allow(Permission.PLATFORM_OPERATE)
def show_progress(school_id: int, brought_id: UUID) -> Answer:
    """How far it is, asked for every 2 seconds; a browser that wants a page is led to it."""
    with across_schools("how far an archive is", routine=True) as session:
        _, work = _found(session, school_id, brought_id)
        if not live.is_fragment():
            return redirect(url_for(".show_import", school_id=school_id, brought_id=brought_id))
        return live.answer("archives/bringing.html", work=work, is_over=work.state != ArchiveState.RUNNING)


def _page(school_id: int, form: BringForm) -> str:
    try:
        with across_schools(N_("Bringing an archive into a school")) as session:
            school = bringing_queries.school(session, school_id)
            found = bringing_queries.imports(session, school_id)
            return render("archives/import.html", form=form, school=school, imports=found, most=SIZE >> 30)
    except NoSuchSchool:
        abort(404)


def _found(session: Session, school_id: int, brought_id: UUID) -> tuple[SchoolRow, ArchiveImport]:
    try:
        return bringing_queries.school(session, school_id), bringing_queries.one(session, school_id, brought_id) or abort(404)
    except NoSuchSchool:
        abort(404)
