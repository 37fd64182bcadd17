"""What the dashboard reads of the school itself."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.models.school import School
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id


class Contact(NamedTuple):
    """How to reach the school; each may be missing."""

    email: str | None
    phone: str | None
    address: str | None


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
