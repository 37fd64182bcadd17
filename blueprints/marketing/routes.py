"""The addresses of the hub, of what happened, and of the settings of marketing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.classes import today_here
from app.domain.follow_ups.settings import change_marketing, marketing
from app.domain.leads.sources import SOURCES
from app.domain.leads.stages import STAGES
from app.domain.leads.waiting import duration
from app.domain.providers import conditions
from app.i18n.speech import speech
from app.models.lead import Happening
from app.tenancy.reading import one_reading
from app.web.filters import asked
from app.web.navigation import Entry
from app.web.page import Pages, render
from blueprints.marketing import happenings, queries
from blueprints.marketing.charting import chart
from blueprints.marketing.forms import IntegrationsForm
from blueprints.marketing.queries import Months
from blueprints.marketing.words import COLUMNS, HAPPENINGS, PERIODS

pages = Blueprint("marketing", __name__, url_prefix="/marketing", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("/")
@allow(Permission.MARKETING_MANAGE)
def hub() -> Answer:
    now, today, months = clock.now(), today_here(), _months()
    with one_reading():
        leads, converted, referred = queries.leads(months), queries.conversions(months), queries.referrals(months)
        said, steps, waiting = queries.reviews(months), queries.steps(today), queries.waiting(now)
    return render(
        "marketing/hub.html", leads=leads, converted=converted, referred=referred, said=said, steps=steps, waiting=waiting,
        today=today, links=_links(), duration=duration,
    )  # fmt: skip


@pages.get("/events/")
@allow(Permission.MARKETING_MANAGE)
def list_events() -> Answer:
    filters = asked(place=(UUID,), period=list(PERIODS), source=list(SOURCES), kind=[kind.value for kind in Happening])
    unit, source = filters.chosen["period"] or "day", filters.chosen["source"]
    zone = speech().timezone
    with one_reading():
        periods = happenings.periods(unit, today_here(), zone, source)
        since = dt.datetime.combine(periods[0].begins, dt.time(), ZoneInfo(zone))
        campaigns = happenings.campaigns(since)
        page = happenings.feed(source, filters.chosen["kind"], filters.after)
    return render(
        "marketing/events.html", periods=periods, chart=chart(periods, unit), campaigns=campaigns, page=page, asked=filters,
        unit=unit, since=since, sources=SOURCES, happenings=HAPPENINGS, stages=STAGES, names=PERIODS, columns=COLUMNS,
    )  # fmt: skip


@pages.route("/integrations/", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def edit_integrations() -> Answer:
    form = IntegrationsForm(marketing(), queries.staff())
    if form.validate_on_submit():
        if change_marketing(form.wanted, by=current_actor()):
            flash(speech().gettext("The settings are saved."), "ok")
        else:
            flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
        return redirect(url_for(".edit_integrations"), 303)
    mail = next(way for way in conditions() if way.name == "email")
    page = render("marketing/integrations.html", form=form, mail=mail)
    return (page, 422) if form.problems else page


def _months() -> Months:
    """When this month and the month before it began at the school."""
    today, zone = today_here(), ZoneInfo(speech().timezone)
    first = today.replace(day=1)
    before = (first - dt.timedelta(days=1)).replace(day=1)
    return Months(dt.datetime.combine(first, dt.time(), zone), dt.datetime.combine(before, dt.time(), zone))


def _links() -> Sequence[Entry]:
    """Every page of marketing that an area has put into the navigation, but for this one."""
    known: Pages = current_app.extensions["pages"]
    return [
        entry for entry in known.navigation.entries if entry.group == "marketing" and entry.endpoint != "marketing.hub"
    ]  # fmt: skip
