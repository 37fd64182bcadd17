"""Where a family says what it thinks of its school: by the link that it was sent, without signing in, a cookie or a script."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.access.gate import public
from app.domain.closing import SchoolClosed
from app.extensions import current_settings
from app.i18n.languages import DEFAULT, LANGUAGES
from app.i18n.speech import Speech, speaking, speech_for
from app.web.links import query
from app.web.page import render
from blueprints.reviews import families
from blueprints.reviews.families import Asked
from blueprints.reviews.forms import ReviewForm

giving = Blueprint("giving", __name__, url_prefix="/s/<slug>/review/<review_token>", template_folder="templates")
LANGUAGE = "language"  # the argument by which a page of strangers is asked for in another language


@giving.route("", methods=["GET", "POST"])
@public("a family has no account here; the link in its mail is the proof, and nobody else knows it", csrf=False)
def give(slug: str, review_token: str) -> ResponseReturnValue:
    asked = _asked(slug, review_token)
    if not asked.is_open:
        raise SchoolClosed(asked.school_id, asked.school_state)
    with speaking(_voice_of(asked)):
        form = ReviewForm(asked.draft, families.name_to_show(asked.name))
        if form.validate_on_submit():
            families.give(asked, form.draft, _voice_of(asked).language)
            return _on(slug, review_token, "given")
        page = render("reviews/give.html", asked=asked, form=form, here=_here(slug, review_token), said=_said())
        return _private(page), 422 if form.is_submitted() else 200


@giving.route("/withdraw", methods=["GET", "POST"])
@public("what a family has said it takes back by the same link, whatever became of the school", csrf=False)
def withdraw(slug: str, review_token: str) -> ResponseReturnValue:
    asked = _asked(slug, review_token)
    with speaking(_voice_of(asked)):
        if request.method == "POST":
            families.withdraw(asked)
            if asked.is_open:
                return _on(slug, review_token, "withdrawn")
            asked = _asked(slug, review_token)
        return _private(render("reviews/withdraw.html", asked=asked, here=_here(slug, review_token)))


def _asked(slug: str, token: str) -> Asked:
    """Whom a link asks; 404 for one that we did not make."""
    return families.asked_by(current_settings(), slug, token) or abort(404)


def _on(slug: str, token: str, said: str) -> Response:
    """To the page of the link, which says what has happened."""
    return redirect(_here(slug, token, said=said)["give"], 303)  # type: ignore[return-value]


def _here(slug: str, token: str, **more: str) -> dict[str, str]:
    """The addresses of the two pages, in the language that was asked for."""
    wish = request.args.get(LANGUAGE)
    asked = query({**more, LANGUAGE: wish if wish in LANGUAGES else None})
    pages = {name: url_for(f"giving.{name}", slug=slug, review_token=token) for name in ("give", "withdraw")}
    return {name: f"{address}?{asked}" if asked else address for name, address in pages.items()}


def _said() -> str:
    """What has just happened: nothing is kept of strangers, so the address says it."""
    said = request.args.get("said", "") if request.method == "GET" else ""
    return said if said in ("given", "withdrawn") else ""


def _private(page: str) -> Response:
    """A page that no search engine keeps: its address is a key."""
    answer = make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _voice_of(asked: Asked) -> Speech:
    """The language that was asked for on this page, else the person's own, else the school's."""
    wishes = (request.args.get(LANGUAGE), asked.language, asked.school_language, DEFAULT)
    language = next(wish for wish in wishes if wish in LANGUAGES)
    return speech_for(language, str(asked.timezone), asked.money, asked.currency)
