"""The addresses for load balancers and monitors."""

from __future__ import annotations

import json

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.access.gate import public
from app.domain.health import checks, is_ready
from app.extensions import current_settings

pages = Blueprint("machine", __name__)


@pages.get("/healthz")
@public("a monitor asks whether this process answers")
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@pages.get("/readyz")
@public("a load balancer asks whether to send people here; it learns states, no addresses")
def readyz() -> ResponseReturnValue:
    found = checks(current_settings())
    ready = is_ready(found)
    answer = {"status": "ready" if ready else "not ready", "checks": {check.name: check.state for check in found}}
    return Response(json.dumps(answer, indent=1) + "\n", 200 if ready else 503, mimetype="application/json")
