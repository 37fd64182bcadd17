"""What somebody does about leads beside the verbs of the domain: edit one, and answer one that is new."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import NamedTuple

from app.audit.record import Actor, record
from app.domain.leads import stages
from app.domain.leads.records import note, note_reply
from app.models.lead import Happening, Lead, Stage
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id


class Details(NamedTuple):
    """What somebody writes down of a lead."""

    name: str
    email: str | None
    phone: str | None
    language: str
    source: str
    child_name: str
    child_grade: str
    child_birth_date: dt.date | None
    message: str

    @property
    def mark(self) -> str:
        """What changes whenever something in it does: what a form saw."""
        return hashlib.sha256(repr(tuple(self)).encode()).hexdigest()[:16]


def details_of(lead: Lead) -> Details:
    """What is written down of a lead now."""
    return Details(*(getattr(lead, name) for name in Details._fields))


def edit(lead: Lead, details: Details, *, by: Actor) -> bool:
    """Change what is written down of a held lead; False when nothing is different.

    The history of the lead keeps what stood there before; the log, which more people read, the names of the fields.
    """
    changed = {name: value for name, value in details._asdict().items() if getattr(lead, name) != value}
    if not changed:
        return False
    before = {name: _plain(getattr(lead, name)) for name in changed}
    for name, value in changed.items():
        setattr(lead, name, value)
    note(lead, Happening.EDITED, {"fields": sorted(changed), "before": before}, by=by)
    record("leads.edit", lead, label=lead.name, by=by, after={"fields": sorted(changed)})
    return True


def reply(lead: Lead, how: str, text: str, *, by: Actor) -> None:
    """Write down that a held lead was answered; a new one is contacted by that."""
    note_reply(lead, how, text, by=by)
    if lead.stage == Stage.NEW:
        stages.move(lead, Stage.CONTACTED.value, by=by)


def school() -> School:
    """The current school, as the ORM has it."""
    return db.session.get_one(School, current_school_id())


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value
