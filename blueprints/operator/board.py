"""The console as it stands now: each part is read apart from the others, and one that fails is told as what it is: unknown."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

from flask import current_app
from sqlalchemy.orm import Session

from app import clock
from app.access.who import Who
from app.area import Area
from app.domain.metrics import Number, of_platform
from app.domain.providers import SHARED, Way, shared_conditions
from app.domain.rollups import REFRESHED
from app.domain.triage import Found, most_urgent
from app.models.provider import Condition
from app.tenancy.doors import across_schools
from app.tenancy.reading import at_a_glance
from app.web.panels import CONSOLE, Drawn, draw
from blueprints.operator import queries
from blueprints.operator.needs import of_providers
from blueprints.operator.queries import Pulse

log = logging.getLogger(__name__)
Part = TypeVar("Part")
DEAD = "deliveries.dead"
SCHOOLS = {"active": "schools.active", "pending": "schools.pending", "disabled": "schools.disabled"}
TEXTS = {"whatsapp": "gateways.whatsapp", "sms": "gateways.sms"}
LATE = dt.timedelta(minutes=3)  # numbers that are older than this are told to be
SOON = dt.timedelta(hours=1)  # a session that ends within this is not as healthy as it was
#: how the messages go, from the worst: what is said of email and app notifications together
WORST = (Condition.DEGRADED, Condition.NOT_CONFIGURED, Condition.UNPROVEN, Condition.READY)


class Needs(NamedTuple):
    """'Needs you now': the most urgent, how many there are in all, and whether something could not be looked at."""

    found: Found
    is_whole: bool

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.found.total - len(self.found.needs)


class Board(NamedTuple):
    """What the console shows; a part that could not be read is None. Two that are equal are drawn alike.

    `counts` holds the platform's numbers by name, without those that nobody has counted. `panels` are those of other areas.
    `is_late`: the workers have not counted for a while, so that the numbers are old. `ends_soon`: the reader's session does.
    """

    counts: dict[str, Number] | None
    pulse: Pulse | None
    needs: Needs
    ways: dict[str, Way] | None
    panels: list[Drawn]
    is_late: bool
    ends_soon: bool

    def number(self, name: str) -> Number | None:
        """A number of the platform, None where it is not known."""
        return self.counts.get(name) if self.counts else None

    @property
    def schools(self) -> dict[str, int] | None:
        """How many schools there are in each state."""
        found = {state: self.number(name) for state, name in SCHOOLS.items()}
        known = {state: number.number for state, number in found.items() if number}
        return known if len(known) == len(SCHOOLS) else None

    @property
    def texts(self) -> dict[str, int] | None:
        """How many schools have a working gateway, by text channel."""
        found = {channel: self.number(name) for channel, name in TEXTS.items()}
        known = {channel: number.number for channel, number in found.items() if number}
        return known if len(known) == len(TEXTS) else None

    @property
    def dead(self) -> Number | None:
        """Failed deliveries that wait for somebody, since when the oldest does."""
        return self.number(DEAD)

    @property
    def messaging(self) -> str | None:
        """How email and app notifications are, together: as the worse of the two."""
        if self.ways is None:
            return None
        conditions = {self.ways[name].condition if name in self.ways else Condition.NOT_CONFIGURED for name in SHARED}
        return next(each.value for each in WORST if each in conditions)

    @property
    def counted_at(self) -> dt.datetime | None:
        """The time of the numbers."""
        return self.dead.computed_at if self.dead else None


def board(person: Who) -> Board:
    """Read the console for this person: numbers of the platform, which are no secret of a school, again and again."""
    areas: tuple[Area, ...] = current_app.extensions["areas"]
    names = (*SCHOOLS.values(), *TEXTS.values(), DEAD, REFRESHED)
    with across_schools("operator's console", routine=True) as session, at_a_glance(session):
        counts = _try("numbers", session, partial(of_platform, session, *names))
        pulse = _try("the last hour", session, partial(queries.pulse, session, person.session_id))
        ways = _try("providers", session, partial(shared_conditions, session))
        found = [_try(source.name, session, partial(source.look, session)) for area in areas for source in area.triage]
        panels = draw((panel for area in areas for panel in area.panels), person, CONSOLE)
    found.append(None if ways is None else of_providers(ways))
    needs = Needs(most_urgent(each for each in found if each), all(each is not None for each in found))
    now, seen = clock.now(), (counts or {}).get(REFRESHED)
    is_late = seen is None or seen.moment is None or seen.moment < now - LATE
    ends_soon = bool(pulse and pulse.expires_at and pulse.expires_at < now + SOON)
    return Board(_without_looks(counts), pulse, needs, ways, panels, is_late, ends_soon)


def _without_looks(counts: dict[str, Number] | None) -> dict[str, Number] | None:
    """The numbers without what changes with each look of the workers, whatever it found."""
    return counts and {name: number for name, number in counts.items() if name != REFRESHED}


def _try(name: str, session: Session, read: Callable[[], Part]) -> Part | None:
    """What `read` gives, or None when it failed. What it broke of the transaction is no other part's business."""
    try:
        return read()
    except Exception:
        log.exception("the console cannot read %s", name)
        session.rollback()
        return None
