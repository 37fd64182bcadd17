"""How a school shows itself: its logo, and the languages in which it writes."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.i18n.languages import LANGUAGES
from app.models.school import School, SchoolLogo
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id

SHOWN = 64  # pixels: how high a logo stands at most on pages and in mails


class Logo(NamedTuple):
    """The logo of a school; `alt` is for who does not see it. Sizes are in pixels."""

    school_id: int
    id: UUID
    width: int
    height: int
    alt: str

    @property
    def path(self) -> str:
        """Its address on this site, open to everybody: it changes with the picture."""
        return f"/logos/{self.school_id}/{self.id}.png"

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height at which it is shown: at most SHOWN high."""
        share = min(1.0, SHOWN / self.height)
        return max(1, round(self.width * share)), max(1, round(self.height * share))


class _Written(NamedTuple):
    languages: list[str]


_LOGO = Prepared(
    select(SchoolLogo.school_id, SchoolLogo.id, SchoolLogo.width, SchoolLogo.height, SchoolLogo.alt), Logo
)  # fmt: skip
_LANGUAGES = Prepared(select(School.languages).where(School.id == bindparam("school")), _Written)


def logo() -> Logo | None:
    """The logo of the current school, None for one that has none."""
    with reading() as cursor:
        found = _LOGO.all(cursor)
    return found[0] if found else None


def logo_of(session: Session, school_id: int) -> Logo | None:
    """The logo of one school, in the session of the school or of the platform."""
    found = select(SchoolLogo.school_id, SchoolLogo.id, SchoolLogo.width, SchoolLogo.height, SchoolLogo.alt)
    row = session.execute(found.where(SchoolLogo.school_id == school_id)).one_or_none()
    return Logo._make(row) if row else None


def written_languages() -> tuple[str, ...]:
    """The languages in which the current school writes, in the order of the product."""
    with reading() as cursor:
        (row,) = _LANGUAGES.all(cursor, school=current_school_id())
    return tuple(code for code in LANGUAGES if code in row.languages)
