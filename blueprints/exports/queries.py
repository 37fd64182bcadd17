"""Reads for exports."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.models.school import School
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id


class _Slug(NamedTuple):
    slug: str


_SLUG = Prepared(select(School.slug).where(School.id == bindparam("school")), _Slug)


def slug() -> str:
    """What the current school is called in addresses and in the names of files."""
    with reading() as cursor:
        return _SLUG.all(cursor, school=current_school_id())[0].slug
