"""The mail that the local mailbox keeps: one file each, named by the moment, at most KEPT of them."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = "mail"  # in UMTHI_HOME
KEPT = 5000
LARGEST = 2**21  # bytes of one mail
TO, FROM = b"X-Envelope-To", b"X-Envelope-From"  # what the sender said to the server, before the mail itself
_NAME = re.compile(r"\d{20}-\d{7}-\d{7}")
_numbers = itertools.count()


class Letter(NamedTuple):
    """A kept mail. `key` names its file, `to` and `sender` are the envelope's, `at` is when it came (aware)."""

    key: str
    to: str
    sender: str
    subject: str
    message_id: str
    at: datetime
    text: str
    html: str
    headers: dict[str, str]


def keep(folder: Path, *, sender: str, to: list[str], content: bytes) -> Path:
    """Store a mail, complete or not at all, and forget the oldest beyond KEPT. Returns its file."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = next(_numbers)
    file = folder / f"{time.time_ns():020d}-{os.getpid():07d}-{number:07d}.eml"
    making = file.with_suffix(".making")
    making.write_bytes(b"%s: %s\r\n%s: %s\r\n%s" % (TO, ", ".join(to).encode(), FROM, sender.encode(), content))
    making.rename(file)
    if number % 100 == 0:
        for old in keys(folder)[KEPT:]:
            _file(folder, old).unlink(missing_ok=True)
    return file


def keys(folder: Path) -> list[str]:
    """The names of the kept mails, newest first."""
    with suppress(FileNotFoundError):
        return sorted((entry.name[:-4] for entry in os.scandir(folder) if entry.name.endswith(".eml")), reverse=True)
    return []


def letters(folder: Path, *, to: str = "", after: str = "") -> Iterator[Letter]:
    """The kept mails, newest first: with `to` those whose recipient contains it, whatever the case; with `after` older ones."""
    wanted = to.strip().lower().encode()
    for key in keys(folder):
        if after and key >= after:
            continue
        if wanted and wanted not in _recipient(folder, key):
            continue
        if letter := _parsed(folder, key):
            yield letter


def read(folder: Path, key: str) -> Letter | None:
    """The mail of that name; None when there is none (any more)."""
    return _parsed(folder, key) if _NAME.fullmatch(key) and _file(folder, key).exists() else None


@lru_cache(maxsize=KEPT)
def _parsed(folder: Path, key: str) -> Letter | None:
    try:
        message = message_from_bytes(_file(folder, key).read_bytes(), policy=policy.default)
    except FileNotFoundError:  # pushed out in the meantime
        return None
    assert isinstance(message, EmailMessage)
    envelope = {name: str(message.get(name.decode(), "")) for name in (TO, FROM)}
    for name in (TO, FROM):
        del message[name.decode()]
    return Letter(
        key, envelope[TO], envelope[FROM], str(message.get("Subject", "")), str(message.get("Message-ID", "")),
        datetime.fromtimestamp(int(key.split("-")[0]) / 1e9, UTC), _part(message, "plain"), _part(message, "html"),
        {name: str(value) for name, value in message.items()},
    )  # fmt: skip


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""


def _recipient(folder: Path, key: str) -> bytes:
    """The recipient in lower case, from the file's first line."""
    try:
        with _file(folder, key).open("rb") as file:
            return file.readline().partition(b": ")[2].lower()
    except FileNotFoundError:
        return b""


def _file(folder: Path, key: str) -> Path:
    return folder / f"{key}.eml"
