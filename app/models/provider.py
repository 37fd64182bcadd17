"""The ways out: the platform's own for email and push, and the gateways that a school has connected."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant


class Condition(StrEnum):
    """What the last check of a provider found."""

    NOT_CONFIGURED = "not_configured"
    UNPROVEN = "unproven"  # keys are made and sign; no device in this environment has said that something came
    READY = "ready"
    DEGRADED = "degraded"


class Health:
    """What is known of a way out. Columns of a table, not a table.

    The breaker: `errors` since `window_start`; nothing goes out before `open_until`; `told_at` is when somebody was told of it.
    `condition` is what the check at `checked_at` found, `detail` why. `proven_at`: when a device first sent a receipt.
    """

    errors: Mapped[int] = mapped_column(server_default=text("0"))
    window_start: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    open_until: Mapped[dt.datetime | None]
    told_at: Mapped[dt.datetime | None]
    condition: Mapped[str] = mapped_column(server_default=Condition.NOT_CONFIGURED.value)
    detail: Mapped[str | None]
    checked_at: Mapped[dt.datetime | None]
    proven_at: Mapped[dt.datetime | None]
    last_success_at: Mapped[dt.datetime | None]
    last_failure_at: Mapped[dt.datetime | None]


class Provider(Health, Model):
    """A way out that all schools share: `email` or `push`."""

    __tablename__ = "provider"
    name: Mapped[str] = mapped_column(primary_key=True)


class Gateway(Health, Tenant, Model):
    """A school's own provider for one text channel, `sms` or `whatsapp`, reached over HTTPS.

    `url` is a template with {to}; `key` and `secret` are sealed (`app.delivery.sealing`) and never shown again; `sender` is the
    number or the name that its messages come from.
    """

    __tablename__ = "gateway"
    channel: Mapped[str]
    url: Mapped[str]
    ping_url: Mapped[str | None]
    key: Mapped[str]
    secret: Mapped[str | None]
    sender: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (UniqueConstraint("school_id", "channel", name="gateway_of_channel"),)
