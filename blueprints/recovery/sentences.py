"""What recovery says in sentences, in the reader's language."""

from __future__ import annotations

from typing import NamedTuple

from app.delivery.dead_letters import Outcome
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.recovery import Deed, RecoveryRun

NOTHING = N_("Nothing was changed: somebody has dealt with it already.")


class Told(NamedTuple):
    """A run in words: what it is, how far it has come, and what had to stay and why."""

    title: str
    so_far: str
    stays: list[str]


def sent_again(outcome: Outcome) -> tuple[str, str]:
    """What a retry of one did, as a flash: the sentence, and its tone."""
    words = speech()
    if outcome.again:
        return words.gettext("The message is on its way again."), "ok"
    if outcome.flagged:
        return words.gettext("The address does not work: the school has to mend it first."), "warn"
    if outcome.forgotten:
        return words.gettext("The message can no longer be sent: its text was deleted when its time was over."), "warn"
    return words.gettext(NOTHING), "info"


def discarded(number: int) -> tuple[str, str]:
    """What a discard of one did, as a flash."""
    return (speech().gettext("The message was discarded."), "ok") if number else (speech().gettext(NOTHING), "info")


def of_run(run: RecoveryRun) -> Told:
    """A run in words."""
    words, retries = speech(), run.deed == Deed.RETRY
    title = words.gettext("Sending failed messages again") if retries else words.gettext("Discarding failed messages")
    if retries:
        so_far = words.ngettext(
            "%(num)s of %(total)s message is on its way again.",
            "%(num)s of %(total)s messages are on their way again.",
            run.done, total=words.number(run.total),
        )  # fmt: skip
    else:
        so_far = words.ngettext(
            "%(num)s of %(total)s message was discarded.",
            "%(num)s of %(total)s messages were discarded.",
            run.done, total=words.number(run.total),
        )  # fmt: skip
    return Told(title, so_far, _stays(run))


def _stays(run: RecoveryRun) -> list[str]:
    words, found = speech(), []
    if run.flagged:
        found.append(
            words.ngettext(
                "%(num)s has an address that does not work: the school has to mend it first.",
                "%(num)s have an address that does not work: the schools have to mend them first.",
                run.flagged,
            )
        )
    if run.forgotten:
        found.append(
            words.ngettext(
                "%(num)s can no longer be sent: its text was deleted when its time was over.",
                "%(num)s can no longer be sent: their text was deleted when its time was over.",
                run.forgotten,
            )
        )
    if run.suspended:
        found.append(
            words.ngettext(
                "%(num)s belongs to a school that is suspended: nothing is sent for it.",
                "%(num)s belong to schools that are suspended: nothing is sent for them.",
                run.suspended,
            )
        )
    return found
