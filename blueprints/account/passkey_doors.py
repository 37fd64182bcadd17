"""The addresses of signing in by a passkey."""

from __future__ import annotations

from flask import jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import public
from app.access.next_page import safe_next
from app.access.passkeys import PasskeyRefused
from app.access.throttle import TooManyTries
from app.access.who import who
from app.i18n.speech import speech
from blueprints.account import by_passkey
from blueprints.account.forms import SignInForm
from blueprints.account.operations import Suspended, TemporaryExpired
from blueprints.account.routes import Answer, closed, pages, sign_in_page, too_many_tries


@pages.post("/login/passkey/challenge")
@public("a challenge opens nothing by itself")
def begin_passkey() -> Response:
    return jsonify(by_passkey.begin(None))


@pages.post("/login/passkey")
@public("the door itself")
def sign_in_by_passkey() -> Answer:
    person, form = who(), SignInForm()
    try:
        by_passkey.sign_in(
            form.credential.data or "",
            address=request.remote_addr or "",
            instead_of=person.session_id if person else None,
        )
        return redirect(safe_next(form.next.data) or url_for("portal.dashboard"), 303)
    except (PasskeyRefused, TemporaryExpired) as refused:
        form.credential.errors = [speech().gettext(refused.message)]
    except Suspended as suspended:
        form.credential.errors = [closed(suspended.schools)]
    except TooManyTries as many:
        form.credential.errors = [too_many_tries(many)]
        return str(sign_in_page(form)[0]), 429, {"Retry-After": str(many.wait)}  # type: ignore[index]
    return sign_in_page(form)
