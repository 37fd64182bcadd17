"""The address in every mail that is not urgent: leaving with one click, by a mail program or by hand (RFC 8058)."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.access.gate import public
from app.extensions import current_settings
from app.i18n.languages import DEFAULT, LANGUAGES
from app.i18n.speech import Speech, speaking, speech_for
from app.web.page import render
from blueprints.contact import operations, queries
from blueprints.contact.queries import Leaver

leaving = Blueprint("leaving", __name__, template_folder="templates")
LANGUAGE = "language"  # the argument by which a page of strangers is asked for in another language


@leaving.route("/unsubscribe/<link>", methods=["GET", "POST"])
@public("a mail program leaves for its reader, without cookies; the link in the mail is the proof", csrf=False)
def unsubscribe(link: str) -> ResponseReturnValue:
    leaver = _leaver(link)
    if request.method == "POST":
        operations.leave(leaver)
        leaver = _leaver(link)
    with speaking(_voice_of(leaver)):
        return render("contact/leave.html", leaver=leaver, link=link, asked=_asked())


@leaving.post("/unsubscribe/<link>/undo")
@public("who left by a link may come back by it; the link in the mail is the proof")
def come_back(link: str) -> ResponseReturnValue:
    operations.come_back(_leaver(link))
    return redirect(url_for(".unsubscribe", link=link) + _asked(), 303)


def _leaver(link: str) -> Leaver:
    """Whose link it is; 404 for one that we did not make."""
    leaver = queries.leaver(current_settings(), link)
    if leaver is None:
        abort(404)
    return leaver


def _asked() -> str:
    """The end of an address that keeps the language which was asked for on this page."""
    wish = request.args.get(LANGUAGE)
    return f"?{LANGUAGE}={wish}" if wish in LANGUAGES else ""


def _voice_of(leaver: Leaver) -> Speech:
    """The language that was asked for on this page, else the person's own, else the school's."""
    wishes = (request.args.get(LANGUAGE), leaver.language, leaver.school_language, DEFAULT)
    language = next(wish for wish in wishes if wish in LANGUAGES)
    return speech_for(language, str(leaver.timezone), leaver.money, leaver.currency)
