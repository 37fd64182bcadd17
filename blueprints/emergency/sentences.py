"""What the pages of emergencies say in sentences, in the reader's language."""

from __future__ import annotations

from app.domain.emergencies import Whom
from app.i18n.speech import Speech, speech


def hints(found: dict[str, Whom]) -> dict[str, str]:
    """For each audience: how many it is for, by which channels it reaches them, and how many nothing reaches."""
    words = speech()
    return {audience: " ".join(_hint(words, whom)) for audience, whom in found.items()}


def sent(people: int) -> str:
    """That it is on its way."""
    return speech().ngettext(
        "The emergency broadcast is on its way to %(num)s person.",
        "The emergency broadcast is on its way to %(num)s people.",
        people,
    )


def marked(number: int) -> str:
    """How many were marked as safe."""
    return speech().ngettext("%(num)s person is marked as safe.", "%(num)s people are marked as safe.", number)


def unmarked(number: int) -> str:
    """How many marks were undone."""
    return speech().ngettext(
        "%(num)s person is not marked as safe any more.", "%(num)s people are not marked as safe any more.", number
    )


def _hint(words: Speech, whom: Whom) -> list[str]:
    parts = [words.ngettext("For %(num)s person.", "For %(num)s people.", whom.people)]
    if whom.text:
        parts.append(words.ngettext("%(num)s of them gets a text message.", "%(num)s of them get a text message.", whom.text))
    if whom.push:
        parts.append(
            words.ngettext(
                "%(num)s of them gets it as an app notification.", "%(num)s of them get it as app notifications.", whom.push
            )
        )
    if whom.email:
        parts.append(words.ngettext("%(num)s of them gets it by email.", "%(num)s of them get it by email.", whom.email))
    if whom.in_person:
        parts.append(
            words.ngettext(
                "%(num)s learner on site cannot be written to and is told in person.",
                "%(num)s learners on site cannot be written to and are told in person.",
                whom.in_person,
            )
        )
    if whom.without:
        parts.append(
            words.ngettext(
                "%(num)s of them cannot be reached and has to be phoned.",
                "%(num)s of them cannot be reached and have to be phoned.",
                whom.without,
            )
        )
    return parts
