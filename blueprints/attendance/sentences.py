"""Sentences of attendance that are put together from numbers, days and the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale

from app.i18n.formats import date_formatter
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.attendance import Status
from app.web.badges import STATES
from blueprints.attendance.saving import Saved
from blueprints.attendance.standing import HOLIDAY, closed_message


def keys() -> dict[str, str]:
    """The key that marks a learner with each status: the first letter of its word, or a digit where two words begin alike."""
    words = speech()
    letters = {status.value: words.gettext(STATES[status][1])[0].upper() for status in Status}
    return letters if len({*letters.values()}) == len(letters) else {key: str(n) for n, key in enumerate(letters, 1)}


def saved_words(saved: Saved | None, totals: Mapping[str, int], due: dt.datetime) -> Iterator[tuple[str, str]]:
    """What to say after a register was saved: tone and sentence."""
    words = speech()
    if saved is None:
        yield "info", words.gettext("Nothing was different, so nothing was saved.")
        return
    yield (
        "ok",
        words.gettext(
            "The register is saved. Present: %(present)s. Late: %(late)s. Absent: %(absent)s.",
            **{status.value: words.number(totals[status.value]) for status in Status},
        ),
    )
    if saved.alerts:
        yield "info", words.ngettext(
            "%(num)s family is told of an unexplained absence at %(time)s, unless you undo it below.",
            "%(num)s families are told of an unexplained absence at %(time)s, unless you undo it below.",
            saved.alerts, time=words.time(due),
        )  # fmt: skip


def closed_words(day: dt.date, closed_by: str) -> str:
    """Why a day is not a school day, in a sentence."""
    message = closed_message(day, closed_by)
    return speech().gettext(message, name=speech().gettext(closed_by)) if message == HOLIDAY else speech().gettext(message)


def year_words() -> dict[str, object]:
    """What a calendar needs in the reader's language: `month` prints the name of one, `weekdays` are from Monday on."""
    words = speech()
    cldr = LANGUAGES[words.language].cldr
    return {"month": date_formatter(cldr, "MMMM y", ZoneInfo(words.timezone)), "weekdays": _weekdays(cldr)}


@cache
def _weekdays(cldr: str) -> list[tuple[str, str]]:
    """Each day of the week, short and whole."""
    days = Locale.parse(cldr).days["stand-alone"]
    return [(days["abbreviated"][n], days["wide"][n]) for n in range(7)]
