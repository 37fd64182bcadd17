"""What the address of the audit of the platform asks for, read: 404 for what can be none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import abort, request
from sqlalchemy.orm import Session

from app import clock
from app.domain.school_names import Named, named
from app.i18n.speech import speech
from app.web.filters import LONGEST, Asked, asked
from blueprints.audit.feed import PLATFORM, STREAMS, Somebody, Sought, somebody
from blueprints.audit.words import ACTIONS, AREA_NAMES

#: how long ago at most
WITHIN = {"1h": dt.timedelta(hours=1), "1d": dt.timedelta(days=1), "7d": dt.timedelta(days=7)}
LOOKS = ("shown",)
REQUEST = re.compile(r"[0-9A-Za-z-]{1,64}")
DAY = dt.timedelta(days=1)


class Wanted(NamedTuple):
    """The filters of the address and what they mean. `schools` and `people` are those that a word may mean, if it is not one.

    `nobody` is what was typed for a school or a person of whom there is none: then nothing can be found.
    """

    asked: Asked
    sought: Sought
    school: Named | None
    schools: list[Named]
    people: list[Somebody]
    nobody: str = ""


def filters() -> Asked:
    """The filters of this request. 404 for a stream, an action, a day or a request that can be none."""
    found = asked(
        stream=STREAMS, within=WITHIN, looks=LOOKS, action=(*ACTIONS, *AREA_NAMES), school=typed("school"),
        actor=typed("actor"), since=typed("since"), until=typed("until"), request=typed("request"),
    )  # fmt: skip
    of = found.chosen
    for name in ("since", "until"):
        day_of(of[name])
    if of["request"] and not REQUEST.fullmatch(of["request"]):
        abort(404)
    if of["school"] and of["stream"] == PLATFORM:
        abort(404)  # what is a school's is in no log of the platform
    return found


def wanted(session: Session, asked_for: Asked) -> Wanted:
    """What the filters mean; 404 for the number of a school that does not exist. Inside `across_schools`."""
    of = asked_for.chosen
    schools, people = named(session, of["school"].strip()), somebody(session, of["actor"].strip())
    if of["school"].strip().isdecimal() and not schools:
        abort(404)
    school = schools[0] if len(schools) == 1 else None
    nobody = next((of[name] for name, found in (("school", schools), ("actor", people)) if of[name] and not found), "")
    if len(schools) > 1:
        nobody = of["school"]  # until one of them is chosen
    since, until = period_of(of)
    sought = Sought(
        stream=of["stream"], school=school.id if school else None, actions=actions_of(of["action"]),
        actors=tuple(each.id for each in people) if of["actor"] else None, since=since, until=until, request=of["request"],
        pattern=asked_for.pattern, looks=_with_looks(of),
    )  # fmt: skip
    return Wanted(asked_for, sought, school, [] if school else schools, people, nobody)


def _with_looks(of: Mapping[str, str]) -> bool:
    """Whether looks across the schools are shown. There are so many of them that one has to ask for them.

    Who asks for an action or for a request means all of it.
    """
    return any(of[name] for name in ("looks", "action", "request"))


def actions_of(asked_for: str) -> tuple[str, ...] | None:
    """The actions of an area, or the one that is asked for."""
    if not asked_for or asked_for in ACTIONS:
        return (asked_for,) if asked_for else None
    return tuple(action for action in ACTIONS if action.startswith(f"{asked_for}."))


def period_of(of: Mapping[str, str]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """From the beginning of the first day to the end of the last one, by the reader's clock; or a while that ends now."""
    zone = ZoneInfo(speech().timezone)
    first, last = day_of(of["since"]), day_of(of["until"])
    since = dt.datetime.combine(first, dt.time(), zone) if first else None
    until = dt.datetime.combine(last + DAY, dt.time(), zone) if last else None
    if of["within"]:
        lately = clock.now() - WITHIN[of["within"]]
        since = max(since, lately) if since else lately
    return since, until


def day_of(text: str) -> dt.date | None:
    """A day of an address, None where none is given; 404 for what is none."""
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        abort(404)
    return day if 1970 <= day.year < 9999 else abort(404)


def typed(name: str) -> tuple[str]:
    """What somebody typed for it: nothing that has to be one of a few."""
    return (request.args.get(name, "")[:LONGEST],)
