"""Where the link of a mail or a text message leads: what the emergency is, and the button that says 'I have seen this'.

Looking at it says nothing: programs that look through mail open every link.
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.access.gate import public
from app.extensions import current_settings
from app.i18n.languages import DEFAULT, LANGUAGES
from app.i18n.speech import Speech, speaking, speech_for
from app.web.page import render
from blueprints.emergency import operations, queries
from blueprints.emergency.queries import Answerer

link = Blueprint("emergency_link", __name__, url_prefix="/emergency/seen", template_folder="templates")
LANGUAGE = "language"  # the argument by which a page of strangers is asked for in another language


@link.route("/<seal>", methods=["GET", "POST"])
@public("somebody answers an emergency without signing in; the link in the message is the proof")
def answer(seal: str) -> ResponseReturnValue:
    person = queries.answerer(current_settings(), seal) or abort(404)
    wish = request.args.get(LANGUAGE, "")
    if request.method == "POST":
        operations.acknowledge_by_link(person)
        return redirect(url_for(".answer", seal=seal) + (f"?{LANGUAGE}={wish}" if wish in LANGUAGES else ""), 303)
    with speaking(voice := _voice_of(person, wish)):
        text = queries.text_of(person.title, person.message, voice.language, person.school_language)
        return render("emergency/seen.html", person=person, text=text, state=queries.state_of(person.ended_how), wish=wish)


def _voice_of(person: Answerer, wish: str) -> Speech:
    """The language that was asked for on this page, else the person's own, else the school's."""
    wishes = (wish, person.language, person.school_language, DEFAULT)
    language = next(code for code in wishes if code in LANGUAGES)
    return speech_for(language, str(person.timezone), person.money, person.currency)
