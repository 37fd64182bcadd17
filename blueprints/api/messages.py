"""Notices and what became of them, as programs read them."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Boolean, DateTime, Text, Uuid, and_, func, select

from app.access.api_tokens import Scope
from app.models.delivery import Channel, Delivery, State
from app.models.notice import Audience, Notice
from app.models.person import Person
from app.web.api.asking import Moment, one_of
from blueprints.api.listing import Filter, Key, Listing

GROUP = "Messages"


class NoticeRow(NamedTuple):
    """A notice with its texts by language. `message_id` names what was sent of it, null until it was."""

    id: UUID
    title: dict[str, str]
    message: dict[str, str]
    audience: Literal["everyone", "guardians", "students", "staff", "class"]
    class_id: UUID | None
    channel: Literal["sms", "whatsapp"] | None
    urgent: bool
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    author: str
    message_id: UUID | None
    revision: int
    created_at: dt.datetime
    updated_at: dt.datetime
    removed_at: dt.datetime | None


class DeliveryRow(NamedTuple):
    """One message to one person on one channel. `reason` is the last answer that was not a yes."""

    id: UUID
    message_id: UUID
    notice_id: UUID | None
    person_id: UUID
    channel: Literal["email", "push", "sms", "whatsapp"]
    state: Literal["queued", "sending", "deferred", "sent", "demoted", "dead", "discarded"]
    tries: int
    reason: str | None
    created_at: dt.datetime
    ended_at: dt.datetime | None


_UPDATED = func.greatest(Notice.created_at, Notice.edited_at, Notice.removed_at, type_=DateTime(timezone=True))
_OF_NOTICE = (
    select(Notice.id)
    .where(and_(Notice.school_id == Delivery.school_id, Notice.message_id == Delivery.message_id))
    .limit(1)
    .correlate(Delivery)
    .scalar_subquery()
)
NOTICES = Listing(
    "notices", "notices", GROUP, Scope.NOTICES_READ, NoticeRow,
    select(
        Notice.id, Notice.title, Notice.message, Notice.audience, Notice.class_id, Notice.channel, Notice.urgent,
        Notice.starts_at, Notice.ends_at, Person.name.label("author"), Notice.message_id, Notice.revision, Notice.created_at,
        _UPDATED.label("updated_at"), Notice.removed_at,
    )
    .join(Person, and_(Person.school_id == Notice.school_id, Person.id == Notice.author_id)),
    (Key("id", Notice.id, UUID),),
    {
        "audience": Filter(one_of(*Audience), lambda given: Notice.audience == given, Text),
        "class_id": Filter(fields.UUID(), lambda given: Notice.class_id == given, Uuid),
        "removed": Filter(fields.Boolean(), lambda given: Notice.removed_at.is_not(None).is_(given), Boolean),
        "since": Filter(
            Moment(metadata={"description": "Starts then or later."}),
            lambda given: Notice.starts_at >= given,
            DateTime(timezone=True),
        ),
        "until": Filter(Moment(), lambda given: Notice.starts_at < given, DateTime(timezone=True)),
        "updated_since": Filter(Moment(), lambda given: given <= _UPDATED, DateTime(timezone=True)),
    },
    one="notice_id", thing="a notice", is_personal=False,
)  # fmt: skip
DELIVERIES = Listing(
    "deliveries", "deliveries", GROUP, Scope.DELIVERIES_READ, DeliveryRow,
    select(
        Delivery.id, Delivery.message_id, _OF_NOTICE.label("notice_id"), Delivery.person_id, Delivery.channel, Delivery.state,
        Delivery.tries, Delivery.reason, Delivery.created_at, Delivery.ended_at,
    ),
    (Key("id", Delivery.id, UUID),),
    {
        "message_id": Filter(fields.UUID(), lambda given: Delivery.message_id == given, Uuid),
        "notice_id": Filter(
            fields.UUID(),
            lambda given: Delivery.message_id.in_(select(Notice.message_id).where(Notice.id == given)),
            Uuid,
        ),
        "person_id": Filter(fields.UUID(), lambda given: Delivery.person_id == given, Uuid),
        "channel": Filter(one_of(*Channel), lambda given: Delivery.channel == given, Text),
        "state": Filter(one_of(*State), lambda given: Delivery.state == given, Text),
        "created_since": Filter(Moment(), lambda given: Delivery.created_at >= given, DateTime(timezone=True)),
        "ended_since": Filter(Moment(), lambda given: Delivery.ended_at >= given, DateTime(timezone=True)),
    },
    one="delivery_id", thing="a delivery",
)  # fmt: skip
LISTINGS = (NOTICES, DELIVERIES)
