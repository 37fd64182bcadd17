"""What onboarding brings to the console: the set-ups that wait for somebody, and runs by their id or an address."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from app import clock
from app.access.permissions import Permission
from app.access.who import Who
from app.domain import searching, triage
from app.domain.searching import Hit, Search
from app.domain.triage import Found, Need, Triage
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.onboarding import RunState
from app.tenancy.database import db
from app.web.badges import STATES
from app.web.links import url
from app.web.panels import CONSOLE, Panel
from blueprints.onboarding import queries
from blueprints.onboarding.queries import RunRow
from blueprints.onboarding.sentences import Task, stopped, takes_long, task

LISTED = 3  # tasks that the banner names; all of them stand on the list of runs


class Help(NamedTuple):
    """'School setup tasks needing help': the first of them, and how many there are."""

    tasks: list[Task]
    total: int


def stuck(session: Session) -> Found:
    """The runs that stopped, and those that go on for too long."""
    rows, total = queries.in_trouble(session, triage.MOST)
    return Found([_need(row) for row in rows], total)


def _need(row: RunRow) -> Need:
    sentence = takes_long(row) if row.state == RunState.RUNNING else stopped(row)
    to = url("onboarding.show_run", row.id)
    return Need(sentence, row.ended_at or row.started_at or clock.now(), to, is_stuck=row.state == RunState.FAILED)


def tasks(_: Who) -> Help | None:
    """The banner of the console, None while nobody is needed."""
    rows, total = queries.needing_help(db.session(), LISTED)
    return Help([task(row) for row in rows], total) if rows else None


def find(session: Session, text: str) -> list[Hit]:
    """Runs by id, or by the address of one of their first people."""
    return [
        Hit(
            N_("Onboarding run"), row.name, speech().gettext(STATES[row.state][1]),
            url_for("onboarding.show_run", run_id=row.id),
        )
        for row in queries.matching(session, text, searching.MOST)
    ]  # fmt: skip


TRIAGE = (Triage("stuck onboardings", stuck),)
SEARCH = (Search("onboarding runs", find),)
PANELS = (Panel("setup_tasks", Permission.PLATFORM_OPERATE, tasks, "onboarding/panel_tasks.html", wide=True, board=CONSOLE),)
