"""What the dashboard reads of the school itself."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from app.models.school import School
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id
from app.web.paging import PAGE, Key, Page, cut


class Contact(NamedTuple):
    """How to reach the school; each may be missing."""

    email: str | None
    phone: str | None
    address: str | None


class OpenSchool(NamedTuple):
    """A school that an operator may visit; `sort` is what it is sorted by."""

    id: int
    sort: str
    name: str


_SORT = func.lower(School.name)
_CONTACT = Prepared(
    select(
        School.contact_email.label("email"), School.contact_phone.label("phone"), School.contact_address.label("address")
    ).where(School.id == bindparam("school")),
    Contact,
)


def contact() -> Contact:
    """The contact of the current school."""
    with reading() as cursor:
        return _CONTACT.all(cursor, school=current_school_id())[0]


def open_schools(session: Session, *, pattern: str, after: Key | None) -> Page[OpenSchool]:
    """Schools that are open, by name; with `pattern` (for ILIKE) in the name. Needs `across_schools`."""
    found = select(School.id, _SORT, School.name).where(School.is_open).order_by(_SORT, School.id).limit(PAGE + 1)
    if pattern:
        found = found.where(School.name.ilike(pattern, escape="\\"))
    if after:
        found = found.where(tuple_(_SORT, School.id) > after)
    rows = [OpenSchool(*row) for row in session.execute(found)]
    return cut(rows, lambda row: (row.sort, row.id))


def school_number(text: str) -> int:
    """The number of a school in the address of a list. Raises ValueError for what can be none."""
    if not 0 < (number := int(text)) < 2**31:
        raise ValueError(text)
    return number
