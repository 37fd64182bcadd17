"""What can be taken out of reviews: who was asked, what was said, and how it stands."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Text, bindparam, case, select

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind
from app.exports.filters import one_of
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.models.person import Person
from app.models.promotion import Review
from blueprints.reviews.words import STATES

YES_NO = {"yes": N_("Yes"), "no": N_("No")}
STATE_WORDS = {state: word for state, (_, word) in STATES.items()}
SPOKEN = {code: language.spoken for code, language in LANGUAGES.items()}


class _Row(NamedTuple):
    name: str
    milestone: str
    state: str
    asked_at: dt.datetime
    sent_at: dt.datetime | None
    reminded_at: dt.datetime | None
    rating: int | None
    body: str | None
    language: str | None
    shown_name: str | None
    consents: str
    given_at: dt.datetime | None
    changed_at: dt.datetime | None
    answer: str | None
    hidden_why: str | None


_ALL = (
    select(
        Person.name, Review.milestone, Review.state, Review.asked_at, Review.sent_at, Review.reminded_at, Review.rating,
        Review.body, Review.language, Review.shown_name, case((Review.consents, "yes"), else_="no").label("consents"),
        Review.given_at, Review.changed_at, Review.answer, Review.hidden_why,
    )
    .join(Person, Person.id == Review.person_id)
    .order_by(Review.asked_at.desc(), Review.id.desc())
)  # fmt: skip
REVIEWS = Dataset(
    "reviews", N_("Reviews"), Permission.MARKETING_MANAGE,
    (
        Column("name", N_("Parent or guardian")),
        Column("milestone", N_("Asked after")),
        Column("state", N_("Status"), Kind.WORD, STATE_WORDS),
        Column("asked_at", N_("Asked"), Kind.MOMENT),
        Column("sent_at", N_("Sent"), Kind.MOMENT),
        Column("reminded_at", N_("Reminded"), Kind.MOMENT),
        Column("rating", N_("Stars"), Kind.INTEGER),
        Column("body", N_("What the family says")),
        Column("language", N_("Language"), Kind.WORD, SPOKEN),
        Column("shown_name", N_("Shown as")),
        Column("consents", N_("May be shown"), Kind.WORD, YES_NO),
        Column("given_at", N_("Written"), Kind.MOMENT),
        Column("changed_at", N_("Changed"), Kind.MOMENT),
        Column("answer", N_("Answer of the school")),
        Column("hidden_why", N_("Why it is not shown")),
    ),
    selected(_ALL, _Row, {"state": Review.state == bindparam("state", type_=Text)}),
    filters={"state": one_of(*STATES)},
)  # fmt: skip
DATASETS = (REVIEWS,)
