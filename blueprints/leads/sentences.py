"""The history of a lead in plain words: one sentence a line, and what somebody wrote beside it."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from app.domain.leads.sources import SOURCES
from app.domain.leads.stages import STAGES
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.lead import Happening
from blueprints.leads.queries import Happened
from blueprints.leads.words import FIELDS, HOWS


class Line(NamedTuple):
    """A line of the history: a picture, a sentence, what was written, when, and by whom ("": by nobody of the school)."""

    icon: str
    sentence: str
    text: str
    at: dt.datetime
    by: str


_ICONS = {
    Happening.CREATED.value: "user-plus",
    Happening.STAGE.value: "arrow-right",
    Happening.NOTE.value: "pencil",
    Happening.REPLY.value: "reply",
    Happening.STEP.value: "calendar",
    Happening.ASSIGNED.value: "user-check",
    Happening.MERGED.value: "combine",
    Happening.CONVERTED.value: "graduation-cap",
    Happening.UNSUBSCRIBED.value: "bell-off",
    Happening.CONSENT.value: "circle-check",
    Happening.SENT.value: "send",
    Happening.EDITED.value: "pencil",
    Happening.ERASED.value: "trash-2",
}


def lines(history: list[Happened]) -> list[Line]:
    """What happened, in the reader's language."""
    return [Line(_ICONS[each.kind], _sentence(each), _text(each), each.at, each.by_name) for each in history]


def _sentence(event: Happened) -> str:
    words, details = speech(), event.details
    match event.kind:
        case Happening.CREATED:
            how = words.gettext(SOURCES.get(str(details.get("source")), ""))
            if details.get("origin"):
                return words.gettext("The lead came: %(source)s, from %(origin)s", source=how, origin=details["origin"])
            return words.gettext("The lead came: %(source)s", source=how)
        case Happening.STAGE:
            before, after = (words.gettext(STAGES[str(details.get(name, "new"))]) for name in ("before", "after"))
            return words.gettext("Moved from “%(before)s” to “%(after)s”", before=before, after=after)
        case Happening.NOTE:
            return words.gettext("Note")
        case Happening.REPLY:
            how = words.gettext(HOWS.get(str(details.get("how")), HOWS["email"]))
            return words.gettext("Answered: %(how)s", how=how)
        case Happening.STEP:
            return _step(details)
        case Happening.ASSIGNED:
            if details.get("to"):
                return words.gettext("%(name)s looks after the lead", name=details["to"])
            return words.gettext("Nobody looks after the lead any more")
        case Happening.MERGED:
            return words.gettext("The lead of %(name)s became part of this one", name=details.get("name", ""))
        case Happening.CONVERTED:
            return words.gettext(
                "Became the learner %(learner)s, with the parent or guardian %(guardian)s",
                learner=details.get("learner", ""), guardian=details.get("guardian", ""),
            )  # fmt: skip
        case Happening.UNSUBSCRIBED:
            if details.get("how") == "link":
                return words.gettext("Unsubscribed by the link in a message")
            return words.gettext("Unsubscribed: they asked the school not to write")
        case Happening.CONSENT:
            return words.gettext("May be written to again: they asked for it")
        case Happening.SENT:
            return words.gettext("A follow-up was sent")
        case Happening.EDITED:
            return words.gettext("Changed: %(fields)s", fields=_fields(details))
    return words.gettext("Erased")


def _step(details: dict[str, Any]) -> str:
    words = speech()
    if not details.get("text"):
        return words.gettext("The next step is done")
    if details.get("due"):
        day = words.date(dt.date.fromisoformat(details["due"]))
        return words.gettext("Next step by %(date)s: %(step)s", date=day, step=details["text"])
    return words.gettext("Next step: %(step)s", step=details["text"])


def _fields(details: dict[str, Any]) -> str:
    return ", ".join(speech().gettext(FIELDS[name]) for name in details.get("fields", []) if name in FIELDS)


def _text(event: Happened) -> str:
    """What stands beside the sentence: words that somebody wrote, what a merge or a change left behind."""
    details = event.details
    if event.kind in (Happening.NOTE, Happening.REPLY):
        return str(details.get("text", ""))
    if event.kind == Happening.SENT:
        return str(details.get("subject", ""))
    if event.kind == Happening.STAGE:
        return str(details.get("why", ""))
    left = details.get("left") if event.kind == Happening.MERGED else details.get("before")
    if not isinstance(left, dict):
        return ""
    words = speech()
    told = [
        words.gettext("%(field)s was: %(value)s", field=words.gettext(FIELDS[name]), value=_said(name, value))
        for name, value in left.items() if name in FIELDS and name != "owner_id" and value
    ]  # fmt: skip
    return "\n".join(told)


def _said(name: str, value: object) -> str:
    words = speech()
    if name == "language" and value in LANGUAGES:
        return words.gettext(LANGUAGES[str(value)].spoken)
    if name == "source" and value in SOURCES:
        return words.gettext(SOURCES[str(value)])
    if name == "child_birth_date":
        return words.date(dt.date.fromisoformat(str(value)))
    return str(value)
