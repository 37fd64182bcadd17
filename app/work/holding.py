"""Work that takes longer than a lease: as long as it says so, its row is not handed out anew."""

from __future__ import annotations

import signal

from app.tenancy.reading import Bulk, writing
from app.work.jobs import Task
from app.work.queues import LEASE

_HOLD = Bulk("""
UPDATE outbox SET due_at = now() + %(lease)s
WHERE school_id = %(school)s AND id = %(row)s AND runs = %(run)s AND done_at IS NULL RETURNING id
""")


def hold(task: Task) -> bool:
    """Take the row of running work on for another lease, at once; False when it was handed out anew, and this run is to stop.

    Needs to be inside the task's school, with nothing of its session uncommitted. RQ's own alarm begins anew too.
    """
    with writing() as cursor:
        held = _HOLD.run(cursor, row=task.id, run=task.runs, lease=LEASE).fetchone() is not None
    if held and signal.alarm(0):  # the seconds that were left of it; 0 where nobody set one
        signal.alarm(int(LEASE.total_seconds()))
    return held
