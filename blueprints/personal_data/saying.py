"""What is held about somebody, in words: cells of the database as a person reads them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, NamedTuple

from app.domain.attendance import REASONS
from app.domain.families import RELATIONS
from app.domain.personal_data.pack import ANOTHER, Event, Section
from app.domain.personal_data.purposes import PURPOSES
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Speech
from app.web.badges import STATES, WORDS
from blueprints.personal_data.words import ANSWERS, COLUMNS, DEEDS, PLUMBING, TABLES, WAYS

_MOMENT, _DAY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d"), re.compile(r"\d{4}-\d\d-\d\d")
_CODED = {"state", "kind", "status", "role", "direction", "photo_consent", "channel", "audience", "answer", "way", "purpose"}
_MORE = {
    "in": N_("In"), "out": N_("Out"), "repeat": N_("Scanned twice"), "unknown": N_("Not known"), "given": N_("Given"),
    "refused": N_("Refused"),
}  # fmt: skip
YES, NO, ANOTHER_LEARNER = N_("Yes"), N_("No"), N_("Another learner")


class Told(NamedTuple):
    """A section in words: each row is a list of label and text."""

    table: str
    label: str
    total: int
    rows: list[list[tuple[str, str]]]


class Deed(NamedTuple):
    """An event in words; `changes` has what it keeps, field by field."""

    at: str
    what: str
    actor: str
    changes: list[tuple[str, str]]


def section(told: Section, voice: Speech) -> Told:
    """A section as people read it; what is empty, or only the machinery needs, is left out."""
    rows = []
    for row in told.rows:
        cells = [(column_label(name, voice), value(name, row[name], voice)) for name in row if name not in PLUMBING]
        rows.append([cell for cell in cells if cell[1]])
    return Told(told.table, table_label(told.table, voice), told.total, rows)


def deed(event: Event, voice: Speech) -> Deed:
    """An event as people read it."""
    changes = []
    for field, kept in sorted(event.values.items()):
        name, _, when = field.partition(":")
        if name == "label":
            continue
        said = voice.gettext("erased") if kept is None else kept.strip('"')
        label = column_label(name, voice)
        if when == "before":
            label = voice.gettext("%(field)s, before", field=label)
        changes.append((label, said))
    return Deed(voice.moment(event.at), action_label(event.action, voice), event.actor, changes)


def action_label(action: str, voice: Speech) -> str:
    """What a deed is called."""
    return voice.gettext(DEEDS[action]) if action in DEEDS else action


def table_label(table: str, voice: Speech) -> str:
    """What the rows of a table are."""
    return voice.gettext(TABLES[table]) if table in TABLES else _plain(table)


def column_label(column: str, voice: Speech) -> str:
    """What stands in a column."""
    return voice.gettext(COLUMNS[column]) if column in COLUMNS else _plain(column.removesuffix("_id"))


def value(column: str, known: Any, voice: Speech) -> str:
    """A cell as a person reads it; '' for nothing."""
    match known:
        case None | "" | [] | {}:
            return ""
        case bool():
            return voice.gettext(YES if known else NO)
        case dict():
            return "; ".join(f"{_plain(str(key))}: {value('', each, voice)}" for key, each in known.items())
        case list():
            return ", ".join(filter(None, (value("", each, voice) for each in known)))
        case int() | float():
            return str(known)
    text = str(known)
    if text == ANOTHER and column.endswith("_id"):
        return voice.gettext(ANOTHER_LEARNER)
    if _MOMENT.match(text):
        return voice.moment(dt.datetime.fromisoformat(text))
    if _DAY.fullmatch(text):
        return voice.date(dt.date.fromisoformat(text))
    if column == "language" and text in LANGUAGES:
        return voice.gettext(LANGUAGES[text].spoken)
    if column == "relation" and text in RELATIONS:
        return voice.gettext(RELATIONS[text])
    if column == "reason" and text in REASONS:
        return voice.gettext(REASONS[text])
    return voice.gettext(_coded(text)) if column in _CODED else text


def _coded(text: str) -> str:
    """The message of a key of the database, itself where it has none."""
    if text in _MORE:
        return _MORE[text]
    if text in ANSWERS:
        return ANSWERS[text][1]
    if text in WAYS:
        return WAYS[text]
    if text in PURPOSES:
        return PURPOSES[text].label
    return STATES[text][1] if text in STATES else WORDS.get(text, text)


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()
