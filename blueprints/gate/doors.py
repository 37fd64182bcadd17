"""The gate closes with its school: scans are refused, and what devices have recorded stays on them until it is back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from app import clock
from app.domain.closing import Closed, Door, Effect
from app.i18n.speech import speech
from app.models.gate import GateScan

LATELY = dt.timedelta(days=7)


def _blocked(session: Session, school_id: int) -> Effect | None:
    used = GateScan.school_id == school_id, GateScan.scanned_at >= clock.now() - LATELY
    number = session.scalar(select(func.count(distinct(GateScan.by_id))).where(*used)) or 0
    words = speech().ngettext(
        "Scans at the gate are refused. %(num)s person scanned there in the last 7 days.",
        "Scans at the gate are refused. %(num)s people scanned there in the last 7 days.",
        number,
    )
    return Effect(words, number) if number else None


DOORS = (Door("gate.scans", _blocked, routes={"gate.offline": Closed.NO_SCHOOL}),)
