"""The addresses of the gate: scanning, who is on site, who waits to be collected, what was scanned."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from uuid import UUID

from flask import Blueprint, abort, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.access.gate import allow, public
from app.access.permissions import Permission
from app.access.visits import refuse_download
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.classes import classes_for
from app.domain.families import RELATIONS, guardians_of
from app.domain.on_site import day_of, hours, late_to_be_collected
from app.domain.scanning import day_at
from app.i18n.speech import speech
from app.ids import uuid7
from app.models.gate import Direction
from app.tenancy.scope import current_school_id
from app.web.filters import Asked, asked
from app.web.headers import WITH_CAMERA
from app.web.page import render
from app.web.paging import BY_NAME, moment
from blueprints.gate import operations, queries
from blueprints.gate.forms import CorrectionForm, GateSettingsForm, ScanForm
from blueprints.gate.incoming import MOST
from blueprints.gate.operations import NoSuchLearner, ThereAlready, begin_of
from blueprints.gate.receiving import by_of
from blueprints.gate.words import DIRECTIONS

pages = Blueprint("gate", __name__, url_prefix="/gate", template_folder="templates")
DAY = dt.timedelta(days=1)
#: where a list of scans goes on: known or not, the moment, the id
PLACE = (int, moment, UUID)


@pages.route("/", methods=["GET", "POST"])
@allow(Permission.GATE_SCAN)
def scan_page() -> ResponseReturnValue:
    form, here = ScanForm(), hours()
    if form.validate_on_submit():
        scan_id = _id(form.id.data) or uuid7()
        operations.take_now(form.code.data or "", scan_id=scan_id, by=by_of(asking()), timezone=here.timezone)
        return redirect(url_for(".scan_page", scan=scan_id), 303)
    now = clock.now()
    today, day = day_at(now, here.timezone), day_of(here, now)
    given = request.args.get("scan")
    answer = queries.answer(_id(given) or abort(404), today) if given else None
    if given and answer is None:
        abort(404)
    form.id.data = str(uuid7())
    on_site = queries.how_many_on_site(today) if day else 0
    page = render(
        "gate/scan.html", form=form, answer=answer, relations=RELATIONS, on_site=on_site, closed=day is None,
        late=len(late_to_be_collected(here, now)), school_id=current_school_id(), most=MOST,
    )  # fmt: skip
    response = make_response(page, 422 if form.is_submitted() else 200)
    response.headers.add(*WITH_CAMERA)
    return response


@pages.get("/offline")
@public("a device keeps this page for when it has no connection; nobody's data stands in it")
def offline() -> ResponseReturnValue:
    response = make_response(render("gate/offline.html"))
    response.headers.add(*WITH_CAMERA)
    return response


@pages.get("/on-site")
@allow(Permission.GATE_SCAN)
def list_on_site() -> ResponseReturnValue:
    here, now = hours(), clock.now()
    today, closed = day_at(now, here.timezone), day_of(here, now) is None
    classes = classes_for(None, None, today)
    filters = asked(place=BY_NAME, class_id=[str(each.id) for each in classes], sheet=("print",))
    class_id = _id(filters.chosen["class_id"])
    values = {
        "asked": filters, "classes": classes, "here": here, "closed": closed, "now": now,
        "count": queries.how_many_on_site(today),
        "chosen": next((each.name for each in classes if each.id == class_id), None),
    }  # fmt: skip
    if filters.chosen["sheet"]:
        refuse_download()
        rows = queries.on_site_sheet(today, class_id=class_id, text=filters.search)
        by_class = [(name, list(of_class)) for name, of_class in groupby(rows, key=lambda row: row.class_name)]
        return render("gate/sheet.html", by_class=by_class, **values)
    page = queries.on_site_page(today, class_id=class_id, text=filters.search, after=filters.after)
    last = None if page.rows or filters.is_anything else queries.last_day(now)
    return render("gate/on_site.html", page=page, last=last, **values)


@pages.get("/late")
@allow(Permission.GATE_SCAN)
def list_late() -> ResponseReturnValue:
    here, now = hours(), clock.now()
    waiting = late_to_be_collected(here, now)
    guardians = guardians_of([each.id for each in waiting])
    collectors = {
        learner: [one for one in of if one.may_collect and not one.no_contact] for learner, of in guardians.items()
    }  # fmt: skip
    return render(
        "gate/late.html", waiting=waiting, collectors=collectors, relations=RELATIONS, here=here,
        closed=day_of(here, now) is None,
    )  # fmt: skip


@pages.get("/today")
@allow(Permission.GATE_SCAN)
def list_scans() -> ResponseReturnValue:
    here, now = hours(), clock.now()
    filters = asked(place=PLACE, direction=[*Direction])
    today = day_at(now, here.timezone)
    day = _day(request.args.get("day")) or today
    since, until = begin_of(day, here.timezone), begin_of(day + DAY, here.timezone)
    page = queries.scans(
        since, until, direction=filters.chosen["direction"], text=filters.search, after=filters.after
    )  # fmt: skip
    kept = Asked({**filters.chosen, "day": "" if day == today else day.isoformat()}, filters.search, filters.after)
    before = queries.last_day(since)
    return render(
        "gate/scans.html", page=page, asked=kept, narrowed=filters.is_anything, counts=queries.counts(since, until), day=day,
        today=today, before=before, directions=DIRECTIONS,
    )  # fmt: skip


@pages.route("/learners/<uuid:learner_id>/correct", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def correct(learner_id: UUID) -> ResponseReturnValue:
    here = hours()
    (card,) = queries.cards_of([learner_id], day_at(clock.now(), here.timezone)) or abort(404)
    form = CorrectionForm()
    if form.validate_on_submit():
        on_site = form.place.data == "in"
        try:
            operations.mark_by_hand(
                learner_id, on_site=on_site, why=form.why.data or "", by=by_of(asking()), actor=current_actor(),
                timezone=here.timezone,
            )  # fmt: skip
        except NoSuchLearner:
            abort(404)
        except ThereAlready:
            flash(speech().gettext("%(name)s was there already. Nothing was changed.", name=card.name), "info")
        else:
            flash(_corrected(card.name, on_site=on_site), "ok")
        return redirect(url_for(".list_on_site"), 303)
    return render("gate/correct.html", form=form, card=card), 422 if form.is_submitted() else 200


@pages.route("/settings", methods=["GET", "POST"])
@allow(Permission.SETTINGS_MANAGE)
def edit_settings() -> ResponseReturnValue:
    here = hours()
    form = GateSettingsForm(data={"pickup_minutes": here.pickup_minutes})
    if form.validate_on_submit():
        if operations.change_pickup(form.pickup_minutes.data or 0, before=here, by=current_actor()):
            flash(speech().gettext("The settings are saved."), "ok")
        else:
            flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
        return redirect(url_for(".edit_settings"), 303)
    return render("gate/settings.html", form=form, here=here), 422 if form.is_submitted() else 200


def _corrected(name: str, *, on_site: bool) -> str:
    if on_site:
        return speech().gettext("%(name)s is on site now.", name=name)
    return speech().gettext("%(name)s is not on site any more.", name=name)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _day(text: str | None) -> dt.date | None:
    """The day of an address. 404 for what is none."""
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        abort(404)
