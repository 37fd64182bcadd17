"""What a device may tell us without signing in: that a notification came, and that its own address has changed."""

from __future__ import annotations

from uuid import UUID

from app.config import Settings
from app.delivery.proof import opened, sealed

_RECEIPT, _DEVICE = "receipt", "device"


def receipt_token(settings: Settings, school_id: int, delivery_id: UUID) -> str:
    """What a push carries as `receipt`, for the device to send back; only who could decrypt the push has it."""
    return sealed(settings, _RECEIPT, school_id, delivery_id)


def delivery_of(settings: Settings, token: str) -> tuple[int, UUID] | None:
    """The school and the delivery that a receipt is for; None for one that we did not send out."""
    return opened(settings, _RECEIPT, token)


def device_token(settings: Settings, school_id: int, subscription_id: UUID) -> str:
    """What a browser keeps beside its subscription, so that it can name a new address for it later."""
    return sealed(settings, _DEVICE, school_id, subscription_id)


def device_of(settings: Settings, token: str) -> tuple[int, UUID] | None:
    """The school and the subscription of a device's token; None for one that we did not give out."""
    return opened(settings, _DEVICE, token)
