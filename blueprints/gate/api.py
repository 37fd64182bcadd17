"""The gate for programs: scans of a turnstile or of another system, taken by the same operation as those of a phone."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response
from marshmallow import Schema, fields, validate

from app import clock
from app.access.api_tokens import Scope
from app.access.gate import by_token
from app.access.who import asking
from app.domain.scanning import Busy, Scan
from app.web.api import answering
from app.web.api.asking import Moment, Words, said
from app.web.api.declared import described
from app.web.api.problems import ApiProblem
from blueprints.gate import operations
from blueprints.gate.incoming import LONGEST, MOST, WHY, Refused, read
from blueprints.gate.receiving import by_of

api = Blueprint("gate_api", __name__, url_prefix="/api/v1")


class ScanTakenRow(NamedTuple):
    """What a scan came to: `error` says why one was refused, `result` is then `refused`."""

    id: UUID
    result: Literal["in", "out", "repeat", "unknown", "refused"]
    learner_id: UUID | None
    on_site: bool | None
    error: Literal["bad_code", "in_the_future", "too_old"] | None
    detail: str | None


class ScanIn(Schema):
    """A code that was scanned. Its id is yours: the same id again is the same scan."""

    id = fields.UUID(required=True)
    code = Words(LONGEST, least=1, required=True, metadata={"description": "What stands on the card, or a learner's number."})
    scanned_at = Moment(required=True)


class ScansIn(Schema):
    """Scans in any order; their times decide."""

    scans = fields.List(fields.Nested(ScanIn), required=True, validate=validate.Length(1, MOST))


SCANS = ScansIn()


@api.post("/gate-scans")
@by_token(Scope.GATE_WRITE)
@described(
    "Send scans", "Gate", body=SCANS, answer=ScanTakenRow, many=True, problems=("conflict",),
    detail="Each is stored once, however often it is sent, and judged by itself.",
)  # fmt: skip
def send_scans() -> Response:
    person, now = asking(), clock.now()
    items = [_read(each, now) for each in said(SCANS)["scans"]]
    scans = [item for item in items if isinstance(item, Scan)]
    try:
        taken = operations.take_scans(scans, by=by_of(person), timezone=ZoneInfo(str(person.timezone)))
    except Busy:
        raise ApiProblem("conflict", "Another device sent the same scans at this moment: send them again.") from None
    rows = []
    for item in items:
        if isinstance(item, Refused):
            rows.append(ScanTakenRow(UUID(item.id), "refused", None, None, item.why, WHY[item.why]))  # type: ignore[arg-type]
        else:
            came_to = taken[item.id]
            rows.append(ScanTakenRow(item.id, came_to.direction.value, came_to.learner, came_to.on_site, None, None))
    return answering.many(rows)


def _read(each: dict[str, object], now: dt.datetime) -> Scan | Refused:
    """A scan by the rules of those of a phone: its clock may be wrong, and its code unreadable."""
    at = each["scanned_at"]
    assert isinstance(at, dt.datetime), "the schema has read it"
    return read({"id": str(each["id"]), "code": each["code"], "scanned_at": at.isoformat()}, now)
