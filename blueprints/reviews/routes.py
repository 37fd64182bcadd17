"""The addresses of reviews, for the school."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.classes import classes_for, today_here
from app.domain.reviews.milestones import EndedTerm, last_term, term_names
from app.domain.reviews.shown import figures
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.promotion import Review
from app.web.filters import Asked, asked
from app.web.page import render
from app.web.paging import Page
from blueprints.reviews import asking, candidates, operations, queries, words
from blueprints.reviews.candidates import Source
from blueprints.reviews.forms import AnswerForm, DecisionForm, HideForm

pages = Blueprint("reviews", __name__, url_prefix="/marketing/reviews", template_folder="templates")
Answer = str | Response | tuple[str, int]
NOBODY = N_("Tick at least one person.")


@pages.get("/")
@allow(Permission.MARKETING_MANAGE)
def list_reviews() -> Answer:
    filters = asked(state=queries.STATES)
    page = queries.newest(state=filters.chosen["state"], pattern=filters.pattern, after=filters.after)
    return render(
        "reviews/list.html", page=page, asked=filters, counts=queries.counts(), figures=figures(), states=words.STATES,
        why=words.WHY_UNSENT, named=_named(),
    )  # fmt: skip


@pages.route("/ask", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def ask() -> Answer:
    groups = classes_for(None, None, today_here())
    term = last_term(today_here())
    filters = asked(place=candidates.BY_TURN, of=candidates.SOURCES, class_id=[str(group.id) for group in groups])
    source = _source(filters, term)
    found = candidates.candidates(source, filters.after) if source else Page([], None)
    problem = ""
    if request.method == "POST" and source:
        chosen = {each.id for each in found.rows if each.can_be_asked} & set(request.form.getlist("person", type=UUID))
        if chosen:
            number = asking.ask(candidates.people(chosen), source.milestone, by=current_actor())
            said = speech().ngettext("%(num)s person is being asked.", "%(num)s people are being asked.", number)
            flash(said, "ok")
            if found.older and found.rows[-1].state is None:  # the next page has more who were not asked
                return redirect(url_for(".ask") + filters.link(after=found.older), 303)
            return redirect(url_for(".list_reviews", state="asked"), 303)
        problem = speech().gettext(NOBODY)
    milestone = _named()(source.milestone) if source else ""
    page = render(
        "reviews/ask.html", groups=groups, term=term, source=source, page=found, asked=filters, milestone=milestone,
        problem=problem,
        ticked=set(request.form.getlist("person", type=UUID)) if request.method == "POST" else None, why=words.WHY_UNSENT,
        states=words.STATES,
    )  # fmt: skip
    return page, 422 if problem else 200


@pages.get("/<uuid:review_id>")
@allow(Permission.MARKETING_MANAGE)
def show_review(review_id: UUID) -> Answer:
    return _page(review_id)


@pages.post("/<uuid:review_id>/show")
@allow(Permission.MARKETING_MANAGE)
def publish(review_id: UUID) -> Answer:
    form = DecisionForm()
    return _done(review_id, lambda review: operations.show(review, form.read, by=current_actor()), N_("The review is shown."))


@pages.post("/<uuid:review_id>/hide")
@allow(Permission.MARKETING_MANAGE)
def hide(review_id: UUID) -> Answer:
    form = HideForm()
    if not form.validate_on_submit():
        return _page(review_id, hiding=form)
    why = form.why.data or ""
    return _done(
        review_id,
        lambda review: operations.hide(review, form.read, why, by=current_actor()),
        N_("The review is not shown."),
        again=lambda: _page(review_id, hiding=form, is_stale=True),
    )


@pages.post("/<uuid:review_id>/answer")
@allow(Permission.MARKETING_MANAGE)
def answer(review_id: UUID) -> Answer:
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(review_id, answering=form)
    return _done(
        review_id,
        lambda review: operations.answer(review, form.read, form.text, by=current_actor()),
        N_("The answer is saved."),
        again=lambda: _page(review_id, answering=form, is_stale=True),
    )


@pages.post("/<uuid:review_id>/remind")
@allow(Permission.MARKETING_MANAGE)
def remind(review_id: UUID) -> Answer:
    try:
        asking.remind(_held(review_id), by=current_actor())
    except asking.CannotRemind as reason:
        flash(speech().gettext(reason.message), "warn")
    else:
        flash(speech().gettext("The reminder is on its way. There is no second one."), "ok")
    return redirect(url_for(".show_review", review_id=review_id), 303)


@pages.post("/<uuid:review_id>/retry")
@allow(Permission.MARKETING_MANAGE)
def try_again(review_id: UUID) -> Answer:
    if asking.try_again(_held(review_id), by=current_actor()):
        flash(speech().gettext("It is being tried again."), "ok")
    return redirect(url_for(".show_review", review_id=review_id), 303)


def _held(review_id: UUID) -> Review:
    return asking.held(review_id) or abort(404)


def _done(review_id: UUID, deed: Callable[[Review], object], said: str, *, again: Callable[[], Answer] | None = None) -> Answer:
    """Do something with a review and say so; `again` draws what was typed anew where the family was quicker."""
    try:
        deed(_held(review_id))
    except operations.CannotDecide as reason:
        if again and isinstance(reason, operations.ChangedMeanwhile):
            return again()
        flash(speech().gettext(reason.message), "warn")
    else:
        flash(speech().gettext(said), "ok")
    return redirect(url_for(".show_review", review_id=review_id), 303)


def _page(
    review_id: UUID, *, hiding: HideForm | None = None, answering: AnswerForm | None = None, is_stale: bool = False
) -> Answer:
    """The page of a review, with the form that came back, if one did: for its errors, or because it `is_stale`."""
    review = queries.review(review_id) or abort(404)
    data = {"revision": str(review.revision), "why": review.hidden_why, "answer": review.answer}
    wrong = hiding or answering
    if wrong and is_stale:
        wrong.revision.data = str(review.revision)
    page = render(
        "reviews/show.html", review=review, hiding=hiding or HideForm(None, data=data),
        answering=answering or AnswerForm(None, data=data), wrong=wrong, states=words.STATES, why=words.WHY_UNSENT,
        milestone=_named()(review.milestone), stars=words.stars,
        changed=operations.ChangedMeanwhile.message if is_stale else "",
    )  # fmt: skip
    return page, 409 if is_stale else 422 if wrong else 200


def _named() -> Callable[[str], str]:
    """What a milestone is called, with the names of the school's terms read once."""
    terms = term_names()
    return lambda key: words.milestone(key, terms)


def _source(filters: Asked, term: EndedTerm | None) -> Source | None:
    """Where people are picked from, as the address says; None where it does not say yet."""
    kind, group, day = filters.chosen["of"], filters.chosen["class_id"], today_here()
    if kind == candidates.CLASS:
        return Source(kind, day, class_id=UUID(group)) if group else None
    if kind == candidates.NAME:
        return Source(kind, day, pattern=filters.pattern) if filters.pattern else None
    return Source(kind, day, term=term) if kind and term else None
