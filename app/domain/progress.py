"""The work that a person waits for, as the status bar shows it."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from app.i18n.catalogue import N_
from app.models.progress import Course, Progress
from app.tenancy.reading import Prepared, reading

MOST = 5  # jobs in the bar


class Kind(NamedTuple):
    """What work of a kind is called while it runs, when it is done, and when it failed; `label` is what it is about."""

    running: str
    done: str
    failed: str


#: kind -> its words; `app.work.progress.start` takes no other
KINDS = {
    "send": Kind(
        N_("Sending “%(label)s”"),
        N_("Finished sending “%(label)s”"),
        N_("“%(label)s” could not be sent"),
    ),
    "import": Kind(
        N_("Importing “%(label)s”"),
        N_("“%(label)s” has been imported"),
        N_("“%(label)s” could not be imported"),
    ),
    "export": Kind(
        N_("Exporting “%(label)s”"),
        N_("“%(label)s” is ready to download"),
        N_("“%(label)s” could not be exported"),
    ),
    "check": Kind(
        N_("Checking “%(label)s”"),
        N_("“%(label)s” has been checked"),
        N_("“%(label)s” could not be checked"),
    ),
    "report": Kind(
        N_("Preparing the report “%(label)s”"),
        N_("The report “%(label)s” is ready"),
        N_("The report “%(label)s” could not be prepared"),
    ),
}


class Job(NamedTuple):
    """One piece of work: `done` of `total` (0: not known yet); `message` says why it failed, in the person's words."""

    id: UUID
    kind: str
    label: str
    url: str
    state: str
    done: int
    total: int
    message: str | None

    @property
    def is_running(self) -> bool:
        return self.state == Course.RUNNING

    @property
    def has_failed(self) -> bool:
        return self.state == Course.FAILED

    @property
    def words(self) -> str:
        """The message that says what it is and how it stands, to be translated with `label`."""
        return str(getattr(KINDS[self.kind], self.state))


_SHOWN = Prepared(
    select(
        Progress.id.label("id"), Progress.kind.label("kind"), Progress.label.label("label"), Progress.url.label("url"),
        Progress.state.label("state"), Progress.done.label("done"), Progress.total.label("total"),
        Progress.message.label("message"),
    )
    .where(Progress.person_id == bindparam("person"), Progress.is_shown(), Progress.kind.in_(KINDS))
    .order_by(Progress.ended_at.is_not(None), Progress.id.desc())
    .limit(MOST),
    Job,
)  # fmt: skip


def jobs_of(person_id: UUID) -> list[Job]:
    """What a person of the current school waits for and has not looked at yet: what runs first, the newest first."""
    with reading() as cursor:
        return _SHOWN.all(cursor, person=person_id)
