"""The pages of a support visit that no view draws: it is over, it is read-only, or it takes a person of the school."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request, url_for

from app.access.next_page import safe_next
from app.access.visits import SAFE, NobodyHere, ReadOnly, VisitOver, forget
from app.access.who import asking
from app.web.live import is_fragment
from app.web.page import render


def init_app(app: Flask) -> None:
    """Draw the refusals of `app.access.visits`."""
    app.register_error_handler(VisitOver, _over)
    app.register_error_handler(ReadOnly, _read_only)
    app.register_error_handler(NobodyHere, _nobody)


def _over(error: VisitOver) -> tuple[str, int]:
    """The visit is over: why, and where to. Told once as a page, so that the next request is an operator's like any other."""
    person = asking()
    if not is_fragment():
        forget(person)
    again = url_for("support.begin", school_id=error.visit.school_id)
    by_self = error.visit.ended_by == person.name
    page = render("web/visit_over.html", visit=error.visit, by_self=by_self, again=again, lost=request.method not in SAFE)
    return page, 403


def _read_only(error: ReadOnly) -> tuple[str, int]:
    """Nothing was changed or taken along; the way to the step-up, which leads back to the page that this came from."""
    came_from = urlsplit(request.referrer or "")._replace(scheme="", netloc="").geturl()
    back = safe_next(came_from) or (safe_next(request.path) if not error.takes_out else None) or url_for("portal.dashboard")
    onward = url_for("support.raise_rights", next=back)
    return render("web/read_only.html", takes_out=error.takes_out, back=back, onward=onward), 403


def _nobody(_: NobodyHere) -> tuple[str, int]:
    return render("web/nobody_here.html"), 404
