"""The panel that stands above all others while an emergency goes on, with the button that says 'I have seen this'."""

from __future__ import annotations

from typing import NamedTuple

from app.access.permissions import Permission
from app.access.who import Who
from app.i18n.speech import speech
from app.web.panels import Panel
from blueprints.emergency import queries
from blueprints.emergency.queries import Mine, Text


class Shown(NamedTuple):
    """An emergency with its text in the reader's language; `has_board` leads those who may send one to its board."""

    emergency: Mine
    text: Text
    has_board: bool


def now(person: Who) -> list[Shown] | None:
    """What goes on and is for the reader, and what ended a short while ago; None when there is nothing."""
    may_send = Permission.EMERGENCY_SEND in person.permissions
    found = queries.now_for(person.person_id, sees_all=may_send)
    language, of_school = speech().language, person.school_language
    return [Shown(each, queries.text_of(each.title, each.message, language, of_school), may_send) for each in found] or None


PANELS = (Panel("emergency", Permission.NOTICES_READ, now, "emergency/panel_now.html", wide=True, first=True),)
