"""What the pages of failed deliveries say in sentences, in the reader's language."""

from __future__ import annotations

from app.delivery.dead_letters import Outcome
from app.i18n.catalogue import N_
from app.i18n.speech import speech

NOTHING = N_("Nothing was changed: somebody has dealt with it already.")


def sent_again(outcome: Outcome) -> tuple[str, str]:
    """What a retry did, as a flash: the sentences, and their tone."""
    words = speech()
    parts = []
    if outcome.again:
        parts.append(
            words.ngettext("%(num)s message is on its way again.", "%(num)s messages are on their way again.", outcome.again)
        )
    if outcome.flagged:
        parts.append(
            words.ngettext(
                "%(num)s has an address that does not work: mend it first.",
                "%(num)s have an address that does not work: mend it first.",
                outcome.flagged,
            )
        )
    if outcome.forgotten:
        parts.append(
            words.ngettext(
                "%(num)s can no longer be sent: its text was deleted when its time was over.",
                "%(num)s can no longer be sent: their text was deleted when its time was over.",
                outcome.forgotten,
            )
        )
    return (" ".join(parts), "ok" if outcome.again else "warn") if parts else (words.gettext(NOTHING), "info")


def discarded(number: int) -> tuple[str, str]:
    """What a discard did, as a flash."""
    words = speech()
    if not number:
        return words.gettext(NOTHING), "info"
    return words.ngettext("%(num)s message discarded.", "%(num)s messages discarded.", number), "ok"
