"""The kept mails, newest first."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import NamedTuple

from app.local import letters
from app.local.letters import Letter

PAGE = 50


class Mails(NamedTuple):
    """Some kept mails, and the key after which the next begin (None where there are no more)."""

    rows: list[Letter]
    older: str | None


def mails(home: Path, *, to: str = "", after: str = "") -> Mails:
    """A page of the mails whose recipient contains `to`; `after` is the key of the last one that was shown."""
    found = list(islice(letters.letters(home / letters.FOLDER, to=to, after=after), PAGE + 1))
    return Mails(found[:PAGE], found[PAGE - 1].key if len(found) > PAGE else None)


def every_mail(home: Path, *, to: str = "") -> list[Letter]:
    """All of them."""
    return list(letters.letters(home / letters.FOLDER, to=to))


def mail(home: Path, key: str) -> Letter | None:
    """One, by its key."""
    return letters.read(home / letters.FOLDER, key)
