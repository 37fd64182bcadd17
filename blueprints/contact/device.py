"""What a browser asks and tells by itself, whoever is signed in: the worker, the manifest, receipts, new addresses."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from app.access.gate import public
from app.delivery.receipts import delivery_of, device_of
from app.domain.closing import SchoolClosed, acting_if_open
from app.extensions import current_settings
from app.web.assets import SOURCES, asset
from blueprints.contact import operations
from blueprints.contact.subscriptions import Refused, checked

device = Blueprint("device", __name__)
SHORT, DAY = 300, 86_400  # seconds
MOST_SCHOOLS = 50  # that one browser renews itself in


@device.get("/sw.js")
@public("a browser fetches the worker without a session; it holds nothing of anybody")
def worker() -> ResponseReturnValue:
    response = Response(_worker(asset("icon-192.png")), mimetype="text/javascript")
    response.headers["Cache-Control"] = f"max-age={SHORT}"
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:16])
    return response.make_conditional(request)


@device.get("/manifest.webmanifest")
@public("a browser fetches it without a session, to install the app on a home screen")
def manifest() -> Response:
    icons = [
        {"src": asset("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": asset("icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": asset("icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {"src": asset("icon-maskable.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    response = jsonify(
        id="/", name="Umthi", short_name="Umthi", start_url=url_for("portal.dashboard"), scope="/", display="standalone",
        background_color="#f5f6f8", theme_color="#0f6b5c", icons=icons,
    )  # fmt: skip
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = f"public, max-age={DAY}"
    return response


@device.post("/push/receipts")
@public("a device says that a notification came; the token that it came with is the proof", csrf=False)
def receive_receipt() -> ResponseReturnValue:
    """Takes `{"receipt": token}`. The answer is the same whatever was said."""
    said = request.get_json(silent=True)
    token = said.get("receipt") if isinstance(said, dict) else None
    if isinstance(token, str) and (found := delivery_of(current_settings(), token)):
        with suppress(SchoolClosed):
            operations.note_receipt(found[0])
    return "", 204


@device.post("/push/renewals")
@public("a device tells its new address; the tokens that it was given are the proof", csrf=False)
def renew_device() -> ResponseReturnValue:
    """Takes `PushSubscription.toJSON()` with `tokens`, one a school. The answer is the same whatever was said."""
    said, settings = request.get_json(silent=True), current_settings()
    try:
        subscription = checked(said, settings)
    except Refused:
        return "", 204
    for school_id, device_id in _devices(said):
        with suppress(SchoolClosed), acting_if_open(school_id) as session:
            operations.renew_device(device_id, subscription)
            session.commit()
    return "", 204


def _devices(said: object) -> list[tuple[int, UUID]]:
    """The schools and devices of those tokens that are ours."""
    tokens = said.get("tokens") if isinstance(said, dict) else None
    given = tokens[:MOST_SCHOOLS] if isinstance(tokens, list) else []
    found = (device_of(current_settings(), token) for token in given if isinstance(token, str))
    return [each for each in found if each]


@cache
def _worker(icon: str) -> str:
    """The script with the address of the icon that its notifications wear."""
    return (SOURCES / "sw.js").read_text("utf-8").replace("/icon-192.png", icon)
