"""The people of an archive and the accounts of this platform: tied by address, made where there is none, never opened."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.exports.archive.manifest import ACCOUNTS, Part
from app.exports.archive.opening import Opened
from app.exports.archive.tables import Address
from app.exports.archive.wrong import Wrong
from app.i18n.languages import LANGUAGES
from app.ids import uuid7
from app.models.user import User

FIELDS = frozenset({"address", "name", "language"})
LONGEST = 255  # characters of an address
_ADDRESS = re.compile(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+")


class Tied(NamedTuple):
    """The accounts of an archive as they are here, and how many of them are new."""

    accounts: list[Address]
    new: int


def tie(session: Session, opened: Opened) -> Tied:
    """Find the account with each address of the archive, and make those that are missing: without a password.

    Nobody can sign in to one of these until they have read a mail to its address. An account that is there stays as it is, its
    name, language and password too. Needs `across_schools`. Raises Wrong for one that must not be tied by its address alone.
    """
    part = next(part for part in opened.manifest.parts if part.path == ACCOUNTS)
    wanted = list(_wanted(opened, part))
    made = set()
    for _, address, name, language in wanted:
        adding = insert(User).values(id=uuid7(), email=address, name=name, language=language)
        new = session.scalar(adding.on_conflict_do_nothing(index_elements=["email"]).returning(User.id))
        if new is not None:
            made.add(new)
    found = {}
    for user in session.execute(
        select(User.id, User.email, User.name, User.language, User.disabled_at, User.platform_role, User.address_unproven_at)
        .where(User.email.in_([address for _, address, *_ in wanted]))
    ):  # fmt: skip
        found[user.email] = user
    for line, address, *_ in wanted:
        user = found[address]
        for key, is_wrong in (
            ("staff", user.platform_role), ("account_off", user.disabled_at), ("account", user.address_unproven_at),
        ):  # fmt: skip
            if is_wrong:
                raise Wrong(key, file=ACCOUNTS, line=line)
    accounts = [Address(str(user.id), user.email, user.name, user.language) for user in found.values()]
    return Tied(accounts, len(made))


def _wanted(opened: Opened, part: Part) -> Iterator[tuple[int, str, str, str | None]]:
    seen = set()
    for number, line in enumerate(opened.lines(part), 1):

        def wrong(key: str, detail: str = "", number: int = number) -> Wrong:
            return Wrong(key, file=part.path, line=number, detail=detail)

        try:
            row = json.loads(line.decode())
        except (ValueError, RecursionError):
            raise wrong("no_json") from None
        if not isinstance(row, dict) or row.keys() != FIELDS:
            raise wrong("keys")
        address, name, language = row["address"], row["name"], row["language"]
        if not isinstance(address, str) or len(address) > LONGEST or not _ADDRESS.fullmatch(address):
            raise wrong("address")
        if not isinstance(name, str) or "\0" in name or (language is not None and language not in LANGUAGES):
            raise wrong("value", "name, language")
        if address != address.lower():
            raise wrong("address")
        if address in seen:
            raise wrong("twice")
        seen.add(address)
        yield number, address, name, language
