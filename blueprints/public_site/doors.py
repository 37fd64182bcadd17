"""Websites close with their school: every page, calendar and picture, and links to what is not published."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.closing import Closed, Door, Effect
from app.i18n.speech import speech
from app.models.site import Site

_CLOSED = (
    "choose_language", "choose_language_of_page", "home", "show_page", "notices_calendar", "notices_calendar_in",
    "events_calendar", "events_calendar_in", "sitemap", "picture", "preview", "preview_home", "preview_page",
    "preview_picture", "nowhere",
)  # fmt: skip


def _website(session: Session, school_id: int) -> Effect | None:
    number = session.scalar(select(func.count(Site.id)).where(Site.school_id == school_id, Site.is_on)) or 0
    return Effect(speech().gettext("Its website goes offline."), number) if number else None


DOORS = (
    Door("public_site", _website, routes={f"public_site.{name}": Closed.REFUSED for name in _CLOSED}),
    Door("public_site.colours", routes={"public_site.own_colours": Closed.NO_SCHOOL}),
)
