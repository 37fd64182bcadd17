"""What the operator's console hears of imports: those of open schools that stand still."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.domain import triage
from app.domain.roster import has_stalled
from app.domain.triage import Found, Need, Triage
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.roster import RosterImport
from app.models.school import School

STANDS = N_("The roster import “%(file)s” of %(school)s stands still.")
AFTER_ROW = N_("after row %(row)s of %(all)s")


def stalled(session: Session) -> Found:
    """Imports that failed, or should go on and have been silent for a while; those of suspended schools only wait."""
    found = session.execute(
        select(
            School.id, School.name, RosterImport.file_name, RosterImport.moved_at, RosterImport.created_at, RosterImport.done,
            RosterImport.total, func.count().over().label("number"),
        )
        .join(School, School.id == RosterImport.school_id)
        .where(has_stalled(), School.is_open)
        .order_by(RosterImport.moved_at)
        .limit(triage.MOST)
    ).all()  # fmt: skip
    return Found([_need(row) for row in found], found[0].number if found else 0)


def _need(row: Any) -> Need:
    words = speech()
    sentence = words.gettext(STANDS, file=row.file_name, school=row.name)
    detail = words.gettext(AFTER_ROW, row=words.number(row.done), all=words.number(row.total))
    to = url_for("schools.imports", school_id=row.id)
    return Need(sentence, row.moved_at or row.created_at or clock.now(), to, is_stuck=True, detail=detail, icon="upload")


TRIAGE = (Triage("stalled imports", stalled),)
