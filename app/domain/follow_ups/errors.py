"""Why something cannot be done about a follow-up."""

from __future__ import annotations

from collections.abc import Sequence

from app.i18n.catalogue import N_


class FollowUpError(Exception):
    """`message` is for people, marked with N_; what it prints is in `values`."""

    message = ""

    def __init__(self, **values: str) -> None:
        super().__init__(self.message)
        self.values = values


class NotByAPerson(RuntimeError):
    """A programming error: a job or a command tried to approve. Nothing goes out by itself."""


class NotWaiting(FollowUpError):
    message = N_("This follow-up does not wait any more. Somebody was quicker, or it was put aside.")


class LeadGone(FollowUpError):
    message = N_("The lead was merged into another one or erased. Nothing is sent to it.")


class LeadArchived(FollowUpError):
    message = N_("The lead is archived. Bring it back before you write to it.")


class Unsubscribed(FollowUpError):
    message = N_("They asked for no more messages, so this cannot be sent.")


class NoAddress(FollowUpError):
    message = N_("There is no email address for this lead. Add one, or send it by hand.")


class TextChanged(FollowUpError):
    message = N_("The text or the address has changed since you saw it. Read it again and approve what stands there now.")


class WordsChanged(FollowUpError):
    message = N_(
        "The text or the address has changed since you opened it. Compare your text with what is saved now and save again."
    )


class PlacesEmpty(FollowUpError):
    message = N_("There is nothing to put in the place of %(places)s. Enter it in the lead, or edit the text.")

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__(places=", ".join(f"{{{place}}}" for place in places))
