"""/operator/webhooks: the inbox, its events, and what an operator does about them."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from marshmallow import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.audit.record import current_actor
from app.domain.school_names import LAST
from app.domain.webhooks import deeds, health, refused
from app.domain.webhooks.deeds import CannotDo
from app.domain.webhooks.reasons import WORDS, Reason
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.filters import Asked, asked
from app.web.page import render
from blueprints.webhooks import operations, queries
from blueprints.webhooks.forms import ByHandForm, RangeForm, WhyForm, cents_of
from blueprints.webhooks.queries import STATES, Event

pages = Blueprint("webhooks", __name__, url_prefix="/operator/webhooks", template_folder="templates")
Answer = str | Response | tuple[str, int]
LOOK = N_("The inbox of payment providers")
REASONS = tuple(reason.value for reason in Reason)
REFUSED_HOURS = 24
SIMULATOR = "webhook_simulator.simulate"  # which does not exist in production


class Bar(NamedTuple):
    """An hour of the chart: `length` in percent of the longest."""

    label: str
    length: float
    value: str


@pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def list_events() -> Answer:
    with across_schools(LOOK, routine="after" in request.args) as session:  # further pages are the same look
        providers = queries.providers(session, configured())
        filters = _filters(providers)
        of = filters.chosen
        page = queries.events(
            session, state=of["state"], reason=of["reason"], provider=of["provider"],
            school=int(of["school"]) if of["school"] else None, search=filters.search, after=filters.after,
        )  # fmt: skip
        inbox = health.of_platform(session)
    return render(
        "webhooks/list.html", page=page, asked=filters, providers=providers, inbox=inbox, most=health.MOST, words=WORDS,
        simulates=SIMULATOR in current_app.view_functions,
    )  # fmt: skip


@pages.get("/refused")
@allow(Permission.PLATFORM_OPERATE)
def list_refused() -> Answer:
    now = clock.now()
    with across_schools(LOOK) as session:
        rows = refused.since(session, now - dt.timedelta(hours=REFUSED_HOURS))
        hours = refused.by_hour(session, now, REFUSED_HOURS)
    most = max(hour.number for hour in hours) or 1
    bars = [Bar(speech().time(hour.begins_at), 100 * hour.number / most, speech().number(hour.number)) for hour in hours]
    return render(
        "webhooks/refused.html", rows=rows, bars=bars, total=sum(hour.number for hour in hours), words=refused.WORDS,
        unlisted=refused.UNLISTED,
    )  # fmt: skip


@pages.route("/replay", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def replay_range() -> Answer:
    form, now, found = RangeForm(), clock.now(), None
    with across_schools(LOOK, routine=request.method == "POST") as session:  # a deed has its own event
        names = queries.providers(session, configured())
        form.provider.choices = [SelectChoice("", N_("All providers")), *(SelectChoice(name, name) for name in names)]
        if not form.is_submitted():
            form.since.data, form.until.data = now - dt.timedelta(days=1), now
            found = deeds.in_range(session, form.since.data, form.until.data, "")
    if not form.validate_on_submit():
        page = render("webhooks/range.html", form=form, found=found)
        return (page, 422) if form.problems else page
    since, until = form.since.data or now, form.until.data or now
    done = operations.replay_range(since, until, form.provider.data, by=current_actor())
    again = speech().ngettext("%(num)s event is played again.", "%(num)s events are played again.", done.again)
    left = speech().ngettext("%(num)s other was left as it is.", "%(num)s others were left as they are.", done.left)
    flash(again, "ok" if done.again else "info")
    flash(left, "info")
    if done.more:
        more = speech().ngettext(
            "%(num)s more event failed in this time. Replay the range again for it.",
            "%(num)s more events failed in this time. Replay the range again for them.", done.more,
        )  # fmt: skip
        flash(more, "warn")
    return redirect(url_for(".list_events"), 303)


@pages.get("/<uuid:webhook_id>")
@allow(Permission.PLATFORM_OPERATE)
def show_event(webhook_id: UUID) -> Answer:
    return render("webhooks/show.html", event=_event(webhook_id))


@pages.post("/<uuid:webhook_id>/replay")
@allow(Permission.PLATFORM_OPERATE)
def replay(webhook_id: UUID) -> Answer:
    try:
        operations.replay(webhook_id, by=current_actor())
    except LookupError:
        abort(404)
    except CannotDo as refusal:
        flash(speech().gettext(refusal.message), "info")
    else:
        flash(speech().gettext("The event is played again. What comes of it stands here in a moment."), "ok")
    return redirect(url_for(".show_event", webhook_id=webhook_id), 303)


@pages.route("/<uuid:webhook_id>/discard", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def discard(webhook_id: UUID) -> Answer:
    demand_step_up(back=url_for(".discard", webhook_id=webhook_id))
    event, form = _event(webhook_id), WhyForm()
    if not form.validate_on_submit():
        page = render("webhooks/discard.html", form=form, event=event)
        return (page, 422) if form.problems else page
    try:
        operations.discard(webhook_id, form.why.data, by=current_actor())
    except CannotDo as refusal:
        flash(speech().gettext(refusal.message), "info")
    else:
        flash(speech().gettext("The event is discarded. It stays here with your reason."), "ok")
    return redirect(url_for(".show_event", webhook_id=webhook_id), 303)


@pages.route("/<uuid:webhook_id>/by-hand", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def process_by_hand(webhook_id: UUID) -> Answer:
    demand_step_up(back=url_for(".process_by_hand", webhook_id=webhook_id))
    event = _event(webhook_id)
    form = ByHandForm(data=_readable(event))
    if not form.validate_on_submit():
        page = render("webhooks/by_hand.html", form=form, event=event)
        return (page, 422) if form.problems else page
    data = {
        "customer": event.row.customer, "payment": form.payment.data, "amount": cents_of(form.amount.data),
        "currency": form.currency.data, "invoice": form.invoice.data or None, "reason": None,
    }  # fmt: skip
    try:
        operations.by_hand(webhook_id, form.type.data, data, form.why.data, by=current_actor())
    except CannotDo as refusal:
        flash(speech().gettext(refusal.message), "warn")
    except SQLAlchemyError:
        raise
    except (ValidationError, LookupError, ValueError) as fault:  # what billing does not take stays as it is
        said = getattr(fault, "message", "")
        form.type.errors = [speech().gettext(said) if said else speech().gettext("The books do not take this payment.")]
        return render("webhooks/by_hand.html", form=form, event=event), 422
    else:
        flash(speech().gettext("The event has the effect that you gave it."), "ok")
    return redirect(url_for(".show_event", webhook_id=webhook_id), 303)


def configured() -> tuple[str, ...]:
    """The providers of payments that the settings have secrets of."""
    return tuple(name for name in current_settings().webhook_secrets if name != "mail")


def _filters(providers: list[str]) -> Asked:
    """What the list is narrowed by; a school or a provider that there is not finds nothing."""
    school, provider = request.args.get("school", ""), request.args.get("provider", "")
    known = school.isdecimal() and school.isascii() and 0 < int(school[:11]) <= LAST
    return asked(
        place=(UUID,), state=STATES, reason=REASONS, provider=(*providers, provider) if provider else providers,
        school=(school,) if known else (),
    )  # fmt: skip


def _event(webhook_id: UUID) -> Event:
    """An event with all that is known of it; else 404."""
    with across_schools(LOOK, routine=request.method == "POST") as session:  # a deed has its own event
        return queries.event(session, webhook_id) or abort(404)


def _readable(event: Event) -> dict[str, Any]:
    """What of the data can be read, to begin with."""
    data = event.data
    texts = {name: data[name] for name in ("payment", "currency", "invoice") if isinstance(data.get(name), str)}
    amount = data.get("amount")
    if type(amount) is int and amount > 0:
        texts["amount"] = f"{amount // 100}.{amount % 100:02}"
    return {**texts, "type": event.row.type}
