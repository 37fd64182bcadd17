"""Where the link of a message to a lead leads: to be written to no more, in two steps and without signing in."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.access.gate import public
from app.extensions import current_settings
from app.i18n.languages import DEFAULT, LANGUAGES
from app.i18n.speech import Speech, speaking, speech_for
from app.web.page import render
from blueprints.leads import leavers
from blueprints.leads.leavers import Leaver

leaving = Blueprint("lead_leaving", __name__, template_folder="templates")
LANGUAGE = "language"  # the argument by which a page of strangers is asked for in another language


@leaving.route("/leads/leave/<lead_link>", methods=["GET", "POST"])
@public("whoever asked for a place leaves without an account; the link in the message is the proof", csrf=False)
def leave(lead_link: str) -> ResponseReturnValue:
    leaver = _leaver(lead_link)
    if request.method == "POST":
        leavers.leave(leaver)
        leaver = _leaver(lead_link)
    with speaking(_voice_of(leaver)):
        return render("leads/leave.html", leaver=leaver, link=lead_link, asked=_asked())


@leaving.post("/leads/leave/<lead_link>/undo")
@public("who left by a link may come back by it; the link in the message is the proof")
def come_back(lead_link: str) -> ResponseReturnValue:
    leavers.come_back(_leaver(lead_link))
    return redirect(url_for(".leave", lead_link=lead_link) + _asked(), 303)


def _leaver(link: str) -> Leaver:
    """Whose link it is; 404 for one that we did not make, and for a lead that was erased."""
    leaver = leavers.leaver(current_settings(), link)
    if leaver is None:
        abort(404)
    return leaver


def _asked() -> str:
    """The end of an address that keeps the language which was asked for on this page."""
    wish = request.args.get(LANGUAGE)
    return f"?{LANGUAGE}={wish}" if wish in LANGUAGES else ""


def _voice_of(leaver: Leaver) -> Speech:
    """The language that was asked for on this page, else the lead's own, else the school's."""
    wishes = (request.args.get(LANGUAGE), leaver.language, leaver.school_language, DEFAULT)
    language = next(wish for wish in wishes if wish in LANGUAGES)
    return speech_for(language, str(leaver.timezone), leaver.money, leaver.currency)
