"""What the operator's console hears of imports: those of open schools that stand still."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from flask import url_for
from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from app.domain import triage
from app.domain.roster import has_stalled
from app.domain.triage import Found, Need, Triage
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.roster import RosterImport
from app.models.school import School
from app.tenancy.reading import LookUp

STANDS = N_("The roster import “%(file)s” of %(school)s stands still.")
AFTER_ROW = N_("after row %(row)s of %(all)s")


class Stalled(NamedTuple):
    """An import that stands still, and how many of them there are."""

    school_id: int
    school: str
    file_name: str
    moved_at: dt.datetime
    done: int
    rows: int
    number: int


_STALLED = LookUp(
    select(
        School.id.label("school_id"), School.name.label("school"), RosterImport.file_name,
        func.coalesce(RosterImport.moved_at, RosterImport.created_at).label("moved_at"), RosterImport.done,
        RosterImport.total.label("rows"), func.count().over().label("number"),
    )
    .join(School, School.id == RosterImport.school_id)
    .where(has_stalled(), School.is_open)
    .order_by(RosterImport.moved_at)
    .limit(literal_column(str(triage.MOST))),
    Stalled,
)  # fmt: skip


def stalled(session: Session) -> Found:
    """Imports that failed, or should go on and have been silent for a while; those of suspended schools only wait."""
    found = _STALLED.rows(session)
    return Found([_need(row) for row in found], found[0].number if found else 0)


def _need(row: Stalled) -> Need:
    words = speech()
    sentence = words.gettext(STANDS, file=row.file_name, school=row.school)
    detail = words.gettext(AFTER_ROW, row=words.number(row.done), all=words.number(row.rows))
    to = url_for("schools.imports", school_id=row.school_id)
    return Need(sentence, row.moved_at, to, is_stuck=True, detail=detail, icon="upload")


TRIAGE = (Triage("stalled imports", stalled),)
