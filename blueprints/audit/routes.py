"""The addresses of the audit log."""

from __future__ import annotations

from flask import Blueprint

from app.access.gate import allow
from app.access.permissions import Permission
from app.i18n.speech import speech
from app.web.filters import asked
from app.web.page import render
from blueprints.audit import queries
from blueprints.audit.words import ACTIONS, ACTORS, AREAS, PAGES

pages = Blueprint("audit", __name__, url_prefix="/audit", template_folder="templates")


@pages.get("/")
@allow(Permission.AUDIT_VIEW)
def list_events() -> str:
    filters, say = asked(place=(queries.place,), area=AREAS), speech().gettext
    page = queries.newest(area=filters.chosen["area"], named=AREAS[:-1], after=filters.after)
    return render(
        "audit/list.html", page=page, asked=filters, targets=PAGES,
        actions={code: say(message) for code, message in ACTIONS.items()},
        actors={kind: say(message) for kind, message in ACTORS.items()},
    )  # fmt: skip
