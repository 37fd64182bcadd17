"""The last try of a delivery: the attempt that says why it stands where it does."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, literal_column, select
from sqlalchemy.orm import aliased

from app.models.delivery import Attempt, Delivery, Event

_LATER = aliased(Attempt)
#: what people did to a delivery is written among its tries, and is none
DEEDS = (Event.RETRY.value, Event.DISCARD.value)

#: on which `Attempt` is joined to `Delivery`; numbers begin anew with each retry, so that they do not tell which was the last
IS_LAST_TRY: ColumnElement[bool] = and_(
    Attempt.school_id == Delivery.school_id,
    Attempt.id
    == select(_LATER.id)
    .where(
        _LATER.school_id == Delivery.school_id,
        _LATER.delivery_id == Delivery.id,
        _LATER.event.not_in([literal_column(f"'{deed}'") for deed in DEEDS]),
    )
    .order_by(_LATER.at.desc(), _LATER.id.desc())
    .limit(literal_column("1"))
    .correlate(Delivery)
    .scalar_subquery(),
)
