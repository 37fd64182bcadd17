"""SMS and WhatsApp through the gateway that a school has connected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.delivery.batch import Batch
from app.delivery.gateways import Gateway, HttpsGateway, Unreadable
from app.delivery.outward import PATIENCE
from app.delivery.sealing import CannotOpen, unseal
from app.delivery.segments import compose
from app.delivery.sender import may_write_to
from app.delivery.states import Channel, Event, Result
from app.domain.phones import E164
from app.extensions import current_settings
from app.i18n.languages import DEFAULT
from app.models import provider
from app.tenancy.database import db

CHANNELS = (Channel.SMS, Channel.WHATSAPP)
NO_GATEWAY, NO_NUMBER = "no gateway", "no number that works"


def opened(channel: str) -> Gateway | None:
    """The gateway of the current school for a channel with its key and secret in clear; None where none is connected.

    One whose key cannot be opened any more is an `Unreadable`, which refuses every message for good.
    """
    row = db.session.scalars(select(provider.Gateway).where(provider.Gateway.channel == channel)).one_or_none()
    return None if row is None else open_row(row)


def open_row(row: Any, *, patience: float = PATIENCE) -> Gateway:
    """The gateway that a row describes: an entity, or a row with the same fields. It has `patience` seconds for an answer."""
    settings = current_settings()
    try:
        key = unseal(settings, row.school_id, row.key)
        secret = unseal(settings, row.school_id, row.secret) if row.secret else None
    except CannotOpen:
        return Unreadable()
    return HttpsGateway(row.url, key, secret, row.sender, row.ping_url, settings, patience)


def send_text(batch: Batch) -> Iterator[Result]:
    """One request a person, over one connection; where the gateway is not there, the rest is handed back untried."""
    gateway: Gateway | None = batch.gateway
    if gateway is None:
        yield from (Result(row.id, Event.PERMANENT, None, NO_GATEWAY) for row in batch.people)
        return
    away = ""
    try:
        for row in batch.people:
            if batch.time_left() <= 0:
                return
            if not row.phone or not E164.fullmatch(row.phone):
                result = Result(row.id, Event.PERMANENT, None, NO_NUMBER)
            elif not may_write_to(batch.settings, row.phone):
                result = Result(row.id, Event.WITHHELD, None, "not on UMTHI_MAIL_ALLOW")
            elif away:
                result = Result(row.id, Event.UNTRIED, None, away, provider_fault=True)
            else:
                result = gateway.send(row.id, row.phone, _text(batch, row))
                away = result.answer if result.event is Event.UNTRIED else ""
            yield replace(result, provider=gateway.name)
    finally:
        gateway.close()


def _text(batch: Batch, row: Any) -> str:
    """What a phone shows without being unlocked: the school, what its notification would say, and where to read more."""
    text = batch.texts.get(row.language) or batch.texts[DEFAULT]
    return compose(school=batch.school, title=text.lock_screen, link=batch.link_of(row))
