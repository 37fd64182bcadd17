"""The addresses for load balancers, monitors and providers."""

from __future__ import annotations

import json

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app import clock
from app.access.gate import public
from app.delivery.bounces import Outcome
from app.delivery.inbox import receive
from app.delivery.signatures import HEADER, BadSignature
from app.delivery.webhook_secrets import MAIL
from app.domain.health import checks, is_ready
from app.domain.webhooks.body import LARGEST
from app.extensions import current_settings
from blueprints.machine import operations

pages = Blueprint("machine", __name__)
SOON = "30"  # seconds after which a provider may say again what came too early


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


@pages.post("/webhooks/<provider>")
@public("a provider tells what became of our mail or of a payment, and signs it with a secret that we share", csrf=False)
def webhook(provider: str) -> ResponseReturnValue:
    return _of_mail(provider) if provider == MAIL else _of_payments(provider)


def _of_payments(provider: str) -> ResponseReturnValue:
    """Whoever is no provider of mail talks to the inbox. What is too large is not read."""
    try:
        request.max_content_length = LARGEST
        body = None if (request.content_length or 0) > LARGEST else request.get_data()
    except RequestEntityTooLarge:
        body = None
    answer = receive(
        provider, header=request.headers.get(HEADER, ""), body=body, settings=current_settings(), now=clock.now()
    )  # fmt: skip
    return jsonify({"status" if answer.is_taken else "error": answer.word}), answer.status


def _of_mail(provider: str) -> ResponseReturnValue:
    try:
        outcome = operations.receive(
            provider, signature=request.headers.get(HEADER, ""), body=request.get_data(), settings=current_settings(),
            now=clock.now(),
        )  # fmt: skip
    except operations.UnknownProvider:
        return jsonify(error="unknown provider"), 404
    except BadSignature:
        return jsonify(error="bad signature"), 400
    except operations.BadEvent as fault:
        return jsonify(error=f"bad event: {fault}"), 400
    if outcome is Outcome.EARLY:
        return jsonify(status=outcome), 503, {"Retry-After": SOON}
    return jsonify(status=outcome)
