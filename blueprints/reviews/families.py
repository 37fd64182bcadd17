"""What a family does with its review, by its link: give, change and take back. Each enters the school and commits itself."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, record
from app.config import Settings
from app.delivery.review_link import review_of
from app.domain.closing import acting_if_open
from app.domain.names import parts
from app.models.person import Person
from app.models.promotion import Review, ReviewState
from app.models.school import School, is_open
from app.tenancy.doors import acting_for


class Draft(NamedTuple):
    """What a family says: `rating` from 1 to 5, plain text, the name that is shown, and whether it may be shown at all."""

    rating: int
    body: str
    shown_name: str
    consents: bool


class Asked(NamedTuple):
    """Whom a link is of: the person, the school that asks, and what they have said so far (`draft`, None for nothing)."""

    school_id: int
    review_id: UUID
    name: str
    language: str | None
    state: str
    draft: Draft | None
    answer: str | None
    school: str
    slug: str
    school_language: str
    timezone: ZoneInfo
    money: str
    currency: str
    contact_email: str | None
    school_state: str

    @property
    def is_open(self) -> bool:
        """Whether the school is."""
        return is_open(self.school_state)


def asked_by(settings: Settings, slug: str, token: str) -> Asked | None:
    """Whom a link asks; None for one that we did not make, of another school, or of somebody whom the school no longer has."""
    if (found := review_of(settings, token)) is None:
        return None
    school_id, review_id = found
    with acting_for(school_id) as session:
        row = session.execute(
            select(Review, Person, School)
            .join(Person, Person.id == Review.person_id)
            .join(School, School.id == Review.school_id)
            .where(Review.id == review_id, School.slug == slug)
        ).one_or_none()
        if row is None:
            return None
        review, person, school = row
        return Asked(
            school_id, review_id, person.name, person.language, review.state, _draft(review), review.answer, school.name, slug,
            school.language, school.timezone, school.money, school.currency, school.contact_email,
            school.state,
        )  # fmt: skip


def give(asked: Asked, draft: Draft, language: str) -> bool:
    """Store what somebody says, or says instead: the school looks at it (again) before it is shown. False if nothing differs.

    Raises SchoolClosed.
    """
    with acting_if_open(asked.school_id) as session:
        review = session.scalars(select(Review).where(Review.id == asked.review_id).with_for_update()).one()
        before = _draft(review)
        if before == draft:
            return False
        now = clock.now()
        review.rating, review.body, review.shown_name = draft.rating, draft.body, draft.shown_name
        if draft.consents != review.consents:
            review.consents, review.consented_at = draft.consents, now if draft.consents else None
        review.state, review.language, review.withdrawn_at = ReviewState.NEW.value, language, None
        review.revision += 1
        if before is None:
            review.given_at, review.changed_at = now, None
        else:
            review.changed_at = now
        action = "reviews.change" if before else "reviews.give"
        said = {"rating": draft.rating, "consents": draft.consents}  # never the text: what is taken back is gone for good
        record(action, review, label=asked.name, after=said, by=_by_link(asked))
        session.commit()
    return True


def withdraw(asked: Asked) -> bool:
    """Take a review back, also from a closed school: all that was said is erased, and with it the answer.

    False if there is none.
    """
    with acting_for(asked.school_id) as session:
        review = session.scalars(select(Review).where(Review.id == asked.review_id).with_for_update()).one()
        if review.rating is None:
            return False
        review.state, review.withdrawn_at = ReviewState.WITHDRAWN.value, clock.now()
        review.rating = review.body = review.shown_name = review.language = None
        review.consents, review.consented_at = False, None
        review.answer = review.answered_at = review.answered_by = None
        review.hidden_why = review.decided_at = review.decided_by = None
        review.revision += 1
        record("reviews.withdraw", review, label=asked.name, by=_by_link(asked))
        session.commit()
    return True


def name_to_show(name: str) -> str:
    """A name as it is shown unless somebody chooses otherwise: the first name, and of the surname the first letter."""
    first, last = parts(name)
    given = first.split()[0] if first.split() else name
    initial = next((sign for sign in (last.split() or [""])[-1] if sign.isalpha()), "")
    return f"{given} {initial.upper()}." if initial else given


def _draft(review: Review) -> Draft | None:
    if review.rating is None:
        return None
    return Draft(review.rating, review.body or "", review.shown_name or "", review.consents)


def _by_link(asked: Asked) -> Actor:
    return Actor("visitor", None, asked.name)
