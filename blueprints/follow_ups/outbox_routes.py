"""The addresses of the outbox: what waits for somebody, and what became of the rest. Nothing here sends by itself."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.follow_ups import approving
from app.domain.follow_ups.approving import Held, follow_up_for_change
from app.domain.follow_ups.errors import FollowUpError
from app.domain.follow_ups.places import PLACES
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.filters import asked
from app.web.page import render
from blueprints.follow_ups import queries, template_queries
from blueprints.follow_ups.forms import ByHandForm, DismissForm, SeenForm, TextForm
from blueprints.follow_ups.queries import MOST_AT_ONCE, STANDINGS, Item
from blueprints.follow_ups.words import DROPPED, WAYS

pages = Blueprint("follow_ups", __name__, url_prefix="/marketing/outbox", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("/")
@allow(Permission.MARKETING_MANAGE)
def list_items() -> Answer:
    templates = template_queries.names()
    filters = asked(place=(UUID,), state=STANDINGS, template=[str(each.id) for each in templates])
    now, template = clock.now(), filters.chosen["template"]
    page = queries.rows(
        now, standing=filters.chosen["state"], template=UUID(template) if template else None, pattern=filters.pattern,
        after=filters.after,
    )  # fmt: skip
    return render(
        "follow_ups/list.html", page=page, asked=filters, counts=queries.counts(now), templates=templates, dropped=DROPPED,
        ways=WAYS, languages=LANGUAGES,
    )  # fmt: skip


@pages.get("/review")
@allow(Permission.MARKETING_MANAGE)
def review_items() -> Answer:
    chosen = _chosen(request.args.getlist("item"))
    if not chosen:
        flash(speech().gettext("Choose at least one follow-up."), "warn")
        return _to_list()
    return render("follow_ups/review.html", items=queries.items(chosen, clock.now()), languages=LANGUAGES)


@pages.post("/approve")
@allow(Permission.MARKETING_MANAGE)
def approve_items() -> Answer:
    voice, by, sent, refused = speech(), current_actor(), 0, []
    chosen = sorted(_chosen(request.form.getlist("item")))
    approving.hold_leads_of(chosen)
    for follow_up_id in chosen:
        held = follow_up_for_change(follow_up_id)
        if held is None:
            abort(404)
        try:
            approving.approve(held, seen=request.form.get(f"seen-{follow_up_id}", ""), by=by)
            sent += 1
        except FollowUpError as fault:
            name = held.lead.name if held.lead else held.template.name
            refused.append(voice.gettext("%(name)s: %(why)s", name=name, why=_said(fault)))
    if sent:
        flash(voice.ngettext("%(num)s follow-up is on its way.", "%(num)s follow-ups are on their way.", sent), "ok")
    for line in refused:
        flash(line, "warn")
    if not sent and not refused:
        flash(voice.gettext("Choose at least one follow-up."), "warn")
    return _to_list()


@pages.get("/<uuid:follow_up_id>")
@allow(Permission.MARKETING_MANAGE)
def show_item(follow_up_id: UUID) -> Answer:
    return _item_page(_shown(follow_up_id))


@pages.post("/<uuid:follow_up_id>/approve")
@allow(Permission.MARKETING_MANAGE)
def approve_item(follow_up_id: UUID) -> Answer:
    held, form = _held(follow_up_id), SeenForm()
    try:
        approving.approve(held, seen=form.seen.data or "", by=current_actor())
    except FollowUpError as fault:
        return _refused(fault, follow_up_id)
    flash(speech().gettext("Approved. The mail is on its way."), "ok")
    return _to(follow_up_id)


@pages.route("/<uuid:follow_up_id>/edit", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def edit_item(follow_up_id: UUID) -> Answer:
    shown = _shown(follow_up_id)
    drawn = shown.drawn
    form = TextForm(data={"subject": drawn.subject, "body": drawn.body, "seen": drawn.seen} if drawn else None)
    if not form.validate_on_submit():
        return _edit_page(form, shown)
    seen, by = form.seen.data or "", current_actor()
    try:
        changed = approving.edit(_held(follow_up_id), form.subject.data, form.body.data, seen=seen, by=by)
    except FollowUpError as fault:
        shown = _shown(follow_up_id)
        form.seen.data = shown.drawn.seen if shown.drawn else ""
        return _edit_page(form, shown, changed=_said(fault))
    _saved(changed)
    return _to(follow_up_id)


@pages.post("/<uuid:follow_up_id>/restore")
@allow(Permission.MARKETING_MANAGE)
def restore_item(follow_up_id: UUID) -> Answer:
    try:
        changed = approving.restore(_held(follow_up_id), by=current_actor())
    except FollowUpError as fault:
        return _refused(fault, follow_up_id)
    _saved(changed)
    return _to(follow_up_id)


@pages.route("/<uuid:follow_up_id>/by-hand", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def send_by_hand(follow_up_id: UUID) -> Answer:
    shown, form = _shown(follow_up_id), ByHandForm()
    if shown.problem and not shown.may_go_by_hand:
        return _refused(shown.problem, follow_up_id)
    if not form.validate_on_submit():
        page = render("follow_ups/by_hand.html", form=form, item=shown, languages=LANGUAGES)
        return (page, 422) if form.problems else page
    try:
        approving.mark_by_hand(_held(follow_up_id), form.way.data, by=current_actor())
    except FollowUpError as fault:
        return _refused(fault, follow_up_id)
    flash(speech().gettext("Marked as sent by hand."), "ok")
    return _to(follow_up_id)


@pages.route("/<uuid:follow_up_id>/dismiss", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def dismiss_item(follow_up_id: UUID) -> Answer:
    shown, form = _shown(follow_up_id), DismissForm()
    if not form.validate_on_submit():
        page = render("follow_ups/dismiss.html", form=form, item=shown)
        return (page, 422) if form.problems else page
    try:
        approving.dismiss(_held(follow_up_id), form.reason.data, by=current_actor())
    except FollowUpError as fault:
        return _refused(fault, follow_up_id)
    flash(speech().gettext("Dismissed. Nothing is sent."), "ok")
    return _to_list()


def _item_page(item: Item) -> str:
    return render(
        "follow_ups/show.html", item=item, row=item.held.item, problem=item.why_not, languages=LANGUAGES, dropped=DROPPED,
        ways=WAYS,
    )  # fmt: skip


def _edit_page(form: TextForm, item: Item, *, changed: str = "") -> Answer:
    """The form: as it is, with its errors (422), or with why it was not saved, beside what stands meanwhile (409)."""
    page = render("follow_ups/edit.html", form=form, item=item, places=PLACES, changed=changed)
    return (page, 409) if changed else (page, 422) if form.problems else page


def _shown(follow_up_id: UUID) -> Item:
    """A follow-up for its pages, else 404."""
    return queries.item(follow_up_id, clock.now()) or abort(404)


def _held(follow_up_id: UUID) -> Held:
    """A follow-up for a change, else 404."""
    return follow_up_for_change(follow_up_id) or abort(404)


def _chosen(texts: list[str]) -> list[UUID]:
    """The follow-ups that were ticked, each once; 404 for what is no id, 400 for more than a page has."""
    try:
        chosen = list(dict.fromkeys(UUID(text) for text in texts))
    except ValueError:
        abort(404)
    if len(chosen) > MOST_AT_ONCE:
        abort(400)
    return chosen


def _said(fault: FollowUpError) -> str:
    return speech().gettext(fault.message, **fault.values)


def _refused(fault: FollowUpError, follow_up_id: UUID) -> Response:
    """Back to the follow-up with why it could not be done."""
    flash(_said(fault), "warn")
    return _to(follow_up_id)


def _saved(changed: bool) -> None:
    if changed:
        flash(speech().gettext("Saved."), "ok")
    else:
        flash(speech().gettext("Nothing was different, so nothing was saved."), "info")


def _to(follow_up_id: UUID) -> Response:
    return redirect(url_for(".show_item", follow_up_id=follow_up_id), 303)


def _to_list() -> Response:
    return redirect(url_for(".list_items", state="to_approve"), 303)
