"""How far the work has come that a person waits for: rows of their school, readable whatever becomes of Redis."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import case, func, update

from app.models.progress import Course, Progress
from app.tenancy.database import db


def start(kind: str, subject: UUID, *, person_id: UUID, label: str, url: str, total: int = 0) -> Progress:
    """Tell a person of the current school that work on `subject` has begun; `total` 0 means not known yet.

    `kind` is one of `app.domain.progress.KINDS`, `label` what people call the subject, `url` leads to its result.
    """
    begun = Progress(person_id=person_id, kind=kind, subject=subject, label=label, url=url, total=total)
    db.session.add(begun)
    return begun


def advance(subject: UUID, *, done: int = 0, more: int = 0) -> None:
    """Add to what is done of a subject, and to what there is to do; the work ends with the last of it."""
    if not (done or more):
        return
    over = Progress.done + done >= Progress.total + more
    changes = {
        "done": Progress.done + done,
        "total": Progress.total + more,
        "state": case((over, Course.DONE.value), else_=Progress.state),
        "ended_at": case((over, func.now()), else_=Progress.ended_at),
    }
    _change(subject, Progress.ended_at.is_(None), **changes)


def end(subject: UUID, state: Course, message: str | None = None) -> None:
    """The work on a subject is over, however far it came; `message` says why in words of the person's."""
    _change(subject, Progress.ended_at.is_(None), state=state.value, message=message, ended_at=func.now())


def _change(subject: UUID, *only: object, **changes: object) -> None:
    changing = update(Progress).where(Progress.subject == subject, *only).values(**changes)  # type: ignore[arg-type]
    db.session.execute(changing, execution_options={"synchronize_session": False})
