"""How far the work has come that a person waits for: rows of their school, readable whatever becomes of Redis."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import CursorResult, and_, case, func, update

from app.models.progress import Course, Progress
from app.tenancy.database import db


def start(kind: str, subject: UUID, *, person_id: UUID, label: str, url: str, total: int = 0) -> Progress:
    """Tell a person of the current school that work on `subject` has begun; `total` 0 means not known yet.

    `kind` is one of `app.domain.progress.KINDS`, `label` what people call the subject. `url` leads to its result, a page of
    this site: of an absolute address the host is left out, so that the link stays on the host that the person uses.
    """
    here = urlsplit(url)._replace(scheme="", netloc="").geturl()
    begun = Progress(person_id=person_id, kind=kind, subject=subject, label=label, url=here, total=total)
    db.session.add(begun)
    return begun


def advance(subject: UUID, *, done: int = 0, more: int = 0) -> None:
    """Add to what is done of a subject, and to what there is to do; the work ends with the last of it.

    As long as the total is not known (0), only `end` ends it.
    """
    if not (done or more):
        return
    total = Progress.total + more
    over = and_(total > 0, Progress.done + done >= total)
    changes = {
        "done": Progress.done + done,
        "total": total,
        "state": case((over, Course.DONE.value), else_=Progress.state),
        "ended_at": case((over, func.now()), else_=Progress.ended_at),
    }
    _change(Progress.subject == subject, Progress.ended_at.is_(None), **changes)


def end(subject: UUID, state: Course, message: str | None = None) -> None:
    """The work on a subject is over, however far it came; `message` says why in words of the person's."""
    _change(
        Progress.subject == subject, Progress.ended_at.is_(None), state=state.value, message=message, ended_at=func.now()
    )  # fmt: skip


def see(person_id: UUID, *ids: UUID) -> int:
    """A person has looked at work that they wait for, or waves it away; returns how many of `ids` are theirs, seen or not.

    The work itself goes on.
    """
    seen = func.coalesce(Progress.seen_at, func.now())
    return _change(Progress.person_id == person_id, Progress.id.in_(ids), seen_at=seen)


def _change(*only: object, **changes: object) -> int:
    changing = update(Progress).where(*only).values(**changes)  # type: ignore[arg-type]
    result = db.session.execute(changing, execution_options={"synchronize_session": False})
    return result.rowcount if isinstance(result, CursorResult) else 0
