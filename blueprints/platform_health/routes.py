"""The addresses of: the health of the platform, and what schools send by month."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request, url_for

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.area import Area
from app.audit.record import current_actor
from app.i18n.catalogue import N_
from app.i18n.formats import date_formatter
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Speech, speech
from app.tenancy.doors import across_schools
from app.web.filters import Asked, asked
from app.web.links import query
from app.web.live import answer, is_fragment
from app.web.page import render
from app.web.panels import HEALTH, draw
from blueprints.platform_health import channel_usage, operations
from blueprints.platform_health.panels import TITLES, wanted

pages = Blueprint("platform_health", __name__, template_folder="templates")
MONTH = "MMMM y"


@pages.get("/operator/health")
@allow(Permission.PLATFORM_OPERATE)
def show() -> str | Response:
    wanted()  # before a panel asks for it: what is not there is a page not found, no panel that failed
    areas: tuple[Area, ...] = current_app.extensions["areas"]
    with across_schools(N_("The health of all schools"), routine=is_fragment()):
        panels = draw((panel for area in areas for panel in area.panels), asking(), HEALTH)
    if is_fragment():
        return answer("platform_health/live.html", panels=panels, titles=TITLES)
    address = f"{url_for('.show')}?{query(request.args)}".rstrip("?")
    now, zone = clock.now(), speech().timezone
    return render(
        "platform_health/show.html", panels=panels, titles=TITLES, address=address, now=now, zone=zone,
        clock=f"{now.astimezone(ZoneInfo(zone)):%H:%M:%S}",
    )  # fmt: skip


@pages.get("/operator/usage")
@allow(Permission.PLATFORM_OPERATE)
def usage() -> str:
    months = channel_usage.months(ZoneInfo(speech().timezone))
    filters = _usage_filters(months)
    month = filters.chosen["month"] or months[0]
    with across_schools(N_("What schools send")) as session:
        totals = channel_usage.totals(session, month, search=filters.search)
        page = channel_usage.page(session, month, search=filters.search, after=filters.after)
    return render(
        "platform_health/usage.html", asked=filters, month=month, months={key: _called(key, speech()) for key in months},
        totals=totals, page=page,
    )  # fmt: skip


@pages.get("/operator/usage.csv")
@allow(Permission.PLATFORM_OPERATE)
def usage_csv() -> Response:
    months = channel_usage.months(ZoneInfo(speech().timezone))
    filters = _usage_filters(months)
    month = filters.chosen["month"] or months[0]
    content = operations.take_out_usage(month, search=filters.search, voice=speech(), by=current_actor())
    response = Response(content, content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"umthi-channel-usage-{month}.csv")
    return response


def _usage_filters(months: list[str]) -> Asked:
    return asked(place=(str,), month=months)


def _called(month: str, voice: Speech) -> str:
    """A month as people say it: November 2026."""
    named = date_formatter(LANGUAGES[voice.language].cldr, MONTH, ZoneInfo(voice.timezone))
    return named(dt.date.fromisoformat(f"{month}-01"))
