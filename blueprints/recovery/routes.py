"""The addresses of failed deliveries of all schools."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.school_names import Named, named
from app.domain.timeline import timeline
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.recovery import Deed, RecoveryRun
from app.tenancy.doors import across_schools, acting_for
from app.web import live
from app.web.filters import LONGEST, Asked, asked
from app.web.page import render
from blueprints.recovery import choice as choosing
from blueprints.recovery import operations, queries, running
from blueprints.recovery.choice import AGES, CHANNELS, Choice, Tally
from blueprints.recovery.forms import DiscardForm
from blueprints.recovery.operations import SchoolSuspended
from blueprints.recovery.sentences import NOTHING, discarded, of_run, sent_again

pages = Blueprint("recovery", __name__, url_prefix="/operator/dead-letters", template_folder="templates")
Answer = str | Response | tuple[str, int]
LOOK = N_("Failed deliveries of all schools")
KEY = re.compile(r"[a-z0-9-]{1,200}")
PATIENCE = 10.0  # seconds in which a press does a small run itself


class Wanted(NamedTuple):
    """What an address asks for, read against what there is. `school` is the one that is meant, `similar` those that may be."""

    asked: Asked
    tallies: list[Tally]
    choice: Choice
    school: Named | None
    similar: list[Named]


@pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def list_dead() -> Answer:
    filters, now = _filters(), clock.now()
    with across_schools(LOOK, routine=filters.after is not None) as session:  # further pages are the same look
        wanted = _wanted(session, filters)
        of, oldest_first = filters.chosen, filters.chosen["order"] == "oldest"
        page = queries.letters(session, wanted.choice, oldest_first=oldest_first, after=filters.after)
        schools = [] if filters.after else queries.worst_schools(session, wanted.choice)
        runs = queries.runs(session, now)
    return render(
        "recovery/list.html", page=page, wanted=wanted, asked=filters, schools=schools,
        runs=[(run, of_run(run)) for run in runs],
        reasons=choosing.reasons(wanted.tallies, channel=of["channel"], age=of["age"]),
        channels=choosing.by_channel(wanted.tallies, reason=of["reason"], age=of["age"]),
        ages=choosing.by_age(wanted.tallies, reason=of["reason"], channel=of["channel"]),
    )  # fmt: skip


@pages.get("/<int:school_id>/<uuid:delivery_id>")
@allow(Permission.PLATFORM_OPERATE)
def show(school_id: int, delivery_id: UUID) -> Answer:
    letter = _letter(school_id, delivery_id)
    with acting_for(school_id):
        steps = timeline(letter.message_id, letter.person_id, clock.now())
    return render("recovery/show.html", letter=letter, steps=steps)


@pages.post("/<int:school_id>/<uuid:delivery_id>/retry")
@allow(Permission.PLATFORM_OPERATE)
def retry_letter(school_id: int, delivery_id: UUID) -> Answer:
    filters, letter = _filters(), _letter(school_id, delivery_id)
    try:
        flash(*sent_again(operations.retry_letter(letter, by=current_actor())))
    except SchoolSuspended as refused:
        flash(speech().gettext(refused.message, school=letter.school), "warn")
    return _back(filters, letter)


@pages.route("/<int:school_id>/<uuid:delivery_id>/discard", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def discard_letter(school_id: int, delivery_id: UUID) -> Answer:
    filters, letter, form = _filters(), _letter(school_id, delivery_id), DiscardForm()
    if not form.validate_on_submit():
        page = render("recovery/discard.html", form=form, letter=letter, number=1, schools=1, words=letter.reason, back=filters)
        return (page, 422) if form.problems else page
    flash(*discarded(operations.discard_letter(letter, why=form.why.data, by=current_actor())))
    return _back(filters, letter)


@pages.route("/reasons/<reason>/retry", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def retry_reason(reason: str) -> Answer:
    filters = _filters(reason)
    with across_schools(LOOK, routine=request.method == "POST") as session:  # a deed has its own event
        wanted = _of_reason(session, filters)
        held = wanted and queries.held(session, wanted.choice)
    if wanted is None or held is None or not held.number:
        return _nothing_left()
    if request.method != "POST":
        return render("recovery/retry.html", held=held, words=_words(wanted), school=wanted.school, back=filters)
    return _begin(wanted, Deed.RETRY)


@pages.route("/reasons/<reason>/discard", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def discard_reason(reason: str) -> Answer:
    filters, form = _filters(reason), DiscardForm()
    with across_schools(LOOK, routine=request.method == "POST") as session:  # a deed has its own event
        wanted = _of_reason(session, filters)
        held = wanted and queries.held(session, wanted.choice)
    if wanted is None or held is None or not held.number:
        return _nothing_left()
    if not form.validate_on_submit():
        page = render(
            "recovery/discard.html", form=form, letter=None, number=held.number, schools=held.schools,
            words=speech().gettext(_words(wanted)), back=filters,
        )  # fmt: skip
        return (page, 422) if form.problems else page
    return _begin(wanted, Deed.DISCARD, why=form.why.data)


@pages.get("/runs/<uuid:recovery_id>")
@allow(Permission.PLATFORM_OPERATE)
def show_run(recovery_id: UUID) -> Answer | Response:
    with across_schools("how far a deed on failed deliveries has come", routine=True) as session:
        run = session.get(RecoveryRun, recovery_id) or abort(404)
        session.expunge(run)
    told = of_run(run)
    if live.is_fragment():
        return live.answer("recovery/progress.html", run=run, told=told)
    return render("recovery/run.html", run=run, told=told)


def _filters(reason: str | None = None) -> Asked:
    """What the list is narrowed by; a reason (of the path, or else of the query) that is over by now is no mistake."""
    key, school = reason or request.args.get("reason", ""), request.args.get("school", "")[:LONGEST]
    found = asked(
        channel=CHANNELS, age=AGES, order=("oldest",), reason=(key,) if KEY.fullmatch(key) else (), school=(school,)
    )  # fmt: skip
    return replace(found, chosen={**found.chosen, "reason": key}) if reason else found


def _wanted(session: Session, filters: Asked) -> Wanted:
    """The filters read against what there is; 404 for the number of a school that does not exist."""
    of, now = filters.chosen, clock.now()
    schools = named(session, typed := of["school"].strip())
    if typed.isdecimal() and not schools:
        abort(404)
    school = schools[0] if len(schools) == 1 else None
    only = (school.id,) if school else () if typed else None
    tallies = queries.tallies(session, only, now)
    causes = choosing.causes_of(tallies, of["reason"]) if of["reason"] else None
    until = now - AGES[of["age"]] if of["age"] else None
    return Wanted(filters, tallies, Choice(of["channel"], causes, only, until), school, [] if school else schools)


def _of_reason(session: Session, filters: Asked) -> Wanted | None:
    """As `_wanted`, of one reason and one school or all; None when nothing fails for it any more."""
    wanted = _wanted(session, filters)
    if filters.chosen["school"] and wanted.school is None:
        abort(404)
    return wanted if wanted.choice.causes else None


def _begin(wanted: Wanted, deed: Deed, why: str | None = None) -> Response:
    """Begin the deed on all of it. What is small is done at once; the page of the run tells of the rest."""
    of = wanted.asked.chosen
    wish = running.Wish(
        deed, of["reason"], _words(wanted), of["channel"], wanted.school.id if wanted.school else None, of["age"], why
    )
    with across_schools(operations.DEED, routine=True) as session:
        run_id, is_small = running.begin(session, wish, wanted.choice, by=current_actor())
        session.commit()
    if is_small:
        end = time.monotonic() + PATIENCE
        running.carry_out(run_id, lambda: time.monotonic() < end)
    return redirect(url_for(".show_run", recovery_id=run_id))


def _words(wanted: Wanted) -> str:
    """The words of the reason that is asked for: a message to be translated."""
    key = wanted.asked.chosen["reason"]
    return next(reason.words for reason in choosing.reasons(wanted.tallies) if reason.key == key)


def _letter(school_id: int, delivery_id: UUID) -> queries.Letter:
    """A delivery that failed, or that had; else 404."""
    if school_id >= 2**31:
        abort(404)
    with across_schools(LOOK, routine=request.method == "POST") as session:
        return queries.letter(session, school_id, delivery_id) or abort(404)


def _back(filters: Asked, letter: queries.Letter) -> Response:
    """Where somebody came from: the letter's own page, or the list as it was narrowed."""
    if "letter" in request.args:
        return redirect(url_for(".show", school_id=letter.school_id, delivery_id=letter.id))
    return redirect(url_for(".list_dead") + (filters.link() if filters.is_anything else ""))


def _nothing_left() -> Response:
    """What a reason gets that nothing fails for any more: somebody was quicker."""
    flash(speech().gettext(NOTHING), "info")
    return redirect(url_for(".list_dead"))
