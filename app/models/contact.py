"""How a person wants to be reached by one school, and the devices that show its notifications."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, func, true
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class ContactPreference(Tenant, Model):
    """What a person chose at one school; without a row, everything is as its defaults say.

    `push`: notifications on the person's devices come before email. Quiet hours are of the school's clock, both or neither, and
    may cross midnight. `unsubscribed_at`: no email from this school but what is urgent.
    """

    __tablename__ = "contact_preference"
    person_id: Mapped[UUID]
    push: Mapped[bool] = mapped_column(server_default=true())
    quiet_from: Mapped[dt.time | None]
    quiet_until: Mapped[dt.time | None]
    unsubscribed_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("person_id", "person"),
        UniqueConstraint("school_id", "person_id", name="contact_preference_of_person"),
    )


class PushSubscription(Tenant, Model):
    """A browser that shows notifications of one school to one person.

    `endpoint`, `p256dh` and `auth` are the browser's own words (`PushSubscription.toJSON()`); `key_id` names the VAPID key that
    it was made with, which alone may send to it. A device that a push service calls gone is deleted.
    """

    __tablename__ = "push_subscription"
    person_id: Mapped[UUID]
    endpoint: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    key_id: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_success_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("person_id", "person"),
        UniqueConstraint("school_id", "endpoint", name="push_subscription_once"),
        Index("push_subscription_of_person", "school_id", "person_id"),
    )
