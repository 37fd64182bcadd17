"""The addresses of the operator's console."""

from __future__ import annotations

from flask import Blueprint

from app.access.gate import allow
from app.access.permissions import Permission
from app.i18n.languages import LANGUAGES
from app.models.school import SchoolState
from app.tenancy.doors import across_schools
from app.web.filters import asked
from app.web.page import render
from blueprints.operator import queries

pages = Blueprint("operator", __name__, template_folder="templates")


def _school_number(text: str) -> int:
    """The number of a school in an address. Raises ValueError."""
    if not 0 < (number := int(text)) < 2**31:
        raise ValueError(text)
    return number


@pages.get("/operator")
@allow(Permission.PLATFORM_OPERATE)
def console() -> str:
    wanted = asked(place=(str, _school_number), state=tuple(SchoolState))
    with across_schools("operator looks at schools") as session:
        page = queries.schools(session, state=wanted.chosen["state"], pattern=wanted.pattern, after=wanted.after)
        counts = queries.how_many(session)
    return render("operator/console.html", asked=wanted, page=page, counts=counts, languages=LANGUAGES)
