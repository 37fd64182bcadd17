"""What a school enters into its calendar: terms, and days that are not as the public calendar has them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.audit.record import Actor, record
from app.i18n.catalogue import N_
from app.models.calendar import DayOff, Term
from app.tenancy.database import db
from app.work.outbox import queue
from blueprints.classes.operations import ClassError

#: the job that brings the lessons in line with the calendar, once it is committed
MAKE = "classes.make_lessons"


class Overlaps(ClassError):
    """A day belongs to one term."""

    message = N_("These days overlap those of another term")


class DayTaken(ClassError):
    """Something is entered for that day already."""

    message = N_("Something is entered for this day already")


class TermDraft(NamedTuple):
    """A term, first and last day included."""

    name: str
    starts_on: dt.date
    ends_on: dt.date


class DayDraft(NamedTuple):
    """A day on which the school is closed, or (`is_open`) open in spite of a weekend, a holiday or a break."""

    on_date: dt.date
    name: str
    is_open: bool


def term_for_change(term_id: UUID) -> Term | None:
    """A term of the school."""
    return db.session.scalars(select(Term).where(Term.id == term_id)).one_or_none()


def day_for_change(day_off_id: UUID) -> DayOff | None:
    """A day that the school has entered."""
    return db.session.scalars(select(DayOff).where(DayOff.id == day_off_id)).one_or_none()


def save_term(term: Term | None, draft: TermDraft, *, by: Actor) -> bool:
    """Enter a term, or change one; False when nothing is different. Raises Overlaps."""
    others = select(Term.id).where(Term.starts_on <= draft.ends_on, Term.ends_on >= draft.starts_on)
    if db.session.scalars(others.where(Term.id != term.id) if term else others).first() is not None:
        raise Overlaps
    return _save(term, Term, draft, by)


def save_day(day: DayOff | None, draft: DayDraft, *, by: Actor) -> bool:
    """Enter a day, or change one; False when nothing is different. Raises DayTaken."""
    others = select(DayOff.id).where(DayOff.on_date == draft.on_date)
    if db.session.scalars(others.where(DayOff.id != day.id) if day else others).first() is not None:
        raise DayTaken
    return _save(day, DayOff, draft, by)


def remove_term(term: Term, *, by: Actor) -> None:
    """Take a term from the calendar."""
    record("calendar.remove_term", term, label=term.name, before=_facts(term, TermDraft._fields), by=by)
    db.session.delete(term)
    queue(MAKE)


def remove_day(day: DayOff, *, by: Actor) -> None:
    """Let a day be again what the public calendar makes of it."""
    record("calendar.remove_day", day, label=day.name, before=_facts(day, DayDraft._fields), by=by)
    db.session.delete(day)
    queue(MAKE)


def _save(row: Term | DayOff | None, model: type[Term | DayOff], draft: TermDraft | DayDraft, by: Actor) -> bool:
    after = draft._asdict()
    if row is None:
        row = model(**after)
        db.session.add(row)
        record("calendar.add_term" if model is Term else "calendar.add_day", row, label=draft.name, after=after, by=by)
    else:
        before = _facts(row, draft._fields)
        changed = [name for name in after if before[name] != after[name]]
        if not changed:
            return False
        for name in changed:
            setattr(row, name, after[name])
        record(
            "calendar.edit_term" if model is Term else "calendar.edit_day", row, label=draft.name, by=by,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
    queue(MAKE)
    return True


def _facts(row: Term | DayOff, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}
