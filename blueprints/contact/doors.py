"""How people are reached closes with their school: no notification comes, no link of a mail brings anything back."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.closing import Closed, Door, Effect
from app.i18n.speech import speech
from app.models.contact import PushSubscription


def _devices(session: Session, school_id: int) -> Effect | None:
    number = session.scalar(select(func.count(PushSubscription.id)).where(PushSubscription.school_id == school_id)) or 0
    words = speech().ngettext(
        "%(num)s device shows no notifications of this school.", "%(num)s devices show no notifications of this school.", number
    )
    return Effect(words, number) if number else None


LEAVING = (Door("contact.leaving", routes={"leaving.unsubscribe": Closed.TAKES_AWAY, "leaving.come_back": Closed.REFUSED}),)
DEVICES = (
    Door(
        "contact.devices", _devices,
        routes={"device.receive_receipt": Closed.SILENT, "device.renew_device": Closed.SILENT},
    ),
)  # fmt: skip
