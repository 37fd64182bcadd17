"""The people of a school as its audiences, and the names of its learners."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.models.notice import Audience
from app.models.person import Kind, Person
from app.tenancy.database import db

#: the kinds of people that an audience is made of, as the database has them; of a class, those whom OF_CLASS finds
KINDS: dict[str, tuple[str, ...]] = {
    Audience.EVERYONE: (Kind.LEARNER.value, Kind.GUARDIAN.value, Kind.STAFF.value),
    Audience.GUARDIANS: (Kind.GUARDIAN.value,),
    Audience.STUDENTS: (Kind.LEARNER.value,),
    Audience.STAFF: (Kind.STAFF.value,),
    Audience.CLASS: (Kind.LEARNER.value, Kind.GUARDIAN.value, Kind.STAFF.value),
}
HERE: ColumnElement[bool] = Person.ended_at.is_(None)
#: young learners have no address, and their guardians are written to: nobody misses theirs
IS_EXPECTED: ColumnElement[bool] = or_(Person.kind != Kind.LEARNER.value, Person.email.is_not(None))
HAS_NONE: ColumnElement[bool] = or_(Person.email.is_(None), Person.email_flagged_at.is_not(None))
UNREACHABLE: ColumnElement[bool] = and_(HERE, IS_EXPECTED, HAS_NONE)


def names_a_learner(text: str) -> bool:
    """Whether a text holds the full name of a learner of the current school, in whatever case."""
    named = select(Person.id).where(
        Person.kind == Kind.LEARNER.value, HERE, func.strpos(func.lower(text), func.lower(Person.name)) > 0
    )
    return db.session.scalar(select(named.exists())) or False
