"""Asking for reviews: once for a milestone, reminded once at most. The database holds both, whoever clicks how often."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app import clock
from app.audit.record import Actor, Target, record
from app.delivery.publish import Text, send_message
from app.delivery.review_link import page_of
from app.domain.reach import reach_of
from app.i18n.catalogue import N_
from app.models.message import Message
from app.models.notice import Audience
from app.models.person import Person
from app.models.promotion import Review, ReviewState
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work.outbox import queue, queue_each
from blueprints.reviews import letters

INVITE = "reviews.invite"
GONE = "gone"  # Review.unsent_why of somebody who has left the school meanwhile


class CannotRemind(Exception):
    """Why somebody is not reminded; `message` is for whoever wanted to."""

    message = N_("There is nothing to remind of: there is an answer already, or the question has not gone out yet.")


class RemindedAlready(CannotRemind):
    """There is one reminder at most."""

    message = N_("There was a reminder already. Nobody is reminded twice.")


class Unreachable(CannotRemind):
    """Nothing would arrive."""

    message = N_("Nothing reaches this person at the moment.")


def ask(people: Sequence[Person], milestone: str, *, by: Actor) -> int:
    """Ask people of the current school after a milestone; returns how many. Who was asked for it before is not asked again."""
    asked = 0
    for person in people:
        made = (
            insert(Review)
            .values(person_id=person.id, milestone=milestone, asked_by=by.name)
            .on_conflict_do_nothing(constraint="review_asked_once")
            .returning(Review.id)
        )
        review_id = db.session.scalar(made)
        if review_id is None:
            continue
        asked += 1
        record("reviews.ask", Target("review", review_id), label=person.name, after={"milestone": milestone}, by=by)
        queue_each(INVITE, [review_id], queue="default")
    return asked


def invite(review_id: UUID, *, by: Actor) -> None:
    """Send what was asked for, unless it was sent already; what stands in the way is noted on the row."""
    review = held(review_id)
    if review is None or review.message_id or review.state != ReviewState.ASKED:
        return
    person = db.session.scalars(select(Person).where(Person.id == review.person_id)).one()
    why = _why_not(person)
    if why:
        review.unsent_why = why
        record("reviews.not_sent", review, label=person.name, after={"why": why}, by=by)
        return
    message = _send(review, letters.invitation(_school()))
    review.message_id, review.sent_at, review.unsent_why = message.id, clock.now(), None
    record("reviews.send", review, label=person.name, by=by)


def try_again(review: Review, *, by: Actor) -> bool:
    """Send what could not be sent; False if there is nothing to send."""
    if review.message_id or not review.unsent_why or review.state != ReviewState.ASKED:
        return False
    review.unsent_why = None
    record("reviews.try_again", review, label=_name(review.person_id), by=by)
    queue(INVITE, review.id)
    return True


def remind(review: Review, *, by: Actor) -> None:
    """Remind somebody who has not answered. Raises CannotRemind."""
    if review.reminded_at:
        raise RemindedAlready
    if review.state != ReviewState.ASKED or review.sent_at is None:
        raise CannotRemind
    person = db.session.scalars(select(Person).where(Person.id == review.person_id)).one()
    if _why_not(person):
        raise Unreachable
    message = _send(review, letters.reminder(_school()))
    review.reminder_id, review.reminded_at = message.id, clock.now()
    record("reviews.remind", review, label=person.name, by=by)


def held(review_id: UUID) -> Review | None:
    """A review of the current school, held until the transaction ends; None if there is no such."""
    return db.session.scalars(select(Review).where(Review.id == review_id).with_for_update()).one_or_none()


def _send(review: Review, texts: dict[str, Text]) -> Message:
    return send_message(
        audience=Audience.GUARDIANS.value, texts=texts, url=page_of(review.id), urgent=False, due=None,
        person_id=review.person_id, letter=letters.LETTER,
    )  # fmt: skip


def _why_not(person: Person) -> str | None:
    """Why nothing reaches somebody now, a key of the reasons; None if something does."""
    if person.ended_at:
        return GONE
    found = reach_of(person.id, channel=None)
    return found.why if found else GONE


def _school() -> School:
    return db.session.get_one(School, current_school_id())


def _name(person_id: UUID) -> str:
    return db.session.scalars(select(Person.name).where(Person.id == person_id)).one()
