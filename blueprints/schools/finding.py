"""What the console's search box finds of schools: themselves, their people, and what they sent, by an id or an address.

Each select goes by an index. Only for a name that no school begins with are all schools read (not what belongs to them).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, select, type_coerce, union
from sqlalchemy.orm import Session

from app.domain.searching import MOST, Hit, Search
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.delivery import Delivery, State
from app.models.message import Message
from app.models.notice import Notice
from app.models.person import Person
from app.models.school import School, name_key
from app.models.user import Membership, User
from app.web.badges import STATES, WORDS
from blueprints.schools import queries
from blueprints.schools.queries import Name

SCHOOL, USER, STAFF, PERSON = N_("School"), N_("User"), N_("Platform staff"), N_("Person without an account")
LAST = "\U0010ffff"  # stands behind every other character
MESSAGE, NOTICE, DELIVERY = N_("Message"), N_("Notice"), N_("Delivery")


def schools(session: Session, text: str) -> list[Hit]:
    """Schools by number, slug, contact address or the beginning of their names; only if there is none, by words within."""
    ways = [School.slug == text.lower()]
    if text.isdecimal() and text.isascii() and len(text) < 10:
        ways.append(School.id == int(text))
    if "@" in text:
        ways.append(and_(func.lower(School.contact_email) == text.lower(), School.contact_email.is_not(None)))
    if key := name_key(text):
        ways.append(and_(School.name_key >= key, School.name_key < key + LAST))
    found = [Name(*row) for row in session.execute(union(*(_school(way) for way in ways)).limit(MOST))]
    found = found or queries.names(session, text, MOST)
    return [Hit(SCHOOL, school.name, school.timezone, _overview(school.id)) for school in found]


def users(session: Session, text: str) -> list[Hit]:
    """Users by id or address: once for each of their schools, and as staff of the platform."""
    way = _by_id_or_address(text)
    if way is None:
        return []
    found = session.execute(
        select(User.name, User.email, User.platform_role, School.id, School.name.label("school"), Membership.role)
        .select_from(User)
        .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.ended_at.is_(None)))
        .outerjoin(School, School.id == Membership.school_id)
        .where(way)
        .order_by(School.name_key)
        .limit(MOST)
    ).all()
    return list(_hits_of_users(found))[:MOST]


def people(session: Session, text: str) -> list[Hit]:
    """People whom a school keeps with this address and who have no account."""
    if "@" not in text:
        return []
    has_account = exists().where(
        Membership.school_id == Person.school_id, Membership.person_id == Person.id, Membership.ended_at.is_(None)
    )
    found = session.execute(
        select(Person.name, Person.email, School.id, School.name.label("school"))
        .join(School, School.id == Person.school_id)
        .where(Person.email == text.lower(), Person.email.is_not(None), Person.ended_at.is_(None), ~has_account)
        .order_by(School.name_key, Person.sort_key)
        .limit(MOST)
    )
    return [Hit(PERSON, row.name, row.school, _support(row.id, row.email)) for row in found]


def sendings(session: Session, text: str) -> list[Hit]:
    """A message, a notice or a delivery by its id."""
    if (key := _uuid(text)) is None:
        return []
    messages = select(School.id, School.name, Message.created_at).join(School, School.id == Message.school_id)
    notices = select(School.id, School.name, Notice.starts_at).join(School, School.id == Notice.school_id)
    deliveries = select(School.id, School.name, Delivery.channel, Delivery.state).join(School, School.id == Delivery.school_id)
    hits = [
        Hit(kind, name, speech().moment(at), _overview(number))
        for kind, asked in ((MESSAGE, messages.where(Message.id == key)), (NOTICE, notices.where(_of_any_school(Notice, key))))
        for number, name, at in session.execute(asked.limit(MOST))
    ]
    for number, name, channel, state in session.execute(deliveries.where(_of_any_school(Delivery, key)).limit(MOST)):
        said = speech().gettext(WORDS[channel]), speech().gettext(STATES[state][1])
        to = url_for("recovery.show", school_id=number, delivery_id=key) if state == State.DEAD else _overview(number)
        hits.append(Hit(DELIVERY, name, " · ".join(said), to))
    return hits[:MOST]


def _hits_of_users(found: Any) -> Iterator[Hit]:
    for number, row in enumerate(found):
        if row.platform_role and number == 0:
            yield Hit(STAFF, row.name, row.email, url_for("staff.list_staff"))
        if row.id:
            yield Hit(USER, row.name, f"{row.school} · {speech().gettext(WORDS[row.role])}", _support(row.id, row.email))
        elif not row.platform_role:
            yield Hit(USER, row.name, speech().gettext(N_("No school membership")), url_for("platform_audit.list_events"))


def _of_any_school(model: type[Notice | Delivery], key: UUID) -> ColumnElement[bool]:
    """The row with this id in a table whose index begins with the school: one walk along that index, which stops once a school.

    Compared with the id alone, PostgreSQL may well read the whole table.
    """
    every = func.array(select(School.id).scalar_subquery())
    return and_(model.school_id == func.any(every), model.id == key)


def _school(way: Any) -> Select[*tuple[Any, ...]]:
    return select(School.id, School.name, type_coerce(School.timezone, Text).label("timezone")).where(way)


def _by_id_or_address(text: str) -> Any:
    if "@" in text:
        return User.email == text.lower()
    key = _uuid(text)
    return None if key is None else User.id == key


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _support(school_id: int, address: str) -> str:
    return url_for("schools.support", school_id=school_id, q=address)


def _overview(school_id: int) -> str:
    return url_for("schools.overview", school_id=school_id)


SOURCES = (
    Search("schools", schools), Search("users", users), Search("people", people), Search("sendings", sendings),
)  # fmt: skip
