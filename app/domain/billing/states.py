"""The states of an invoice, and which may follow which.

| from          | to                                           |
|---------------|----------------------------------------------|
| draft         | open                                         |
| open          | pending, paid, failed, void, uncollectible   |
| pending       | paid, failed, open                           |
| failed        | pending, paid, void, uncollectible           |
| paid          | failed (a payment was taken back)            |
| uncollectible | paid (it came after all)                     |
| void          | nothing                                      |
"""

from __future__ import annotations

from app.i18n.catalogue import N_
from app.models.billing import InvoiceState as S

MOVES: dict[S, frozenset[S]] = {
    S.DRAFT: frozenset({S.OPEN}),
    S.OPEN: frozenset({S.PENDING, S.PAID, S.FAILED, S.VOID, S.UNCOLLECTIBLE}),
    S.PENDING: frozenset({S.PAID, S.FAILED, S.OPEN}),
    S.FAILED: frozenset({S.PENDING, S.PAID, S.VOID, S.UNCOLLECTIBLE}),
    S.PAID: frozenset({S.FAILED}),
    S.UNCOLLECTIBLE: frozenset({S.PAID}),
    S.VOID: frozenset(),
}
#: issued, and money is still expected
UNPAID = frozenset({S.OPEN, S.PENDING, S.FAILED})
#: nothing more is expected
ENDED = frozenset({S.PAID, S.VOID, S.UNCOLLECTIBLE})


class WrongState(Exception):
    """An invoice in this state cannot become what was asked."""

    message = N_("That cannot be done with this invoice as it stands now. Look at it again: it may have changed meanwhile.")


def check(old: str, new: str) -> None:
    """Raise WrongState unless an invoice that is `old` may become `new`."""
    if S(new) not in MOVES[S(old)]:
        raise WrongState(f"an invoice that is {old} cannot become {new}")


def way(old: str, new: str) -> tuple[S, ...]:
    """The states that lead from `old` to `new`, the last of them `new`: none where they are the same.

    For what payments make of an invoice: one that was paid and now waits for another payment had failed in between.
    Raises WrongState where no way leads there.
    """
    ways: list[tuple[S, ...]] = [(S(old),)]
    seen = {S(old)}
    for steps in ways:
        if steps[-1] == new:
            return steps[1:]
        for step in sorted(MOVES[steps[-1]] - seen):
            seen.add(step)
            ways.append((*steps, step))
    raise WrongState(f"no way leads from {old} to {new}")
