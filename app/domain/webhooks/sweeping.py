"""The sweep: nothing that was stored is forgotten, whatever became of the job that should have acted on it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from app.domain.webhooks.inbox import PROCESS
from app.models.outbox import PLATFORM, Outbox
from app.models.webhook import EventState, ProviderCustomer, WebhookEvent
from app.work.outbox import queue_each

SWEEP = "webhooks.sweep"
SOON = dt.timedelta(minutes=2)  # in which an event is acted on where nothing is wrong
MOST = 1000


def sweep(session: Session, *, now: dt.datetime) -> int:
    """Have everything acted on that is stored, could be, and that no open work is about; returns how many, at most MOST.

    Also what came while its customer was being tied to a school. Needs `across_schools`.
    """
    waits = exists().where(
        Outbox.school_id == PLATFORM, Outbox.job == PROCESS, Outbox.subject == WebhookEvent.id, Outbox.done_at.is_(None)
    )  # fmt: skip
    is_known = exists().where(
        ProviderCustomer.provider == WebhookEvent.provider, ProviderCustomer.customer == WebhookEvent.customer
    )  # fmt: skip
    forgotten: list[UUID] = list(
        session.scalars(
            select(WebhookEvent.id)
            .where(
                WebhookEvent.state == EventState.STORED, WebhookEvent.received_at < now - SOON,
                or_(WebhookEvent.for_school.is_not(None), is_known), ~waits,
            )
            .order_by(WebhookEvent.received_at)
            .limit(MOST)
        )
    )  # fmt: skip
    if forgotten:
        queue_each(PROCESS, forgotten, queue="default")
    return len(forgotten)
