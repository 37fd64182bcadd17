"""What the address of a school's audit asks for, read: 404 for what can be none. An export is narrowed in the same way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from uuid import UUID

from flask import abort
from sqlalchemy import func, select

from app.domain.person_search import binds, has_words, prefixes
from app.models.person import Person
from app.models.user import Membership
from app.tenancy.reading import Prepared, reading
from app.web.filters import Asked, asked
from blueprints.audit.asking import REQUEST, actions_of, day_of, period_of, typed
from blueprints.audit.queries import Sought
from blueprints.audit.words import ACTIONS, AREA_NAMES

MOST_PEOPLE = 10  # of a search for who did it
KIND = re.compile(r"[a-z_]{1,40}")
FIELDS = ("action", "actor", "kind", "about", "since", "until", "request")


class Somebody(NamedTuple):
    """A member of the school, also a former one, by whom events can be sought."""

    id: UUID
    name: str


class Look(NamedTuple):
    """The filters of the address and what they mean. `people` are those whom a name may mean."""

    asked: Asked
    sought: Sought
    people: list[Somebody]


def looked() -> Look:
    """The filters of this request."""
    found = asked(
        action=(*ACTIONS, *AREA_NAMES), actor=typed("actor"), kind=typed("kind"), about=typed("about"), since=typed("since"),
        until=typed("until"), request=typed("request"),
    )  # fmt: skip
    try:
        for name in FIELDS:
            FILTERS[name](found.chosen[name])
    except ValueError:
        abort(404)
    people = somebody(found.chosen["actor"].strip())
    return Look(found, sought_of({**found.chosen, "q": found.search}, people), people)


def sought_of(filters: Mapping[str, str], people: list[Somebody] | None = None) -> Sought:
    """What texts that the FILTERS let through ask for."""
    of = {name: str(filters.get(name) or "").strip() for name in (*FIELDS, "q", "within")}
    people = somebody(of["actor"]) if people is None else people
    since, until = period_of(of)
    literal = re.sub(r"([\\%_])", r"\\\1", of["q"])
    return Sought(
        actors=tuple(each.id for each in people) if of["actor"] else None, actions=actions_of(of["action"]), kind=of["kind"],
        about=of["about"], request=of["request"], since=since, until=until, pattern=f"%{literal}%" if literal else "",
    )  # fmt: skip


def somebody(text: str) -> list[Somebody]:
    """The members with this user's id, or with words of their name that begin so, by name; at most MOST_PEOPLE, none for ''."""
    if not text:
        return []
    try:
        key = UUID(text)
    except ValueError:
        number = len(prefixes(text))
        if not number:
            return []
        with reading() as cursor:
            return _called(number).all(cursor, **{name: word for name, word in binds(text).items() if word})
    return [Somebody(key, text)]


def _called(number: int) -> Prepared[Somebody]:
    if number not in _by_words:
        named = select(Membership.user_id.label("id"), func.min(Person.name).label("name")).join(
            Person, Person.id == Membership.person_id
        )
        found = (
            named.where(has_words(number)).group_by(Membership.user_id).order_by(func.min(Person.sort_key)).limit(MOST_PEOPLE)
        )
        _by_words[number] = Prepared(found, Somebody)
    return _by_words[number]


_by_words: dict[int, Prepared[Somebody]] = {}


def _action(text: str) -> str:
    if text and text not in ACTIONS and text not in AREA_NAMES:
        raise ValueError(text)
    return text


def _day(text: str) -> str:
    day_of(text)
    return text


def _like(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text and not pattern.fullmatch(text):
            raise ValueError(text)
        return text

    return read


#: what each part of an address may be; ValueError for what it may not
FILTERS: dict[str, Callable[[str], str]] = {
    "action": _action, "actor": str, "kind": _like(KIND), "about": _like(REQUEST), "since": _day, "until": _day,
    "request": _like(REQUEST), "q": str,
}  # fmt: skip
