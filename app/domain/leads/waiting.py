"""How long families wait for the school's first answer, and how that is said."""

from __future__ import annotations

import datetime as dt

from app.i18n.speech import speech


def waited(created_at: dt.datetime, replied_at: dt.datetime | None) -> dt.timedelta | None:
    """How long one lead waited for the first answer; None while it waits."""
    return None if replied_at is None else max(replied_at - created_at, dt.timedelta())


def duration(waited: dt.timedelta) -> str:
    """A time in the reader's language, in the unit that says enough: whole minutes; the nearest hour; from two days, day."""
    words, minutes = speech(), int(waited.total_seconds() // 60)
    if minutes < 60:
        return words.ngettext("%(num)s minute", "%(num)s minutes", minutes)
    if minutes < 48 * 60:
        return words.ngettext("%(num)s hour", "%(num)s hours", round(minutes / 60))
    return words.ngettext("%(num)s day", "%(num)s days", round(minutes / (24 * 60)))
