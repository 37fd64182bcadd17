"""What a worker does before it begins: hand back at once what a dead one on this machine had in hand."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select, update

from app.delivery.journal import abandoned
from app.models.delivery import Delivery, State
from app.models.outbox import Outbox
from app.tenancy.doors import acting_for
from app.work.outbox import wake

QUIETLY = {"synchronize_session": False}


def hand_back(folder: Path) -> int:
    """Let the relay give out anew what died with a worker; returns how many batches.

    Only the run that died is undone: what has been handed out since, here or on another machine, is left alone.
    """
    number = 0
    for left in abandoned(folder):
        with acting_for(left.school_id) as session:
            row = Outbox.id == left.batch
            mine = update(Outbox).where(row, Outbox.runs == left.run, Outbox.done_at.is_(None), Outbox.leased)
            taken = session.execute(
                mine.values(due_at=func.now(), leased=False).returning(Outbox.id), execution_options=QUIETLY
            ).one_or_none()
            if taken:
                number += 1
                theirs = update(Delivery).where(Delivery.batch_id == left.batch, Delivery.state == State.SENDING.value)
                session.execute(theirs.values(due_at=func.now()), execution_options=QUIETLY)
                wake()
            elif session.scalar(select(Outbox.id).where(row, Outbox.done_at.is_(None))) is None:
                left.file.unlink(missing_ok=True)  # the batch was done; its worker died before it could say so
            session.commit()
    return number
