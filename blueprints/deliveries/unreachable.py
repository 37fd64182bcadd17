"""Reads about people whom no mail reaches: no address, one that does not work, or they asked for no mail."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.people import HAS_NONE, HERE, UNREACHABLE
from app.models.contact import ContactPreference, PushSubscription
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

#: besides "", for those without a working address
UNSUBSCRIBED = "unsubscribed"


class Unreachable(NamedTuple):
    """Somebody of the school: a mail server said at `flagged_at` that the address does not work; since `unsubscribed_at` they
    want no mail but urgent ones; `has_device` is notified all the same."""

    id: str
    name: str
    sort_key: str
    kind: str
    email: str | None
    phone: str | None
    flagged_at: dt.datetime | None
    unsubscribed_at: dt.datetime | None
    has_device: bool


_HAS_DEVICE: ColumnElement[bool] = (
    select(PushSubscription.id)
    .where(PushSubscription.school_id == Person.school_id, PushSubscription.person_id == Person.id)
    .exists()
)
_PEOPLE = (
    select(
        cast(Person.id, Text).label("id"), Person.name, Person.sort_key, Person.kind, Person.email, Person.phone,
        Person.email_flagged_at.label("flagged_at"), ContactPreference.unsubscribed_at, _HAS_DEVICE.label("has_device"),
    )
    .select_from(Person)
    .outerjoin(
        ContactPreference, and_(ContactPreference.school_id == Person.school_id, ContactPreference.person_id == Person.id)
    )
)  # fmt: skip
_PERSON = Prepared(_PEOPLE.where(HERE, Person.id == bindparam("id", type_=PG_UUID)), Unreachable)


def people(why: str, after: Key | None) -> Page[Unreachable]:
    """The people without a working address, or those who unsubscribed, by name; those behind `after`."""
    values: dict[str, object] = dict(zip(("after_name", "after_id"), after or (), strict=False))
    with reading() as cursor:
        rows = _people(why == UNSUBSCRIBED, after is not None).all(cursor, **values)
    return cut(rows, lambda row: (row.sort_key, row.id))


def person(person_id: UUID) -> Unreachable | None:
    """One person of the school who has not left, reachable or not; None if there is no such."""
    with reading() as cursor:
        found = _PERSON.all(cursor, id=person_id)
    return found[0] if found else None


@cache
def _people(unsubscribed: bool, later: bool) -> Prepared[Unreachable]:
    wanted = and_(HERE, ~HAS_NONE, ContactPreference.unsubscribed_at.is_not(None)) if unsubscribed else UNREACHABLE
    statement = _PEOPLE.where(wanted).order_by(Person.sort_key, Person.id).limit(PAGE + 1)
    if later:
        key = tuple_(bindparam("after_name", type_=Text), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(Person.sort_key, Person.id) > key)
    return Prepared(statement, Unreachable)
