"""What an operator does inside a school stands in the platform's log too: that it was done, where and by which visit.

The words of the event (whose name, what before) stay with the school, which alone erases them. Both events have the same id.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from app.access.actor import Actor
from app.audit.record import ACTOR, MIRROR, VISIT, Target, record_platform
from app.models.audit import AuditEvent, AuditValue
from app.models.school import School
from app.tenancy.database import db
from app.work.jobs import Task, job


@job(MIRROR)
def mirror(task: Task) -> dt.datetime | None:
    """Write the school's event whose id is the task's subject into the platform's log, once, however often this runs."""
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.id == task.subject)).one()
    kept = select(AuditValue.field, AuditValue.value).where(AuditValue.event_id == event.id)
    values = {row.field: row.value for row in db.session.execute(kept.where(AuditValue.field.in_((ACTOR, VISIT))))}
    visit = values.get(VISIT)
    by = Actor(event.actor_kind, event.actor_id, values.get(ACTOR) or "", UUID(visit) if visit else None)
    record_platform(
        event.action,
        Target("school", task.school_id),
        label=db.session.get_one(School, task.school_id).name,
        by=by,
        after={"target": event.target_kind, "target_id": event.target_id},
        event_id=event.id,
    )
    return None


JOBS = (mirror,)
