"""Billable learners of the demo: the months that are over, frozen one after the other, with what the office entered late.

A learner who was entered only after a month had ended is added to it by the next one; one whose first day was entered a month
too early is taken out again. Both are made as they come about: the enrolment is put for a moment as it stood then, the month is
frozen by the product's own rule, and the enrolment is put back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.domain import billable
from app.domain.billable import Due
from app.models.classes import Enrolment, EnrolmentState
from app.models.school import School
from app.seed.karoo import KAROO
from app.seed.plans import ZONE, today_at_school
from app.seed.thaba import THABA

FROZEN = dt.time(0, 15, 20)  # of the day after a month
AGO = 3  # months: of which learners were entered late
LATE = {THABA.slug: 2, KAROO.slug: 1}  # how many of them
EARLY_DAY = 10  # of the month before their first one
Change = Callable[[Enrolment], None]


def top_up(session: Session) -> int:
    """Freeze what is over of every school; returns how many months of schools. Needs `across_schools`; commits nothing."""
    now, frozen = clock.now(), 0
    slugs = {row.id: row.slug for row in session.execute(select(School.id, School.slug))}
    before = billable.shifted(billable.month_of(today_at_school(now)), -AGO)
    while found := billable.due(session, now, most=1):
        (due,) = found
        at = dt.datetime.combine(billable.shifted(due.month, 1), FROZEN, ZONE)
        with _as_it_stood(session, due, slugs[due.school_id], before):
            frozen += billable.freeze(session, due.month, [due.school_id], at=at)
    return frozen


@contextmanager
def _as_it_stood(session: Session, due: Due, slug: str, before: dt.date) -> Iterator[None]:
    """While a month is frozen, enrolments of the demo's schools as their offices had entered them by then."""
    changes: dict[Enrolment, Change] = {}
    if slug in LATE and due.month == before:
        changes |= dict.fromkeys(_late(session, due, LATE[slug]), partial(_until, due.month))
    if slug in LATE:
        changes |= dict.fromkeys(_early(session, due), partial(_since, due.month.replace(day=EARLY_DAY)))
    days = {enrolment: (enrolment.starts_on, enrolment.ends_on) for enrolment in changes}
    for enrolment, change in changes.items():
        change(enrolment)
    session.flush()
    yield
    for enrolment, (starts_on, ends_on) in days.items():
        enrolment.starts_on, enrolment.ends_on = starts_on, ends_on
    session.flush()


def _late(session: Session, due: Due, number: int) -> list[Enrolment]:
    """What learners have of a month that they were in from its first day, of so many of them."""
    learners = (
        select(Enrolment.learner_id)
        .where(Enrolment.school_id == due.school_id, Enrolment.state == EnrolmentState.ACTIVE.value)
        .group_by(Enrolment.learner_id)
        .having(func.max(Enrolment.starts_on) < due.month, func.max(func.coalesce(Enrolment.ends_on, due.month)) >= due.month)
        .order_by(Enrolment.learner_id)
        .limit(number)
    )
    mine = Enrolment.school_id == due.school_id, Enrolment.learner_id.in_(learners)
    found = session.scalars(select(Enrolment).where(*mine, Enrolment.state == EnrolmentState.ACTIVE.value))
    return [enrolment for enrolment in found if enrolment.ends_on is None or enrolment.ends_on >= due.month]


def _early(session: Session, due: Due) -> list[Enrolment]:
    """The first enrolment of the learner who came in the month after this one, and had never been here before."""
    first = func.min(Enrolment.starts_on)
    following = billable.shifted(due.month, 1)
    learner = (
        select(Enrolment.learner_id)
        .where(Enrolment.school_id == due.school_id)
        .group_by(Enrolment.learner_id)
        .having(first >= following, first <= billable.last_day(following))
        .order_by(Enrolment.learner_id)
        .limit(1)
    )
    mine = Enrolment.school_id == due.school_id, Enrolment.state == EnrolmentState.ACTIVE.value
    found = select(Enrolment).where(*mine, Enrolment.learner_id.in_(learner)).order_by(Enrolment.starts_on, Enrolment.id)
    return list(session.scalars(found.limit(1)))


def _until(month: dt.date, enrolment: Enrolment) -> None:
    enrolment.ends_on = month - dt.timedelta(days=1)


def _since(day: dt.date, enrolment: Enrolment) -> None:
    enrolment.starts_on = day
