"""What a school does with the reviews that it was given. It reads each before anybody else does, and never changes a word."""

from __future__ import annotations

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, record
from app.i18n.catalogue import N_
from app.models.person import Person
from app.models.promotion import Review, ReviewState
from app.tenancy.database import db

GIVEN = (ReviewState.NEW, ReviewState.SHOWN, ReviewState.HIDDEN)


class CannotDecide(Exception):
    """Why something cannot be done with a review; `message` is for whoever wanted to."""

    message = ""


class NothingGiven(CannotDecide):
    """There is no review (any more)."""

    message = N_("There is no review here: it has not been given yet, or it was taken back.")


class ChangedMeanwhile(CannotDecide):
    """The family has changed it since the page was drawn."""

    message = N_("The review has been changed in the meantime. Please read it again.")


class NoConsent(CannotDecide):
    """The family does not want it to be shown."""

    message = N_("The family has not agreed that the review is shown.")


def show(review: Review, revision: int, *, by: Actor) -> None:
    """Show a review, as somebody has read it at `revision`, on the website. Raises CannotDecide."""
    _refuse(review, revision)
    if not review.consents:
        raise NoConsent
    _decide(review, ReviewState.SHOWN, None, "reviews.show", by)


def hide(review: Review, revision: int, why: str, *, by: Actor) -> None:
    """Keep a review off the website, and why: the reason is for the school alone. Raises CannotDecide."""
    _refuse(review, revision)
    _decide(review, ReviewState.HIDDEN, why, "reviews.hide", by)


def answer(review: Review, revision: int, text: str, *, by: Actor) -> bool:
    """Answer a review, or with '' take the answer away; False if nothing is different. Raises CannotDecide."""
    _refuse(review, revision)
    if (review.answer or "") == text:
        return False
    before = bool(review.answer)
    review.answer = text or None
    review.answered_at, review.answered_by = (clock.now(), by.name) if text else (None, None)
    told = {"answered": "yes" if text else ""}  # not the words: they are erased with the review
    record("reviews.answer", review, label=_name(review), by=by, before={"answered": "yes" if before else ""}, after=told)
    return True


def _refuse(review: Review, revision: int) -> None:
    if review.state not in GIVEN:
        raise NothingGiven
    if review.revision != revision:
        raise ChangedMeanwhile


def _decide(review: Review, state: ReviewState, why: str | None, action: str, by: Actor) -> None:
    before = review.state
    if (before, review.hidden_why) == (state, why):
        return
    review.state, review.hidden_why = state.value, why
    review.decided_at, review.decided_by = clock.now(), by.name
    after = {"state": state.value} | ({"why": why} if why else {})
    record(action, review, label=_name(review), by=by, before={"state": before}, after=after)


def _name(review: Review) -> str:
    return db.session.scalars(select(Person.name).where(Person.id == review.person_id)).one()
