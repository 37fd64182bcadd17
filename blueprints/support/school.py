"""The school's side of support visits: who was there, why and how long, and to put them out."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import Who, asking
from app.audit.record import current_actor
from app.i18n.speech import speech
from app.models.user import Role
from app.web.filters import asked
from app.web.page import render
from blueprints.support import operations, queries

visits = Blueprint("visits", __name__, url_prefix="/settings/support-visits", template_folder="templates")


@visits.get("")
@allow(Permission.SETTINGS_MANAGE)
def list_visits() -> str:
    filters = asked(place=(UUID,))
    page = queries.newest(filters.after)
    return render("support/visits.html", page=page, asked=filters, may_end=_may_end(asking()))


@visits.post("/<uuid:visit_id>/end")
@allow(Permission.SETTINGS_MANAGE)
def end_visit(visit_id: UUID) -> Response:
    try:
        visit = operations.visit_to_end(visit_id)
    except operations.NoSuchVisit:
        abort(404)
    if not _may_end(asking()):
        abort(403)
    if operations.end_visit(visit, by=current_actor()):
        flash(speech().gettext("The visit of %(name)s is ended.", name=visit.operator), "ok")
    else:
        flash(speech().gettext("The visit of %(name)s was over already.", name=visit.operator), "info")
    return redirect(url_for(".list_visits"), 303)


def _may_end(person: Who) -> bool:
    """The owner may; in a school without one whoever manages its settings. Never a visitor."""
    return person.visit is None and (person.role == Role.OWNER or not queries.has_owner())
