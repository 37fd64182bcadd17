"""/site/events/: the events of the school."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.school_face import written_languages
from app.domain.site import events
from app.domain.site.events import Event, EventChanged, EventError
from app.domain.site.wording import said
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.site import SchoolEvent
from app.web.filters import asked
from app.web.page import render
from blueprints.site.forms import EventForm
from blueprints.site.here import Answer
from blueprints.site.queries import EventLine, past_events, public_path, removed_events

event_pages = Blueprint("site_events", __name__, url_prefix="/site/events", template_folder="templates")


@event_pages.get("/")
@allow(Permission.SITE_MANAGE)
def list_events() -> Answer:
    filters, now, order = asked(which=("past", "removed")), clock.now(), _order()
    rows: Sequence[Event | EventLine]
    match filters.chosen["which"]:
        case "past":
            rows, older = past_events(now, filters.after)
        case "removed":
            rows, older = removed_events(filters.after)
        case _:
            rows, older = events.coming(now), None
    return render(
        "site/events.html", rows=[(row, said(row.title, speech().language, order)) for row in rows], asked=filters,
        older=older, calendar=f"{public_path()}events.ics",
    )  # fmt: skip


@event_pages.route("/new", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def new_event() -> Answer:
    form = EventForm(_order())
    if not form.validate_on_submit():
        return _form_page(form)
    try:
        made = events.add(form.draft, by=current_actor())
    except EventError as fault:
        form.starts_at.errors = [speech().gettext(fault.message)]
        return _form_page(form)
    flash(speech().gettext("The event is added."), "ok")
    return redirect(url_for(".edit_event", happening_id=made.id), 303)


@event_pages.route("/<uuid:happening_id>", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def edit_event(happening_id: UUID) -> Answer:
    event = events.event(happening_id, hold=request.method == "POST") or abort(404)
    form = EventForm(_order(), event)
    was_removed = event.removed_at is not None
    if not form.validate_on_submit():
        return _form_page(form, event)
    try:
        revision = int(form.revision.data) if (form.revision.data or "").isdecimal() else 0
        changed = events.change(event, form.draft, revision=revision, by=current_actor())
    except EventChanged as fault:
        form.revision.data = str(event.revision)
        return _form_page(form, event, changed=fault.message)
    said_of_it = N_("The event is back.") if was_removed else N_("Saved.") if changed else N_("Nothing was changed.")
    flash(speech().gettext(said_of_it), "ok" if changed else "info")
    return redirect(url_for(".list_events"), 303)


@event_pages.post("/<uuid:happening_id>/remove")
@allow(Permission.SITE_MANAGE)
def remove_event(happening_id: UUID) -> Answer:
    event = events.event(happening_id, hold=True) or abort(404)
    if events.remove(event, by=current_actor()):
        flash(speech().gettext("The event is removed. You can undo this here."), "ok")
    return redirect(url_for(".edit_event", happening_id=happening_id), 303)


@event_pages.post("/<uuid:happening_id>/restore")
@allow(Permission.SITE_MANAGE)
def restore_event(happening_id: UUID) -> Answer:
    event = events.event(happening_id, hold=True) or abort(404)
    if events.restore(event, by=current_actor()):
        flash(speech().gettext("The event is back."), "ok")
    return redirect(url_for(".edit_event", happening_id=happening_id), 303)


def _form_page(form: EventForm, event: SchoolEvent | None = None, *, changed: str = "") -> Answer:
    """The form: as it is, with its errors (422), or beside what somebody else has saved meanwhile (409).

    Of an event that was removed there is only the way back, until somebody has typed what would be lost with the form.
    """
    page = render(
        "site/event.html", form=form, event=event, languages=LANGUAGES, zone=speech().timezone,
        changed=changed and speech().gettext(changed), title=said(event.title, speech().language, _order()) if event else None,
        is_typed=request.method == "POST",
    )  # fmt: skip
    return (page, 409) if changed else (page, 422) if form.problems else page


def _order() -> tuple[str, ...]:
    """The languages in which the school writes, its own first."""
    own = asking().school_language
    return tuple(sorted(written_languages(), key=lambda code: code != own))
