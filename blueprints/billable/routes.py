"""The addresses of the billable learners: a month of all schools, its file, and the learners behind a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain import billable
from app.i18n.catalogue import N_
from app.i18n.formats import date_formatter
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.school import SchoolState
from app.tenancy.doors import across_schools
from app.web.filters import Asked, asked
from app.web.page import render
from blueprints.billable import operations, queries
from blueprints.billable.operations import key_of
from blueprints.billable.queries import ADJUSTED, COUNTED, LINE_PLACE

pages = Blueprint("billable", __name__, template_folder="templates")
MONTH = "MMMM y"


@pages.get("/operator/billing")
@allow(Permission.PLATFORM_OPERATE)
def show_month() -> str:
    months = _months()
    wanted = asked(place=(str, int), month=tuple(months), state=tuple(SchoolState))
    month, narrowed = _month(wanted, months), {"state": wanted.chosen["state"], "search": wanted.search}
    with across_schools(N_("Billable learners of all schools")) as session:
        standing = queries.standing(session, month)
        total = queries.whole(session, month, standing)
        found = queries.total(session, month, standing, **narrowed) if any(narrowed.values()) else None
        page = queries.page(session, month, standing, after=wanted.after, **narrowed)
    return render(
        "billable/month.html", asked=wanted, month=key_of(month), months=_named(months), report=standing.report, total=total,
        found=found, page=page, is_now=month == next(iter(months.values())),
    )  # fmt: skip


@pages.get("/operator/billing.csv")
@allow(Permission.PLATFORM_OPERATE)
def download() -> Response:
    months = _months()
    month = _month(asked(place=(str, int), month=tuple(months)), months)
    with across_schools(N_("Billable learners of all schools, as a file")) as session:
        file = operations.take_out(session, month, by=current_actor())
        session.commit()
    response = Response(file.content, content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    if file.sha256:
        response.set_etag(file.sha256)
    return response


@pages.get("/operator/billing/<int:school_id>")
@allow(Permission.PLATFORM_OPERATE)
def show_school(school_id: int) -> str:
    months = _months()
    wanted = asked(place=LINE_PLACE, month=tuple(months), kind=(COUNTED, ADJUSTED))
    month = _month(wanted, months)
    with across_schools(N_("The learners behind a billable number")) as session:
        school = queries.school(session, school_id, month) or abort(404)
        today = clock.now().astimezone(ZoneInfo(school.timezone)).date()
        behind = queries.behind(
            session, school_id, school, month, today, kind=wanted.chosen["kind"], search=wanted.search, after=wanted.after
        )
        operations.note_look(session, school_id, name=school.called_now, month=month)
        session.commit()
    names = _named({key_of(line.about): line.about for line in behind.page.rows})
    return render(
        "billable/school.html", asked=wanted, school=school, school_id=school_id, month=key_of(month), months=_named(months),
        behind=behind, called=names, key_of=key_of,
    )  # fmt: skip


def _months() -> dict[str, dt.date]:
    """The months of the report by their keys, the one that is going on first."""
    today = clock.now().astimezone(ZoneInfo(speech().timezone)).date()
    return {key_of(month): month for month in billable.months(today)}


def _month(wanted: Asked, months: Mapping[str, dt.date]) -> dt.date:
    return months[wanted.chosen["month"] or next(iter(months))]


def _named(months: Mapping[str, dt.date]) -> dict[str, str]:
    """Months as people say them, by their keys: November 2026."""
    voice = speech()
    named = date_formatter(LANGUAGES[voice.language].cldr, MONTH, ZoneInfo(voice.timezone))
    return {key: named(month) for key, month in months.items()}
