"""The addresses of the end of a year: what would become of the classes, doing it, undoing it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.i18n.speech import speech
from app.web.page import render
from blueprints.classes import months, queries, years
from blueprints.classes.calendaring import pages as pages  # with the addresses below
from blueprints.classes.operations import ClassError
from blueprints.classes.routes import Answer, in_words, today, zone
from blueprints.classes.timetable_forms import RollOverForm

END_OF_YEAR, BEGIN = (12, 10), (1, 14)  # where the calendar has no terms


@pages.route("/year/<int:year>", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def roll_over(year: int) -> Answer:
    if year not in queries.years():
        abort(404)
    last, first = _days_of(year)
    form = RollOverForm(year, data={"last_day": last, "first_day": first})
    if form.validate_on_submit():
        try:
            return _rolled(year, form)
        except ClassError as fault:
            flash(in_words(fault), "warn")
            return _to(year)
    page = render(
        "classes/year.html", year=year, form=form, plan=years.preview(year, form.last_day.data or last),
        done=years.current_roll_over(year), today=today(),
    )  # fmt: skip
    return (page, 422) if form.problems else page


@pages.post("/year/undo/<uuid:roll_over_id>")
@allow(Permission.PEOPLE_MANAGE)
def undo_roll_over(roll_over_id: UUID) -> Answer:
    done = years.roll_over_for_change(roll_over_id) or abort(404)
    try:
        years.undo(done, by=current_actor())
        flash(speech().gettext("Undone: everybody is back in the class where they were."), "ok")
    except ClassError as fault:
        flash(in_words(fault), "warn")
    return _to(done.year)


def _rolled(year: int, form: RollOverForm) -> Response:
    """Do it, and let the old classes end when their last day is over."""
    last, first = form.last_day.data, form.first_day.data
    assert last
    assert first
    done = years.roll_over(year, last_day=last, first_day=first, today=today(), by=current_actor())
    if last >= today():
        over = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(0, 5), zone())
        years.queue_end(done, over)
    flash(speech().gettext("The classes of %(year)s are promoted. You can undo this here.", year=year), "ok")
    return _to(year)


def _days_of(year: int) -> tuple[dt.date, dt.date]:
    """The last school day of a year and the first of the next, as the terms have them."""
    (this, _), (following, _) = months.entered(year), months.entered(year + 1)
    last = max((term.ends_on for term in this if term.ends_on.year == year), default=dt.date(year, *END_OF_YEAR))
    first = min((term.starts_on for term in following if term.starts_on > last), default=dt.date(year + 1, *BEGIN))
    return last, first


def _to(year: int) -> Response:
    return redirect(url_for(".roll_over", year=year), 303)
