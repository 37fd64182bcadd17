"""What a select is run with that gives texts in the language of the file, and days of the school's clock."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Text, bindparam, cast, func, select

from app.domain.notices import wished
from app.i18n.speech import speech
from app.models.school import School
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id


class _Language(NamedTuple):
    language: str


_LANGUAGE = Prepared(select(School.language).where(School.id == bindparam("school")), _Language)
_ZONE = bindparam("zone", type_=Text)


def as_read() -> dict[str, object]:
    """The values of `app.domain.notices.in_reach` and of `on_day` for whoever reads the file."""
    with reading() as cursor:
        (school,) = _LANGUAGE.all(cursor, school=current_school_id())
    return {**wished(speech().language, school.language), "zone": speech().timezone}


def on_day(moment: Any) -> ColumnElement[Any]:
    """The day of a moment on the wall of the school."""
    return cast(func.timezone(_ZONE, moment), Date)


def between(moment: Any) -> dict[str, ColumnElement[bool]]:
    """The conditions of the filters `since` and `until`, both days included."""
    return {
        "since": on_day(moment) >= bindparam("since", type_=Date),
        "until": on_day(moment) <= bindparam("until", type_=Date),
    }
