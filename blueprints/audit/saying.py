"""The words of the audit in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from app.i18n.speech import speech
from blueprints.audit.words import ACTIONS, AREA_NAMES


def said(messages: Mapping[str, str]) -> dict[str, str]:
    """Each message translated, by its code."""
    say = speech().gettext
    return {code: say(message) for code, message in messages.items()}


def areas_of() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The choices of a filter: each area with its name and its actions."""
    named = sorted(said(ACTIONS).items())
    of_areas = {area: list(actions) for area, actions in groupby(named, lambda action: action[0].partition(".")[0])}
    return [(area, name, of_areas[area]) for area, name in said(AREA_NAMES).items() if area in of_areas]
