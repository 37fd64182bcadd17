"""What the console's search box finds of the people of all schools: by their id, a learner number, or the code of a card.

Whoever is found by an address stands in the search of schools and accounts already.
"""

from __future__ import annotations

import re
from uuid import UUID

from flask import url_for
from sqlalchemy import ColumnElement, and_, func, select, tuple_, union
from sqlalchemy.orm import Session

from app.domain.searching import MOST, Hit, Search
from app.i18n.speech import speech
from app.models.learner import Learner
from app.models.person import Person
from app.models.school import School
from blueprints.people.words import KINDS

NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z/. -]{0,39}")


def people(session: Session, text: str) -> list[Hit]:
    """Somebody of a school by their id, archived or not; learners by number or card. Each way goes by an index."""
    way = _way(text)
    if way is None:
        return []
    found = session.execute(
        select(Person.name, Person.kind, Learner.number, Person.ended_at, School.id, School.name.label("school"))
        .join(School, School.id == Person.school_id)
        .outerjoin(Learner, and_(Learner.school_id == Person.school_id, Learner.id == Person.id))
        .where(way)
        .order_by(School.name_key, Person.sort_key)
        .limit(MOST)
    )
    return [
        Hit(KINDS[row.kind], row.name, _detail(row.school, row.number), url_for("schools.overview", school_id=row.id))
        for row in found
    ]


def _way(text: str) -> ColumnElement[bool] | None:
    every = func.array(select(School.id).scalar_subquery())
    try:
        key = UUID(text)
    except ValueError:
        key = None
    if key is not None:
        return and_(Person.school_id == func.any(every), Person.id == key)
    if not (NUMBER.fullmatch(text) and any(letter.isdigit() for letter in text)):
        return None
    # Both indexes begin with the school: one walk along each, which stops once a school.
    learners = select(Learner.school_id, Learner.id).where(Learner.school_id == func.any(every))
    either = union(learners.where(Learner.number == text), learners.where(Learner.card_code == text.upper()))
    return tuple_(Person.school_id, Person.id).in_(either)


def _detail(school: str, number: str | None) -> str:
    return speech().gettext("%(school)s, learner number %(number)s", school=school, number=number) if number else school


SOURCES = (Search("people of schools", people),)
