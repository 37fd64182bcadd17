"""What can be done to a school's settings: change how it writes, connect a gateway, try it out, check the providers."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select, update

from app.access import throttle
from app.access.accounts import about_accounts
from app.audit.record import Actor, record
from app.delivery import breaker, readiness, texting
from app.delivery.gateways import fill
from app.delivery.outward import Forbidden, place_of
from app.delivery.sealing import CannotOpen, seal, unseal
from app.delivery.segments import compose
from app.delivery.sender import may_write_to
from app.delivery.states import Event, Result
from app.domain.phones import E164
from app.domain.reasons import WITHHELD
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.ids import uuid7
from app.models.delivery import Delivery
from app.models.outbox import Outbox
from app.models.provider import Condition, Gateway
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.doors import outside
from app.tenancy.scope import current_school_id
from app.work.outbox import wake
from blueprints.settings import queries
from blueprints.settings.queries import Connected, Contacting

CALLED = {"sms": "SMS", "whatsapp": "WhatsApp"}  # in every language
PATIENCE = 2.0  # seconds: somebody waits for the page, and whoever comes after them


class CannotTest(Exception):
    """Why no test can be sent; `message` is for people, marked with N_."""

    message = ""


class NoGateway(CannotTest):
    """There is none any more."""

    message = N_("No gateway is connected.")


class NoNumber(CannotTest):
    """The school keeps no number of the person that a gateway takes."""

    message = N_("The school has no phone number of yours that works, so no test can be sent to you.")


class NotAllowed(CannotTest):
    """This copy of Umthi writes to test addresses only."""

    message = WITHHELD


class KeyNeeded(Exception):
    """The gateway was changed meanwhile: its key would go to another host than the one that it is for, or there is none."""


class GatewayDraft(NamedTuple):
    """What a form says of a gateway. `key` and `secret` None keep what there is; a `secret` of "" ends the signing."""

    url: str
    key: str | None
    secret: str | None
    sender: str | None
    ping_url: str | None


def change_contacting(wanted: Contacting, *, by: Actor) -> bool:
    """Store when and how the school writes to people; False when nothing is different."""
    school = db.session.scalars(select(School).where(School.id == current_school_id()).with_for_update()).one()
    before = {name: getattr(school, name) for name in Contacting._fields}
    after = wanted._asdict()
    if before == after:
        return False
    for name, value in after.items():
        setattr(school, name, value)
    record("settings.change", None, label=school.name, before=before, after=after, by=by)
    return True


def connect_gateway(channel: str, draft: GatewayDraft, *, by: Actor) -> bool:
    """Let the school's messages on a channel go by a gateway, or change the one that there is; True for a new one.

    It is checked soon, and whatever stopped the one before holds no longer. Raises KeyNeeded.
    """
    settings, school_id = current_settings(), current_school_id()
    gateway = _held(channel)
    if draft.key is None and key_is_needed(gateway, url=draft.url, ping_url=draft.ping_url):
        raise KeyNeeded
    before = _facts(gateway) if gateway else {}
    is_new = gateway is None
    if gateway is None:
        gateway = Gateway(channel=channel)
        db.session.add(gateway)
    gateway.url, gateway.sender, gateway.ping_url = draft.url, draft.sender, draft.ping_url
    if draft.key is not None:
        gateway.key = seal(settings, school_id, draft.key)
    if draft.secret is not None:
        gateway.secret = seal(settings, school_id, draft.secret) if draft.secret else None
    gateway.condition, gateway.detail, gateway.checked_at = Condition.NOT_CONFIGURED, None, None
    gateway.errors, gateway.open_until, gateway.told_at = 0, None, None
    db.session.flush()  # before its check is queued
    after = _facts(gateway) | ({"new_key": True} if draft.key and not is_new else {})
    record("settings.connect_gateway", gateway, label=CALLED[channel], before=before, after=after, by=by)
    readiness.check_soon()
    return is_new


def disconnect_gateway(channel: str, *, by: Actor) -> bool:
    """Let messages on a channel go by app notification and email again, those that wait at once; False without a gateway."""
    gateway = _held(channel)
    if gateway is None:
        return False
    record("settings.disconnect_gateway", gateway, label=CALLED[channel], before=_facts(gateway), by=by)
    db.session.delete(gateway)
    waiting = select(Delivery.batch_id).where(Delivery.channel == channel, Delivery.ended_at.is_(None))
    free = update(Outbox).where(Outbox.id.in_(waiting), Outbox.done_at.is_(None), Outbox.leased.is_(False))
    db.session.execute(free.values(due_at=func.now()), execution_options={"synchronize_session": False})
    wake()
    return True


def check_providers(*, label: str, by: Actor) -> None:
    """Let a worker look at every provider of the school now."""
    readiness.check_soon()
    record("settings.check_providers", None, label=label, by=by)


def send_test(channel: str, *, person_id: UUID, school: str, address: str, by: Actor) -> Result:
    """Hand one message for the person's own number to the gateway and wait for its answer.

    `address` is the visitor's. Raises CannotTest, and TooManyTries when the school has tried too often.
    """
    settings, row = current_settings(), queries.gateway(channel)
    if row is None:
        raise NoGateway
    phone = queries.phone_of(person_id)
    if not phone or not E164.fullmatch(phone):
        raise NoNumber
    if not may_write_to(settings, phone):
        raise NotAllowed
    school_id = current_school_id()
    with outside(), about_accounts("gateway test") as session:
        throttle.count_try(session, throttle.GATEWAY_TEST, account=str(school_id), address=address)
    title = speech().gettext("This is a test of %(channel)s.", channel=CALLED[channel])
    gateway = texting.open_row(row, patience=PATIENCE)  # no transaction is open while it is asked
    try:
        result = gateway.send(uuid7(), phone, compose(school=school, title=title, link=settings.public_url))
    finally:
        gateway.close()
    taken = result.event is Event.ACCEPTED
    breaker.note(channel, faults=int(result.provider_fault), successes=int(taken))
    told = {"taken": taken, "code": result.code}
    record("settings.test_gateway", _held(channel), label=CALLED[channel], after=told, by=by)
    return result


def key_is_needed(row: Connected | Gateway | None, *, url: str, ping_url: str | None) -> bool:
    """Whether the key must be typed: for a new gateway, for one whose key cannot be opened any more, and for addresses on
    another host than before, to which the stored one would otherwise be handed. Raises Forbidden for a bad address."""
    if row is None or not is_readable(row):
        return True
    wanted = _hosts(url, ping_url)
    try:
        return not wanted <= _hosts(row.url, row.ping_url)
    except Forbidden:  # it was allowed where it was stored
        return True


def is_readable(row: Connected | Gateway) -> bool:
    """Whether the key and the secret of a gateway can be opened."""
    try:
        for sealed in filter(None, (row.key, row.secret)):
            unseal(current_settings(), row.school_id, sealed)
    except CannotOpen:
        return False
    return True


def _held(channel: str) -> Gateway | None:
    return db.session.scalars(select(Gateway).where(Gateway.channel == channel).with_for_update()).one_or_none()


def _hosts(*urls: str | None) -> set[tuple[str, str, int]]:
    """Where requests with the key go."""
    return {place_of(fill(url, to="", sender=""), current_settings())[:3] for url in urls if url}


def _facts(gateway: Gateway) -> dict[str, object]:
    """What the audit keeps: no key, no secret, and of an address nothing behind its ?, where people put keys too."""
    parts = urlsplit(gateway.url)
    return {
        "address": f"{parts.scheme}://{parts.netloc}{parts.path}", "sender": gateway.sender,
        "is_signed": gateway.secret is not None, "is_pinged": gateway.ping_url is not None,
    }  # fmt: skip
