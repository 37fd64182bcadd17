"""The addresses of the school's calendar."""

from __future__ import annotations

import datetime as dt
import re
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.page import render
from blueprints.classes import months, terms
from blueprints.classes.routes import Answer, in_words, today
from blueprints.classes.terms import DayTaken, Overlaps
from blueprints.classes.timetable_forms import DayForm, TermForm
from blueprints.classes.timetabling import pages as pages  # with the addresses below
from blueprints.classes.words import month_name, weekdays

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@pages.get("/calendar")
@allow(Permission.DASHBOARD_VIEW)
def show_calendar() -> Answer:
    first, words = _asked(), speech()
    of_year = months.entered(first.year)
    return render(
        "classes/calendar.html", month=months.month(words.timezone, first), heading=month_name(first, words.language),
        weekdays=list(zip(weekdays(words.language, "abbreviated"), weekdays(words.language), strict=True)), today=today(),
        terms=of_year[0], days=of_year[1], holidays=months.holidays(words.timezone, first.year), year=first.year,
    )  # fmt: skip


@pages.route("/calendar/terms/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def new_term() -> Answer:
    return _term_page(None, TermForm())


@pages.route("/calendar/terms/<uuid:term_id>/edit", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def edit_term(term_id: UUID) -> Answer:
    term = terms.term_for_change(term_id) or abort(404)
    return _term_page(term_id, TermForm(data={"name": term.name, "starts_on": term.starts_on, "ends_on": term.ends_on}))


@pages.post("/calendar/terms/<uuid:term_id>/remove")
@allow(Permission.PEOPLE_MANAGE)
def remove_term(term_id: UUID) -> Answer:
    term = terms.term_for_change(term_id) or abort(404)
    day = term.starts_on
    terms.remove_term(term, by=current_actor())
    flash(speech().gettext("The term is removed. Lessons are brought in line with the calendar."), "ok")
    return _to(day)


@pages.route("/calendar/days/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def new_day() -> Answer:
    return _day_page(None, DayForm())


@pages.route("/calendar/days/<uuid:day_off_id>/edit", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def edit_day(day_off_id: UUID) -> Answer:
    day = terms.day_for_change(day_off_id) or abort(404)
    kind = "open" if day.is_open else "closed"
    return _day_page(day_off_id, DayForm(data={"on_date": day.on_date, "name": day.name, "kind": kind}))


@pages.post("/calendar/days/<uuid:day_off_id>/remove")
@allow(Permission.PEOPLE_MANAGE)
def remove_day(day_off_id: UUID) -> Answer:
    day = terms.day_for_change(day_off_id) or abort(404)
    on = day.on_date
    terms.remove_day(day, by=current_actor())
    flash(speech().gettext("The day is removed. Lessons are brought in line with the calendar."), "ok")
    return _to(on)


def _term_page(term_id: UUID | None, form: TermForm) -> Answer:
    if form.validate_on_submit():
        draft = form.draft()
        try:
            changed = terms.save_term(terms.term_for_change(term_id) if term_id else None, draft, by=current_actor())
        except Overlaps as fault:
            form.starts_on.errors = [in_words(fault)]
        else:
            return _saved(draft.starts_on, changed=changed)
    page = render("classes/term.html", form=form, term_id=term_id)
    return (page, 422) if form.problems else page


def _day_page(day_off_id: UUID | None, form: DayForm) -> Answer:
    if form.validate_on_submit():
        draft = form.draft()
        try:
            changed = terms.save_day(terms.day_for_change(day_off_id) if day_off_id else None, draft, by=current_actor())
        except DayTaken as fault:
            form.on_date.errors = [in_words(fault)]
        else:
            return _saved(draft.on_date, changed=changed)
    page = render("classes/day.html", form=form, day_off_id=day_off_id)
    return (page, 422) if form.problems else page


def _saved(day: dt.date, *, changed: bool) -> Response:
    said = N_("Saved. Lessons are brought in line with the calendar.") if changed else N_("Nothing was changed.")
    flash(speech().gettext(said), "ok")
    return _to(day)


def _asked() -> dt.date:
    """The first day of the month in the address, of this month without one; 404 for what is none."""
    text = request.args.get("month", "")
    if not text:
        return today().replace(day=1)
    found = MONTH.fullmatch(text) or abort(404)
    return dt.date(int(found[1]), int(found[2]), 1)


def _to(day: dt.date) -> Response:
    return redirect(url_for(".show_calendar", month=f"{day:%Y-%m}"), 303)
