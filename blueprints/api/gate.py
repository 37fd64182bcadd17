"""The gate as programs read it. The code of a card is a key, and is not told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, NamedTuple
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Date, DateTime, Text, Uuid, bindparam, select

from app import clock
from app.access.api_tokens import Scope
from app.access.who import Who
from app.domain.on_site import day_of, hours, is_on_site
from app.models.gate import Direction, GateScan, GateState
from app.web.api.asking import Moment, one_of
from app.web.paging import moment
from blueprints.api.listing import Filter, Key, Listing

GROUP = "Gate"


class ScanRow(NamedTuple):
    """A scan. `direction` follows from all scans of the learner's day, and may change when
    one comes late."""

    id: UUID
    learner_id: UUID | None
    direction: Literal["in", "out", "repeat", "unknown"]
    day: dt.date
    scanned_at: dt.datetime
    received_at: dt.datetime
    was_offline: bool
    scanned_by: str


class OnSiteRow(NamedTuple):
    """A learner who is on the school's grounds now, by the gate."""

    learner_id: UUID
    since: dt.datetime


def _today(_: Who) -> Mapping[str, object] | None:
    day = day_of(hours(), clock.now())
    return {"today": day} if day else None


SCANS = Listing(
    "gate-scans", "scans at the gate", GROUP, Scope.GATE_READ, ScanRow,
    select(
        GateScan.id, GateScan.learner_id, GateScan.direction, GateScan.on_date.label("day"), GateScan.scanned_at,
        GateScan.received_at, GateScan.was_offline, GateScan.by_name.label("scanned_by"),
    ),
    (Key("scanned_at", GateScan.scanned_at, moment), Key("id", GateScan.id, UUID)),
    {
        "learner_id": Filter(fields.UUID(), lambda given: GateScan.learner_id == given, Uuid),
        "direction": Filter(one_of(*Direction), lambda given: GateScan.direction == given, Text),
        "day": Filter(fields.Date(), lambda given: GateScan.on_date == given, Date),
        "since": Filter(Moment(), lambda given: GateScan.scanned_at >= given, DateTime(timezone=True)),
        "until": Filter(Moment(), lambda given: GateScan.scanned_at < given, DateTime(timezone=True)),
        "received_since": Filter(
            Moment(metadata={"description": "Also finds scans that a device sent late."}),
            lambda given: GateScan.received_at >= given,
            DateTime(timezone=True),
        ),
    },
)  # fmt: skip
ON_SITE = Listing(
    "on-site", "learners who are on site", GROUP, Scope.GATE_READ, OnSiteRow,
    select(GateState.id.label("learner_id"), GateState.since).where(is_on_site(bindparam("today", type_=Date))),
    (Key("learner_id", GateState.id, UUID),),
    {},
    values=_today, detail="Empty after the school's close time: from then on everybody is presumed to have left.",
)  # fmt: skip
LISTINGS = (SCANS, ON_SITE)
