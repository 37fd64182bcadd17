"""How an export goes on: which state may follow which. Whatever changes a state asks here."""

from __future__ import annotations

from app.models.export import Export, ExportState

#: from -> to, with what leads there
MAY_BECOME: dict[ExportState, frozenset[ExportState]] = {
    ExportState.QUEUED: frozenset({
        ExportState.RUNNING,  # a worker took it up
        ExportState.CANCELLED,  # somebody did
        ExportState.FAILED,  # whoever asked may not have it any more, or it killed its worker too often
    }),
    ExportState.RUNNING: frozenset({
        ExportState.RUNNING,  # its worker died: another one begins anew
        ExportState.QUEUED,  # a fault, or its school closed: it waits, and begins anew
        ExportState.DONE,  # the whole file is there
        ExportState.CANCELLED,
        ExportState.FAILED,
    }),
    ExportState.DONE: frozenset({ExportState.EXPIRED}),  # its file is deleted, its manifest stays
    ExportState.FAILED: frozenset(),
    ExportState.CANCELLED: frozenset(),
    ExportState.EXPIRED: frozenset(),
}  # fmt: skip
#: the states in which there is something to do for a worker
OPEN = (ExportState.QUEUED.value, ExportState.RUNNING.value)


class WrongState(Exception):
    """An export was to become what it cannot become any more."""


def become(export: Export, state: ExportState) -> None:
    """Give an export another state. Raises WrongState."""
    if state not in MAY_BECOME[ExportState(export.state)]:
        raise WrongState(f"{export.state} cannot become {state}")
    export.state = state.value
