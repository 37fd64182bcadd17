"""The addresses of emergencies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up, is_fresh
from app.access.visits import person_here
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.emergencies import AUDIENCES, whom
from app.domain.reasons import WHY_NOT
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.ids import uuid7
from app.web.filters import Asked, asked
from app.web.live import answer, is_fragment
from app.web.page import render
from app.web.paging import BY_NAME, PAGE
from blueprints.emergency import board, operations, queries
from blueprints.emergency.forms import WORD, EndForm, SendForm
from blueprints.emergency.operations import AnotherGoesOn, NobodyThere
from blueprints.emergency.sentences import hints, marked, sent, unmarked
from blueprints.emergency.starters import ENDS, STARTERS

pages = Blueprint("emergency", __name__, url_prefix="/emergency", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("/")
@allow(Permission.EMERGENCY_SEND)
def list_emergencies() -> Answer:
    filters = asked(place=(UUID,), state=queries.STATES)
    page = queries.newest(state=filters.chosen["state"], after=filters.after)
    rows = [(row, _text(row.title, row.title)) for row in page.rows]
    return render("emergency/list.html", page=page, rows=rows, asked=filters)


@pages.route("/new", methods=["GET", "POST"])
@allow(Permission.EMERGENCY_SEND)
def new_emergency() -> Answer:
    if request.method != "POST":
        demand_step_up()
        start = STARTERS.get(request.args.get("start", ""))
        form = SendForm(asking().school_language, data={"key": str(uuid7()), **(start.fields if start else {})})
        return _form_page(form)
    form = SendForm(asking().school_language)
    key = form.emergency_id
    if key and queries.emergency(key):  # pressed twice, or come back to: it has been sent
        return _sent_already(key)
    if key is None:
        form.draw_key()
    if not form.validate() or key is None or not is_fresh(asking()):  # what was typed is not lost on the way to the password
        return _form_page(form)
    by_id = asking().person_id
    try:
        emergency, people = operations.send_emergency(
            form.draft(), key=key, audience=form.audience.data, is_another=form.another.data, by=current_actor(), by_id=by_id
        )
    except AnotherGoesOn as fault:
        form.another.errors = [speech().gettext(fault.message)]
        return _form_page(form)
    except NobodyThere as fault:
        form.audience.errors = [speech().gettext(fault.message)]
        return _form_page(form)
    if people is None:
        return _sent_already(emergency.id)
    flash(sent(people), "ok")
    return _to(emergency.id)


@pages.get("/<uuid:emergency_id>")
@allow(Permission.EMERGENCY_SEND)
def show(emergency_id: UUID) -> Answer:
    emergency = _emergency(emergency_id)
    stand, told = board.board(emergency), board.told(emergency)
    missing = board.people(emergency, standings=board.MISSING, limit=board.SHOWN) if emergency.ended_at is None else []
    now: dict[str, Any] = {
        "emergency": emergency, "board": stand, "told": told, "missing": missing, "standings": board.STANDINGS,
        "why_not": WHY_NOT,
    }  # fmt: skip
    if is_fragment():
        return answer("emergency/board.html", **now)
    texts = [(code, queries.text_of(emergency.title, emergency.message, code, asking().school_language)) for code in LANGUAGES]
    me = asking().person_id  # a visitor is nobody of the school
    mine = queries.for_person(emergency_id, me) if me else None
    text = _text(emergency.title, emergency.message)
    return render("emergency/show.html", text=text, texts=texts, languages=LANGUAGES, mine=mine, **now)


@pages.get("/<uuid:emergency_id>/people")
@allow(Permission.EMERGENCY_SEND)
def list_people(emergency_id: UUID) -> Answer:
    emergency, filters = _emergency(emergency_id), _people_asked()
    of = filters.chosen
    page = board.people_page(
        emergency, standing=of["state"], kind=of["kind"], place=of["site"], pattern=filters.pattern, after=filters.after
    )
    return render(
        "emergency/people.html", emergency=emergency, text=_text(emergency.title, emergency.message), page=page, asked=filters,
        board=board.board(emergency), why_not=WHY_NOT, here=request.query_string.decode("utf-8", "replace"),
    )  # fmt: skip


@pages.post("/<uuid:emergency_id>/people")
@allow(Permission.EMERGENCY_SEND)
def mark_people(emergency_id: UUID) -> Answer:
    emergency, filters = _emergency(emergency_id), _people_asked()
    people = _chosen()
    if emergency.ended_at:
        flash(speech().gettext("This emergency is over: its list stays as it was at the end."), "warn")
    elif not people:
        flash(speech().gettext("Nobody was chosen. Tick the people first."), "warn")
    elif request.form.get("deed") == "take_back":
        flash(unmarked(operations.take_back(emergency.id, people, by=current_actor())), "ok")
    else:
        flash(marked(operations.mark_safe(emergency.id, people, by=current_actor())), "ok")
    return redirect(url_for(".list_people", emergency_id=emergency_id) + filters.link(), 303)


@pages.route("/<uuid:emergency_id>/end", methods=["GET", "POST"])
@allow(Permission.EMERGENCY_SEND)
def end(emergency_id: UUID) -> Answer:
    emergency = _emergency(emergency_id)
    how = request.args.get("how", "all_clear")
    if how not in ENDS:
        abort(404)
    if emergency.ended_at:
        flash(speech().gettext("This emergency is over, and everybody was told. Nothing was sent again."), "info")
        return _to(emergency_id)
    if request.method != "POST":
        demand_step_up()
        form = EndForm(asking().school_language, data=ENDS[how].fields)
    else:
        form = EndForm(asking().school_language)
        if form.validate() and is_fresh(asking()):
            if operations.end_emergency(emergency_id, how, form.draft(), by=current_actor()):
                flash(speech().gettext("The emergency is over. Everybody who was told of it is told so now."), "ok")
            return _to(emergency_id)
    text = _text(emergency.title, emergency.message)
    page = render(
        "emergency/end.html", emergency=emergency, text=text, form=form, how=how, ends=ENDS, languages=LANGUAGES,
        is_fresh=is_fresh(asking()), people=board.board(emergency).people,
    )  # fmt: skip
    return (page, 422) if request.method == "POST" else page


@pages.get("/<uuid:emergency_id>/message")
@allow(Permission.NOTICES_READ)
def read(emergency_id: UUID) -> Answer:
    mine = queries.for_person(emergency_id, person_here()) or abort(404)
    return render("emergency/read.html", emergency=mine, text=_text(mine.title, mine.message))


@pages.post("/<uuid:emergency_id>/message")
@allow(Permission.NOTICES_READ)
def acknowledge(emergency_id: UUID) -> Answer:
    if queries.for_person(emergency_id, person_here()) is None:
        abort(404)
    if operations.acknowledge(emergency_id, person_here(), by=current_actor()):
        flash(speech().gettext("Thank you. The school sees that you have seen this."), "ok")
    return redirect(url_for("portal.dashboard"), 303)


def _emergency(emergency_id: UUID) -> queries.Detail:
    """An emergency of the school; else 404."""
    return queries.emergency(emergency_id) or abort(404)


def _text(titles: dict[str, str], messages: dict[str, str]) -> queries.Text:
    """The texts in the reader's language."""
    return queries.text_of(titles, messages, speech().language, asking().school_language)


def _people_asked() -> Asked:
    return asked(place=BY_NAME, state=board.STANDINGS, kind=board.KINDS, site=board.PLACES)


def _chosen() -> Sequence[UUID]:
    """The people who were ticked, at most a page of them; 404 for what is no id."""
    try:
        return [UUID(each) for each in request.form.getlist("person")[:PAGE]]
    except ValueError:
        abort(404)


def _sent_already(emergency_id: UUID) -> Response:
    flash(speech().gettext("This emergency broadcast was sent before. It was not sent again."), "info")
    return _to(emergency_id)


def _to(emergency_id: UUID) -> Response:
    return redirect(url_for(".show", emergency_id=emergency_id), 303)


def _form_page(form: SendForm) -> Answer:
    """The form of a new emergency, as it is or with its errors (422)."""
    going_on = [(row, _text(row.title, row.title)) for row in queries.going_on()]
    page = render(
        "emergency/form.html", form=form, starters=STARTERS, start=request.args.get("start", ""), languages=LANGUAGES,
        hints=hints(whom()), word=speech().gettext(WORD), going_on=going_on, is_fresh=is_fresh(asking()), audiences=AUDIENCES,
    )  # fmt: skip
    return (page, 422) if request.method == "POST" else page
