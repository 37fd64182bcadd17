"""What notices show on the dashboard: to everyone what is for them, to managers what there is and what did not arrive."""

from __future__ import annotations

from typing import NamedTuple

from app import clock
from app.access.permissions import Permission
from app.access.who import Who
from app.delivery import dead_letters
from app.domain.classes import today_here
from app.domain.deliveries import people_without_address_count
from app.domain.notices import ActiveNotice, Counts, active_for, counts
from app.extensions import current_settings
from app.i18n.speech import speech
from app.tenancy.reading import reading
from app.web.panels import Panel

SHOWN = 10


class Mine(NamedTuple):
    """The notices for the reader; `more` are those beyond the first SHOWN."""

    notices: list[ActiveNotice]
    more: bool


class Overview(NamedTuple):
    """What a manager looks after: notices of the school, messages that failed, people whom no mail reaches.

    `seeding` says that there is nothing at all, in a place where sample data may be made.
    """

    notices: Counts
    failed: int
    without_address: int
    seeding: bool


def mine(person: Who) -> Mine:
    """The active notices for the reader's role, in their language."""
    with reading() as cursor:
        found = active_for(
            cursor, role=person.role or "", reader=person.person_id, day=today_here(), language=speech().language,
            school_language=person.school_language,
            now=clock.now(), limit=SHOWN + 1,
        )  # fmt: skip
    return Mine(found[:SHOWN], len(found) > SHOWN)


def overview(_: Who) -> Overview:
    """The counts of the school."""
    now = clock.now()
    with reading() as cursor:
        notices = counts(cursor, now)
    return Overview(
        notices, dead_letters.how_many(), people_without_address_count(),
        seeding=not notices.ever and not current_settings().is_production,
    )  # fmt: skip


PANELS = (
    Panel("overview", Permission.NOTICES_MANAGE, overview, "notices/panel_overview.html", wide=True),
    Panel("mine", Permission.NOTICES_READ, mine, "notices/panel_mine.html", wide=True),
)
