"""The addresses of notices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.visits import person_here
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.classes import today_here
from app.domain.notices import STATES
from app.domain.people import KINDS
from app.domain.reach import TEXT_CHANNELS, WAYS, Reach, Reachable
from app.domain.reasons import WHY_NOT
from app.domain.school_face import written_languages
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.notice import Audience, Notice
from app.web.filters import asked
from app.web.live import answer, is_fragment
from app.web.page import render
from app.web.paging import BY_NAME, Page
from blueprints.notices import operations, queries, recipients
from blueprints.notices.forms import NoticeForm, values_of
from blueprints.notices.operations import ChannelIsFixed, NoAddress, NoticeChanged, NoticeRemoved, StartIsFixed
from blueprints.notices.sentences import channel_hints, in_words, not_connected, reach_hints, saved, scheduled, test_sent

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


@pages.get("/reach")
@allow(Permission.NOTICES_MANAGE)
def list_reach() -> Answer:
    groups = {str(group.id): group for group in queries.groups()}
    filters = asked(place=BY_NAME, audience=[*KINDS], channel=TEXT_CHANNELS, urgent=("yes",), way=WAYS, class_id=groups)
    class_id = UUID(filters.chosen["class_id"]) if filters.chosen["class_id"] else None
    audience, channel = filters.chosen["audience"] or Audience.EVERYONE.value, filters.chosen["channel"] or None
    urgent = bool(filters.chosen["urgent"])
    if is_fragment():  # the form of a notice asks while it is filled in
        return jsonify(reach_hints(queries.how_far(channel=channel, urgent=urgent, class_id=class_id), channel))
    is_class = audience == Audience.CLASS.value
    page, reach = Page[Reachable]([], None), Reach()
    found = queries.how_far(channel=channel, urgent=urgent, class_id=class_id)
    if class_id or not is_class:
        reach = found.reach[audience]
        page = recipients.would_reach(
            audience=audience, channel=channel, urgent=urgent, way=filters.chosen["way"], after=filters.after,
            class_id=class_id if is_class else None,
        )  # fmt: skip
    return render(
        "notices/reach.html", page=page, asked=filters, reach=reach, audience=audience, channel=channel,
        groups=groups.values() if is_class else (), not_connected=not_connected(channel, found.connected), reasons=WHY_NOT,
    )  # fmt: skip


@pages.route("/new", methods=["GET", "POST"])
@allow(Permission.NOTICES_MANAGE)
def new_notice() -> Answer:
    form = NoticeForm(asking().school_language, _groups(), written_languages())
    if not form.validate_on_submit():
        return _form_page(form)
    notice = operations.schedule_notice(form.draft(), author_id=person_here(), by=current_actor())
    flash(scheduled(notice), "ok")
    return _to(notice.id)


@pages.get("/<uuid:notice_id>")
@allow(Permission.NOTICES_READ)
def show_notice(notice_id: UUID) -> Answer:
    person, notice = asking(), _shown(notice_id)
    if Permission.NOTICES_MANAGE not in person.permissions:
        return render("notices/read.html", notice=notice, mine=_mine(notice))
    went = _deliveries(notice)
    if is_fragment():
        return answer("notices/deliveries.html", notice=notice, **went)
    return render(
        "notices/show.html", notice=notice, mine=_mine(notice), parts=queries.sections(notice, person.school_language),
        languages=LANGUAGES, **went,
    )  # fmt: skip


@pages.get("/<uuid:notice_id>/people")
@allow(Permission.NOTICES_MANAGE)
def list_recipients(notice_id: UUID) -> Answer:
    notice, filters = _shown(notice_id), asked(place=BY_NAME, state=recipients.STATES)
    page = recipients.people_of(_message(notice), filters.chosen["state"], filters.after)
    return render("notices/recipients.html", notice=notice, mine=_mine(notice), page=page, asked=filters)


@pages.get("/<uuid:notice_id>/people/<uuid:person_id>")
@allow(Permission.NOTICES_MANAGE)
def show_recipient(notice_id: UUID, person_id: UUID) -> Answer:
    notice = _shown(notice_id)
    journey = recipients.journey(_message(notice), person_id) or abort(404)
    return render("notices/recipient.html", notice=notice, mine=_mine(notice), who=journey.recipient, steps=journey.steps)


@pages.post("/<uuid:notice_id>/people/<uuid:person_id>/retry")
@allow(Permission.NOTICES_MANAGE)
def retry_recipient(notice_id: UUID, person_id: UUID) -> Answer:
    if recipients.journey(_message(_shown(notice_id)), person_id) is None:
        abort(404)
    if operations.try_again(_stored(notice_id), person_id, by=current_actor()):
        flash(speech().gettext("It is being tried again."), "ok")
    else:
        flash(
            speech().gettext(
                "There is nothing to try again: it did not fail, or the address does not work and has to be mended first."
            ),
            "warn",
        )
    return redirect(url_for(".show_recipient", notice_id=notice_id, person_id=person_id))


@pages.route("/<uuid:notice_id>/edit", methods=["GET", "POST"])
@allow(Permission.NOTICES_MANAGE)
def edit_notice(notice_id: UUID) -> Answer:
    notice = _stored(notice_id)
    form = NoticeForm(asking().school_language, _groups(notice.class_id), written_languages(), data=values_of(notice))
    try:
        if notice.removed_at:
            raise NoticeRemoved
        if not form.validate_on_submit():
            return _form_page(form, notice)
        changed = operations.edit_notice(notice, form.draft(), revision=form.revision.data or "", by=current_actor())
    except StartIsFixed as fault:
        form.starts_at.errors = [in_words(fault)]
        return _form_page(form, notice)
    except ChannelIsFixed as fault:
        form.channel.errors = [in_words(fault)]
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
        test = operations.send_test(_stored(notice_id), person_id=person_here(), by=current_actor())
    except (NoticeRemoved, NoAddress) as fault:
        flash(in_words(fault), "warn")
    else:
        flash(test_sent(test), "ok")
    return _to(notice_id)


def _shown(notice_id: UUID) -> queries.NoticeDetail:
    """The notice for whoever asks: any of the school for managers, what is for them for others; else 404."""
    person, notice = asking(), queries.notice(notice_id, clock.now())
    may_manage = Permission.NOTICES_MANAGE in person.permissions
    if notice is None or not (may_manage or queries.is_for(notice, person.role or "", person.person_id, today_here())):
        abort(404)
    return notice


def _stored(notice_id: UUID) -> Notice:
    """The notice for a change, held while one is being made; 404 if the school has no such."""
    return operations.notice_for_change(notice_id, hold=request.method == "POST") or abort(404)


def _message(notice: queries.NoticeDetail) -> UUID:
    """What was sent of a notice; 404 until it is."""
    return notice.message_id or abort(404)


def _deliveries(notice: queries.NoticeDetail) -> dict[str, Any]:
    """What the part about deliveries says: how far they have come or, before the sending, how far they would."""
    sent = queries.deliveries(notice, clock.now())
    is_coming = sent is None and notice.state in ("coming", "active")
    found = _how_far(notice) if is_coming else None
    return {
        "sent": sent, "reach": found and found.reach[notice.audience],
        "not_connected": not_connected(notice.channel, found.connected) if found else "",
    }  # fmt: skip


def _how_far(notice: queries.NoticeDetail) -> queries.HowFar:
    """How many people a notice would reach if it went now."""
    return queries.how_far(channel=notice.channel, urgent=notice.urgent, class_id=notice.class_id)


def _groups(also: UUID | None = None) -> list[tuple[UUID, str]]:
    """The classes of the form; of other years than this one with their year."""
    year = today_here().year
    return [(row.id, row.name if row.year == year else f"{row.name} ({row.year})") for row in queries.groups(also)]


def _mine(notice: queries.NoticeDetail) -> queries.Section:
    """A notice in the reader's language."""
    return queries.section(notice, speech().language, asking().school_language)


def _to(notice_id: UUID) -> Response:
    return redirect(url_for(".show_notice", notice_id=notice_id))


def _form_page(form: NoticeForm, notice: Notice | None = None, *, changed: str = "") -> Answer:
    """The form: as it is, with its errors (422), or beside what somebody else has saved meanwhile (409)."""
    channel = form.channel.data if form.channel.data in TEXT_CHANNELS else None
    found = queries.how_far(channel=channel, urgent=form.urgent.data, class_id=form.chosen_class)
    page = render(
        "notices/form.html", form=form, notice=notice, sent=notice is not None and notice.message_id is not None,
        languages=LANGUAGES, zone=speech().timezone, reach=reach_hints(found, channel), changed=changed,
        channels=channel_hints(found.connected),
        saved=queries.written(notice) if notice and changed else [],
    )  # fmt: skip
    return (page, 409) if changed else (page, 422) if form.problems else page
