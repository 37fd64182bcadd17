"""The addresses of personal data for the office: what waits, and what is held about somebody."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.people_records import person_for_change
from app.domain.personal_data import consents
from app.domain.personal_data.purposes import PURPOSES
from app.i18n.speech import speech
from app.models.person import Person
from app.models.personal_data import Asks
from app.web.filters import asked
from app.web.page import render
from blueprints.personal_data import breaches, operations, queries, saying
from blueprints.personal_data.operations import DataError
from blueprints.personal_data.packing import MEDICAL, MINIMISED
from blueprints.personal_data.queries import PackRow, Somebody
from blueprints.personal_data.words import ANSWERS, ASKS, FAULT, LAWS, OF_ADULTS, OF_LEARNERS, REQUEST_STATES, STATES, WAYS

pages = Blueprint("personal_data", __name__, url_prefix="/people", template_folder="templates")
Answer = str | Response | tuple[str, int]
FILTERED = ("going", "done", "declined", "withdrawn")
#: words that several pages use
WORDS: dict[str, Any] = {
    "asks": ASKS, "request_states": REQUEST_STATES, "ways": WAYS, "answers": ANSWERS, "laws": LAWS,
    "fields": {**OF_ADULTS, **OF_LEARNERS}, "breach_states": STATES, "fault": FAULT,
}  # fmt: skip


@pages.get("/data/")
@allow(Permission.PEOPLE_MANAGE)
def overview() -> Answer:
    filters = asked(kind=[kind.value for kind in Asks], state=FILTERED)
    page = queries.requests(filters.chosen["kind"], filters.chosen["state"], filters.after)
    return render(
        "personal_data/overview.html", page=page, asked=filters, holds=queries.standing_holds(),
        certificates=queries.certificates(), breaches=breaches.breaches(), texts=consents.texts(), today=today_at_school(),
        purposes=PURPOSES, **WORDS,
    )  # fmt: skip


@pages.get("/<uuid:person_id>/data/")
@allow(Permission.PEOPLE_MANAGE)
def show_data(person_id: UUID) -> Answer:
    somebody = person_here(person_id)
    return show(somebody)


def show(somebody: Somebody) -> str:
    """What is held about somebody. That it was looked at is written down."""
    voice, held = speech(), queries.held(somebody.id)
    may_read = Permission.MEDICAL_READ in asking().permissions
    sections = [saying.section(each, voice) for each in held.sections if may_read or each.table != MEDICAL]
    operations.note_look(somebody.id, somebody.name, [each.table for each in sections], by=current_actor())
    said = consents.history(somebody.id) if somebody.kind == "learner" else []
    return render(
        "personal_data/show.html", person=somebody, sections=sections, held=held, minimised=MINIMISED,
        events=[saying.deed(each, voice) for each in held.events], shown=queries.ON_PAGE,
        hidden=[each for each in held.sections if not may_read and each.table == MEDICAL],
        deeds=[
            (saying.table_label(table, voice), saying.column_label(column, voice), number)
            for (table, column), number in sorted(held.deeds.items())
        ],
        requests=queries.requests_of(somebody.id), packs=[each for each in queries.packs_of(somebody.id) if may_take(each)],
        holds=queries.holds_of(somebody.id), certificate=queries.certificate_of(somebody.id),
        standings=consents.standings(said) if somebody.kind == "learner" else [], purposes=PURPOSES, now=clock.now(),
        **WORDS,
    )  # fmt: skip


def person_here(person_id: UUID) -> Somebody:
    """Somebody of the school, else 404."""
    return queries.person(person_id) or abort(404)


def held_person(person_id: UUID) -> Person:
    """Somebody of the school for a change, else 404."""
    return person_for_change(person_id) or abort(404)


def may_take(pack: PackRow) -> bool:
    """Whether the one who asks may have a pack: it was made for their eyes, with or without the medical note."""
    person = asking()
    return pack.by_id == person.person_id or Permission.MEDICAL_READ in person.permissions


def today_at_school() -> dt.date:
    """The day at the school."""
    return clock.now().astimezone(queries.school().timezone).date()


def say(fault: DataError) -> None:
    """Show why something cannot be done."""
    flash(speech().gettext(fault.message), "warn")


def to_person(person_id: UUID) -> Response:
    """To what is held about somebody."""
    return redirect(url_for("personal_data.show_data", person_id=person_id), 303)


def to_request(request_id: UUID) -> Response:
    """To a request."""
    return redirect(url_for("personal_data.show_request", request_id=request_id), 303)
