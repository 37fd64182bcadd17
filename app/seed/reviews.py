"""What families of the demo schools say: reviews in every state and language, and some who have not answered yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.domain.names import parts
from app.models.learner import Guardianship
from app.models.person import Kind, Person
from app.models.promotion import Review, ReviewState
from app.models.user import Role
from app.seed.known import known_id
from app.seed.plans import SchoolPlan
from app.tenancy.database import db

ASKED, NEW, SHOWN, HIDDEN, WITHDRAWN = (state.value for state in ReviewState)


class Said(NamedTuple):
    """A review of a family that was asked so many `days` ago; `more` are other columns."""

    state: str
    days: int
    rating: int | None = None
    language: str | None = None
    body: str = ""
    answer: str | None = None
    more: Mapping[str, Any] = {}


SAID = {
    "zu": (
        Said(
            SHOWN, 40, 5, "zu", "Ingane yami iyajabula ekuseni uma iya esikoleni. Othisha bayayazi ngegama.",
            "Siyabonga. Nathi siyajabula ukuba naye.",
        ),
        Said(
            SHOWN, 33, 5, "en",
            "We get a message when our daughter is safely inside the gate, and another when she leaves. I stopped worrying.",
        ),
        Said(SHOWN, 29, 4, "en", "Good teachers and small classes. The car park is full at seven, so come early."),
        Said(SHOWN, 26, 5, "af", "Ons seun het in een kwartaal leer lees. Dankie aan juffrou Zulu vir haar geduld."),
        Said(NEW, 6, 3, "en", "The school is good, but the aftercare closes too early for parents who work in town."),
        Said(NEW, 20, 4, "zu", "Isikole sihlanzekile futhi siphephile.", more={"changed": 2}),
        Said(HIDDEN, 31, 2, "zu", "Kunothisha ongamukeli kahle abazali.", more={"why": "Igama lomuntu lingabonakala."}),
        Said(NEW, 4, 5, "zu", "Siyabonga ngomsebenzi omuhle.", more={"private": True}),
        Said(ASKED, 12),
        Said(ASKED, 12, more={"reminded": 3}),
        Said(ASKED, 5, more={"unsent": "no_address"}),
        Said(WITHDRAWN, 45),
    ),
    "af": (
        Said(
            SHOWN, 22, 5, "af", "’n Klein skool met ’n groot hart. Ons kinders stap self klas toe.",
            "Baie dankie! Julle is altyd welkom by ons.",
        ),
        Said(SHOWN, 18, 4, "en", "We moved here in March and felt at home within a week."),
        Said(NEW, 3, 5, "zu", "Izingane zami ziyasithanda lesi sikole."),
        Said(ASKED, 9),
    ),
}  # fmt: skip


def add_reviews(plan: SchoolPlan, accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add the reviews of a school that are missing; returns how many. Its families have to be there.

    `accounts` are the persons of the school's accounts by address: its guardian is the last who was asked.
    """
    if db.session.scalar(select(Review.id).limit(1)) is not None:
        return 0
    said = SAID[plan.language]
    ours = accounts[f"{Role.GUARDIAN.value}@{plan.host}"]
    families = select(Guardianship.guardian_id).where(Guardianship.no_contact.is_(False), Guardianship.hears_notices)
    people = list(
        db.session.scalars(
            select(Person)
            .where(
                Person.id.in_(families), Person.id != ours, Person.kind == Kind.GUARDIAN.value, Person.ended_at.is_(None)
            )
            .order_by(Person.id)
            .limit(len(said))
        )
    )  # fmt: skip
    by = plan.accounts[Role.OWNER]
    rows = [_row(plan, number, person, each, by, now) for number, (person, each) in enumerate(zip(people, said, strict=False))]
    db.session.add_all(rows)
    return len(rows)


def _row(plan: SchoolPlan, number: int, person: Person, said: Said, by: str, now: dt.datetime) -> Review:
    def ago(days: float) -> dt.datetime:
        return now - dt.timedelta(days=days, minutes=17 * number)

    asked, given = ago(said.days), ago(said.days - 1.3)
    row = Review(
        id=known_id(plan.slug, "review", number), person_id=person.id,
        milestone="enrolled" if number % 2 else f"year:{asked.year}",
        state=said.state, asked_by=by, asked_at=asked, sent_at=asked,
    )  # fmt: skip
    if why := said.more.get("unsent"):
        row.sent_at, row.unsent_why = None, why
    if days := said.more.get("reminded"):
        row.reminded_at = ago(days)
    if said.state == WITHDRAWN:
        row.withdrawn_at, row.revision = ago(said.days - 9), 2
    if said.rating is None:
        return row
    first, last = parts(person.name)
    row.rating, row.body, row.language, row.given_at, row.revision = said.rating, said.body, said.language, given, 1
    row.shown_name = f"{first.split()[0]} {last.split()[-1][0]}." if last else first
    row.consents = not said.more.get("private")
    row.consented_at = given if row.consents else None
    if said.state in (SHOWN, HIDDEN) or "changed" in said.more:
        row.decided_at, row.decided_by = ago(said.days - 2), by
    if days := said.more.get("changed"):
        row.changed_at, row.revision = ago(days), 2
    row.hidden_why = said.more.get("why")
    if said.answer:
        row.answer, row.answered_at, row.answered_by = said.answer, ago(said.days - 2.1), by
    return row
