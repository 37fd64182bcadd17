"""How a school's website stands with the public: the one statement that a page which is kept is asked for."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, bindparam, select

from app.models.school import School
from app.models.site import Site
from app.tenancy.glimpse import Glimpse
from app.tenancy.reading import looking_up


class Standing(NamedTuple):
    """Of a school by its slug: the id of its site, `version` and `stamp` name what its public pages show; `mark` names it all.

    From `site_id` on all is None for a school that has no site.
    """

    mark: tuple[bytes | None, ...]
    school_id: int
    state: str
    is_open: bool
    site_id: UUID | None
    is_on: bool | None
    version: int | None
    stamp: int | None

    @property
    def is_shown(self) -> bool:
        """Whether strangers see its pages."""
        return self.is_open and bool(self.is_on) and self.version is not None


#: the row of a Standing as the server writes it: equal rows are the same standing
Mark = tuple[bytes | None, ...]
STANDING = Glimpse(
    select(
        School.id, School.state, School.is_open, Site.id, Site.is_on, Site.published_version, Site.stamp,
    )
    .outerjoin(Site, Site.school_id == School.id)
    .where(School.slug == bindparam("slug", type_=Text)),
)  # fmt: skip


def mark_of(slug: str) -> Mark | None:
    """What tells how the website of the school with this slug stands now from any other way; None where no school has it."""
    with looking_up() as cursor:
        found = STANDING.rows(cursor, slug=slug)
    return found[0] if found else None


def standing(slug: str) -> Standing | None:
    """How the website of the school with this slug stands now; None where no school has it. Outside every school."""
    mark = mark_of(slug)
    if mark is None:
        return None
    school, state, is_open, site, is_on, version, stamp = (value.decode() if value is not None else None for value in mark)
    return Standing(
        mark, int(school or 0), str(state), is_open == "t", UUID(site) if site else None, is_on == "t" if is_on else None,
        int(version) if version else None, int(stamp) if stamp else None,
    )  # fmt: skip
