"""Why an address of a website shows no page: each a status, a title and a text, both messages."""

from __future__ import annotations

from typing import NamedTuple

from app.i18n.catalogue import N_
from app.models.school import SchoolState


class Closed(NamedTuple):
    """A page that stands in place of another."""

    status: int
    title: str
    text: str


NOWHERE = Closed(404, N_("Page not found"), N_("It may have been removed, or the address has a mistake in it."))
NOT_PUBLISHED = Closed(
    404, N_("This website is not published"), N_("The school is working on it, or has taken it offline. Try again later.")
)
PREVIEW_OVER = Closed(
    404, N_("This preview link does not work any more"), N_("It has expired or was ended. Ask the school for a new one.")
)
SUSPENDED = Closed(
    403,
    N_("This school is suspended"),
    N_("Its pages are closed for the time being, and nothing of it is lost. Ask the office of the school when it opens again."),
)
NOT_OPEN = Closed(403, N_("This school is not open yet"), N_("It is still being set up. Try again later."))
DATABASE_AWAY = Closed(503, N_("Umthi cannot reach its data"), N_("Nothing is lost. Try again in a minute."))


def closed_school(state: str) -> Closed:
    """Why nothing of a school is shown that is not open."""
    return NOT_OPEN if state == SchoolState.PENDING else SUSPENDED
