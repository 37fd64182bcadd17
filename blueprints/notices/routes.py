"""The addresses of notices."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.notices import STATES
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.notice import Notice
from app.web.filters import asked
from app.web.page import render
from app.web.paging import BY_NAME
from blueprints.notices import operations, queries, unreachable
from blueprints.notices.forms import NoticeForm, values_of
from blueprints.notices.operations import NoAddress, NoticeChanged, NoticeRemoved, StartIsFixed
from blueprints.notices.sentences import in_words, reach_hints, saved, scheduled

pages = Blueprint("notices", __name__, url_prefix="/schedule-notices", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("/")
@allow(Permission.NOTICES_MANAGE)
def list_notices() -> Answer:
    filters = asked(state=STATES)
    page = queries.newest(
        language=speech().language, school_language=asking().school_language, now=clock.now(),
        state=filters.chosen["state"], pattern=filters.pattern, after=filters.after,
    )  # fmt: skip
    return render("notices/list.html", page=page, asked=filters)


@pages.get("/unreachable")
@allow(Permission.NOTICES_MANAGE)
def list_unreachable() -> Answer:
    filters = asked(place=BY_NAME)
    return render("notices/unreachable.html", page=unreachable.without_address(filters.after), asked=filters)


@pages.get("/dead-letters/")
@allow(Permission.NOTICES_MANAGE)
def list_failed() -> Answer:
    filters = asked()
    page = unreachable.failed(
        language=speech().language, school_language=asking().school_language, now=clock.now(), after=filters.after
    )
    return render("notices/failed.html", page=page, asked=filters)


@pages.route("/new", methods=["GET", "POST"])
@allow(Permission.NOTICES_MANAGE)
def new_notice() -> Answer:
    form = NoticeForm(asking().school_language)
    if not form.validate_on_submit():
        return _form_page(form)
    notice = operations.schedule_notice(form.draft(), author_id=_me(), by=current_actor())
    flash(scheduled(notice), "ok")
    return _to(notice.id)


@pages.get("/<uuid:notice_id>")
@allow(Permission.NOTICES_READ)
def show_notice(notice_id: UUID) -> Answer:
    person, notice = asking(), _shown(notice_id)
    if Permission.NOTICES_MANAGE not in person.permissions:
        return render("notices/read.html", notice=notice, mine=_mine(notice))
    return render(
        "notices/show.html", notice=notice, mine=_mine(notice), parts=queries.sections(notice, person.school_language),
        languages=LANGUAGES, sent=queries.deliveries(notice), reach=reach_hints(),
    )  # fmt: skip


@pages.route("/<uuid:notice_id>/edit", methods=["GET", "POST"])
@allow(Permission.NOTICES_MANAGE)
def edit_notice(notice_id: UUID) -> Answer:
    notice = _stored(notice_id)
    form = NoticeForm(asking().school_language, data=values_of(notice))
    try:
        if notice.removed_at:
            raise NoticeRemoved
        if not form.validate_on_submit():
            return _form_page(form, notice)
        changed = operations.edit_notice(notice, form.draft(), revision=form.revision.data or "", by=current_actor())
    except StartIsFixed as fault:
        form.starts_at.errors = [in_words(fault)]
        return _form_page(form, notice)
    except NoticeChanged as fault:
        form.revision.data = str(notice.revision)
        return _form_page(form, notice, changed=in_words(fault))
    except NoticeRemoved as fault:
        flash(in_words(fault), "warn")
    else:
        flash(saved(notice, changed=changed), "ok")
    return _to(notice_id)


@pages.route("/<uuid:notice_id>/remove", methods=["GET", "POST"])
@allow(Permission.NOTICES_MANAGE)
def remove_notice(notice_id: UUID) -> Answer:
    if request.method != "POST":
        notice = _shown(notice_id)
        return render("notices/remove.html", notice=notice, mine=_mine(notice))
    if operations.remove_notice(_stored(notice_id), by=current_actor()):
        flash(speech().gettext("Notice removed. You can undo this here."), "ok")
    return _to(notice_id)


@pages.post("/<uuid:notice_id>/restore")
@allow(Permission.NOTICES_MANAGE)
def restore_notice(notice_id: UUID) -> Answer:
    if operations.restore_notice(_stored(notice_id), by=current_actor()):
        flash(speech().gettext("The notice is back."), "ok")
    return _to(notice_id)


@pages.post("/<uuid:notice_id>/test")
@allow(Permission.NOTICES_MANAGE)
def test_notice(notice_id: UUID) -> Answer:
    try:
        address = operations.send_test(_stored(notice_id), person_id=_me(), by=current_actor())
    except (NoticeRemoved, NoAddress) as fault:
        flash(in_words(fault), "warn")
    else:
        flash(speech().gettext("A test message is on its way to %(address)s.", address=address), "ok")
    return _to(notice_id)


def _shown(notice_id: UUID) -> queries.NoticeDetail:
    """The notice for whoever asks: any of the school for managers, what is for them for others; else 404."""
    person, notice = asking(), queries.notice(notice_id, clock.now())
    may_manage = Permission.NOTICES_MANAGE in person.permissions
    if notice is None or not (may_manage or queries.is_for(notice, person.role or "")):
        abort(404)
    return notice


def _stored(notice_id: UUID) -> Notice:
    """The notice for a change, held while one is being made; 404 if the school has no such."""
    return operations.notice_for_change(notice_id, hold=request.method == "POST") or abort(404)


def _mine(notice: queries.NoticeDetail) -> queries.Section:
    """A notice in the reader's language."""
    return queries.section(notice, speech().language, asking().school_language)


def _me() -> UUID:
    """Who the reader is at this school."""
    return asking().person_id or abort(404)


def _to(notice_id: UUID) -> Response:
    return redirect(url_for(".show_notice", notice_id=notice_id))


def _form_page(form: NoticeForm, notice: Notice | None = None, *, changed: str = "") -> Answer:
    """The form: as it is, with its errors (422), or beside what somebody else has saved meanwhile (409)."""
    page = render(
        "notices/form.html", form=form, notice=notice, sent=notice is not None and notice.message_id is not None,
        languages=LANGUAGES, zone=speech().timezone, reach=reach_hints(), changed=changed,
        saved=queries.written(notice) if notice and changed else [],
    )  # fmt: skip
    return (page, 409) if changed else (page, 422) if form.problems else page
