"""The one address of a logo, open to everybody: it stands in mails."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, abort

from app.access.gate import public
from app.tenancy.doors import acting_for
from blueprints.settings import logos

shown = Blueprint("logos", __name__)
KEPT = "public, max-age=31536000, immutable"  # another picture has another address


@shown.get("/logos/<int:school_id>/<uuid:logo_id>.png")
@public("a school's logo stands in its mails, which people read without signing in")
def show_logo(school_id: int, logo_id: UUID) -> Response:
    if school_id >= 2**31:
        abort(404)
    with acting_for(school_id):
        image = logos.image_of(logo_id) or abort(404)
    answer = Response(image, content_type="image/png")
    answer.headers["Cache-Control"] = KEPT
    return answer
