"""Notices and events as calendars that people subscribe to (RFC 5545, RFC 7986), written by the package `icalendar`.

The same rows always give the same bytes: DTSTAMP is when a row was last changed (RFC 5545, 3.8.7.2, for what has no METHOD).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from app.domain.site.events import Event
from app.domain.site.shapes import cleaned
from app.domain.site.showing import Face, PublicNotice
from app.domain.site.wording import said

TYPE = "text/calendar; charset=utf-8"
REFRESH = dt.timedelta(hours=4)  # how often a program should ask again


@cache
def _package() -> Any:
    """The package takes 0.1 s to import, so only those pay who ask for a calendar."""
    return import_module("icalendar")


def of_notices(
    face: Face, name: str, notices: Iterable[PublicNotice], language: str, order: tuple[str, ...], url: str
) -> bytes:
    """The current notices: each from its beginning to its end or, without one, on its first day. They make nobody busy."""
    calendar = _calendar(face, name, language, url)
    for notice in notices:
        entry = _entry(face, notice, notice.title, notice.message, language, order)
        if notice.ends_at:
            _from_to(entry, face, notice.starts_at, notice.ends_at)
        else:
            entry.add("dtstart", notice.starts_at.astimezone(face.timezone).date())
        entry.add("transp", "TRANSPARENT")
        if notice.urgent:
            entry.add("priority", 1)
        calendar.add_component(entry)
    return _written(calendar)


def of_events(face: Face, name: str, events: Iterable[Event], language: str, order: tuple[str, ...], url: str) -> bytes:
    """The events of the school, each by the clock of the school."""
    calendar = _calendar(face, name, language, url)
    for event in events:
        entry = _entry(face, event, event.title, event.text, language, order)
        _from_to(entry, face, event.starts_at, event.ends_at)
        if place := cleaned(event.place):
            entry.add("location", place)
        calendar.add_component(entry)
    return _written(calendar)


def _calendar(face: Face, name: str, language: str, url: str) -> Any:
    made = _package().Calendar()
    title = f"{cleaned(face.name)}: {name}"
    made.add("prodid", "-//Umthi//School website//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("name", title, parameters={"LANGUAGE": language})
    made.add("x-wr-calname", title)
    made.add("x-wr-timezone", face.timezone.key)
    made.add("url", url)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT4H")
    return made


def _entry(
    face: Face, row: PublicNotice | Event, title: Mapping[str, str], text: Mapping[str, str], language: str,
    order: tuple[str, ...],
) -> Any:  # fmt: skip
    made = _package().Event()
    changed = row.edited_at or row.created_at
    made.add("uid", str(row.id))
    made.add("dtstamp", changed.astimezone(dt.UTC))
    made.add("last-modified", changed.astimezone(dt.UTC))
    made.add("sequence", row.revision - 1)
    heading, body = said(title, language, order), said(text, language, order)
    made.add("summary", cleaned(heading.text), parameters={"LANGUAGE": heading.language or language})
    if words := cleaned(body.text, lines=True):
        made.add("description", words, parameters={"LANGUAGE": body.language or language})
    made.add("class", "PUBLIC")
    return made


def _from_to(entry: Any, face: Face, starts_at: dt.datetime, ends_at: dt.datetime | None) -> None:
    entry.add("dtstart", starts_at.astimezone(face.timezone))
    if ends_at:
        entry.add("dtend", ends_at.astimezone(face.timezone))


def _written(calendar: Any) -> bytes:
    """The bytes, with the rules of every timezone that is named in it (RFC 5545, 3.6.5)."""
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written
