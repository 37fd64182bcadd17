"""Why an event is as it is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.i18n.catalogue import N_


class Reason(StrEnum):
    """What stands beside the state of an event."""

    UNKNOWN_CUSTOMER = "unknown_customer"  # stored
    RETRYING = "retrying"
    UNKNOWN_TYPE = "unknown_type"  # ignored
    OLDER = "older"
    DISCARDED = "discarded"
    BAD_DATA = "bad_data"  # failed
    EFFECT_FAILED = "effect_failed"
    BY_HAND = "by_hand"  # done


WORDS: Mapping[str, str] = {
    Reason.UNKNOWN_CUSTOMER: N_("It names a customer who is tied to no school"),
    Reason.RETRYING: N_("Its effect could not be made yet; it is tried again"),
    Reason.UNKNOWN_TYPE: N_("Of a type that means nothing to us"),
    Reason.OLDER: N_("Older than what is known of the same payment or customer"),
    Reason.DISCARDED: N_("Discarded by an operator"),
    Reason.BAD_DATA: N_("Its data is not what its type should have"),
    Reason.EFFECT_FAILED: N_("Its effect could not be made, however often it was tried"),
    Reason.BY_HAND: N_("Processed by hand"),
}
