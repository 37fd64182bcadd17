"""The addresses of the operator's console."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from markupsafe import Markup

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import Who, asking
from app.domain.providers import WORDS
from app.i18n.speech import Speech, speech
from app.web import live
from app.web.filters import LONGEST
from app.web.page import fragment, render
from blueprints.operator import finding
from blueprints.operator.board import Board, board
from blueprints.operator.queries import MANY

KEPT = 32  # fragments, one a session
pages = Blueprint("operator", __name__, template_folder="templates")
_kept: dict[tuple[UUID, Speech], tuple[Board, str]] = {}


@pages.get("/operator")
@allow(Permission.PLATFORM_OPERATE)
def console() -> str | Response:
    person, voice = asking(), speech()
    part = _drawn(person, board(person))
    if live.is_fragment():
        return live.conditional(part)
    now = clock.now()
    time = f"{now.astimezone(ZoneInfo(voice.timezone)):%H:%M:%S}"
    drawn = Markup(part)  # noqa: S704 (a template drew it, escaped)
    return render("operator/console.html", q="", live=drawn, now=now, zone=voice.timezone, time=time)


@pages.get("/operator/search")
@allow(Permission.PLATFORM_OPERATE)
def search() -> str:
    text = request.args.get("q", "").strip()[:LONGEST]
    return render("operator/search.html", q=text, found=finding.find(text))


def _drawn(person: Who, found: Board) -> str:
    """The fragment. Wall-boards ask for it twice a minute: what is as it was is not drawn again."""
    whose = person.session_id, speech()
    before, part = _kept.get(whose, (None, ""))
    if before != found:
        part = fragment("operator/live.html", board=found, conditions=WORDS, many=MANY)
        for oldest in list(_kept)[: len(_kept) + 1 - KEPT]:
            _kept.pop(oldest, None)
        _kept[whose] = found, part
    return part
