"""A delivery: one message, to one person, on one channel. Its life is the table in `app.delivery.states`."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class State(StrEnum):
    """Where a delivery is. The last four are ends."""

    QUEUED = "queued"
    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    DEMOTED = "demoted"
    DEAD = "dead"
    DISCARDED = "discarded"


class Event(StrEnum):
    """What can happen to it."""

    CLAIM = "claim"  # a worker takes it; from `sending` too, when the lease of a dead worker ran out
    UNTRIED = "untried"  # handed back: time was up, the line broke before its turn, the breaker is open
    ACCEPTED = "accepted"  # the provider took it
    TEMPORARY = "temporary"  # it did not, and may later
    UNSURE = "unsure"  # the line broke after the text and before the answer: may have been taken
    PERMANENT = "permanent"  # it never will
    EXHAUSTED = "exhausted"  # temporary for too long, or unsure twice
    WITHHELD = "withheld"  # not to be sent after all: the person unsubscribed, or this copy of Umthi may not write there
    BOUNCED = "bounced"  # the provider took it and said later that it never arrived
    RETRY = "retry"  # somebody sends a dead letter again
    DISCARD = "discard"  # somebody gives it up, with a reason
    EXPIRED = "expired"  # it was too late when its school came back from a suspension


class Channel(StrEnum):
    """A way to a person."""

    EMAIL = "email"
    PUSH = "push"
    SMS = "sms"
    WHATSAPP = "whatsapp"


class Instead(StrEnum):
    """Why a message that was to go by SMS or WhatsApp went another way from the start."""

    NOT_CONNECTED = "not_connected"
    NO_NUMBER = "no_number"


class Delivery(Tenant, Model):
    """`batch_id` is the outbox row that sends it; that row stays open as long as one of its deliveries is.

    `tries` counts claims, `put_off` the answers that said later: a worker that was killed has had none. `due_at` is the only
    clock, `give_up_at` its end: hours in which nothing may be sent move both. `reason` is the last answer that was not a yes;
    `discard_reason` is a person's own. `instead`: why it did not take the channel that was asked for. `cause` tells the failure
    of a dead one from others (`app.domain.causes`).
    """

    __tablename__ = "delivery"
    message_id: Mapped[UUID]
    person_id: Mapped[UUID]
    channel: Mapped[str]
    batch_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default="queued")
    due_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    give_up_at: Mapped[dt.datetime] = mapped_column(server_default=text("now() + interval '24 hours'"))
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    put_off: Mapped[int] = mapped_column(server_default=text("0"))
    unsure: Mapped[bool] = mapped_column(server_default=text("false"))
    instead: Mapped[str | None]
    reason: Mapped[str | None]
    discard_reason: Mapped[str | None]
    cause: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("message_id", "message"),
        school_key("person_id", "person"),
        school_key("batch_id", "outbox"),
        UniqueConstraint("school_id", "message_id", "person_id", "channel", name="delivery_once"),
        Index("delivery_open", "school_id", "batch_id", postgresql_where=text("ended_at IS NULL")),
        Index("delivery_dead", "school_id", text("ended_at DESC"), text("id DESC"), postgresql_where=text("state = 'dead'")),
        Index("delivery_dead_everywhere", text("ended_at DESC"), text("id DESC"), postgresql_where=text("state = 'dead'")),
        Index(
            "delivery_dead_of_cause",
            "cause",
            text("ended_at DESC"),
            text("id DESC"),
            "school_id",
            "channel",
            postgresql_where=text("state = 'dead'"),
        ),
        Index("delivery_failed", "school_id", "message_id", postgresql_where=text("state = 'dead'")),
        Index("delivery_of_person", "school_id", "person_id"),
        Index("delivery_ended", "school_id", "ended_at", "state", "channel", postgresql_where=text("ended_at IS NOT NULL")),
    )


class Attempt(Tenant, Model):
    """What came of one try: the event, the provider's code and its answer, who it was, and how long it took."""

    __tablename__ = "attempt"
    delivery_id: Mapped[UUID]
    number: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    event: Mapped[str]
    code: Mapped[int | None]
    answer: Mapped[str | None]
    provider: Mapped[str | None]
    milliseconds: Mapped[int | None]
    __table_args__ = (
        school_key("delivery_id", "delivery", ondelete="CASCADE"),
        Index("attempt_of_delivery", "school_id", "delivery_id", "at"),
        Index("attempt_by_age", "at"),
    )
