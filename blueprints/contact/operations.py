"""What a person decides of how a school reaches them. Each acts for the current school."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app import clock
from app.audit.record import Actor, Target, record
from app.domain.closing import acting_if_open
from app.domain.user_agents import Device, stored
from app.i18n.catalogue import N_
from app.models.contact import ContactPreference, PushSubscription
from app.models.delivery import Channel
from app.models.person import Person
from app.models.provider import Provider
from app.tenancy.database import db
from app.tenancy.doors import acting_for
from blueprints.contact.queries import Leaver
from blueprints.contact.subscriptions import Refused, Subscription

MOST_DEVICES = 10
#: a device that speaks for itself, with nobody signed in
ITSELF = Actor("system", None, "")


class Choice(NamedTuple):
    """Notifications before email, and the person's own quiet hours."""

    push: bool
    quiet_from: dt.time | None
    quiet_until: dt.time | None


#: what holds for who has chosen nothing
AT_FIRST = Choice(True, None, None)


class NotTheirs(Exception):
    """A device that the person does not have at this school."""


class TooManyDevices(Refused):
    """The person has as many devices as one may have."""

    message = N_("You have 10 devices here already. Remove one of them first.")


def choose(person_id: UUID, choice: Choice) -> None:
    """Store how a person is reached from now on."""
    held = _held(person_id)
    before = Choice(held.push, held.quiet_from, held.quiet_until) if held else AT_FIRST
    if before == choice:
        return
    held = held or _made(person_id)
    held.push, held.quiet_from, held.quiet_until = choice
    record("contact.choose", Target("person", person_id), label=_name(person_id), before=_plain(before), after=_plain(choice))


def unsubscribe(person_id: UUID, *, by: Actor | None = None) -> None:
    """End email from this school, but for what is urgent. A second time changes nothing."""
    held = _held(person_id)
    if held is None or held.unsubscribed_at is None:
        (held or _made(person_id)).unsubscribed_at = clock.now()
        record("contact.unsubscribe", Target("person", person_id), label=_name(person_id), by=by)


def resubscribe(person_id: UUID, *, by: Actor | None = None) -> None:
    """Begin email again. A second time changes nothing."""
    held = _held(person_id)
    if held and held.unsubscribed_at is not None:
        held.unsubscribed_at = None
        record("contact.resubscribe", Target("person", person_id), label=_name(person_id), by=by)


def leave(person: Leaver) -> None:
    """The same by the link of a mail, which enters the school itself: the person's own act, proven by the link."""
    with acting_for(person.school_id) as session:
        unsubscribe(person.person_id, by=_by_link(person))
        session.commit()


def come_back(person: Leaver) -> None:
    """Take it back, by the same link. Raises SchoolClosed."""
    with acting_if_open(person.school_id) as session:
        resubscribe(person.person_id, by=_by_link(person))
        session.commit()


def subscribe_device(person_id: UUID, subscription: Subscription, device: Device) -> UUID:
    """Let a browser show what the school has for this person, and nobody else's; returns the subscription's id.

    Raises TooManyDevices.
    """
    # Held, so that two tabs do not both find room for the last device.
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    others = select(func.count(PushSubscription.id)).where(
        PushSubscription.person_id == person_id, PushSubscription.endpoint != subscription.endpoint
    )
    if (db.session.scalar(others) or 0) >= MOST_DEVICES:
        raise TooManyDevices
    # Somebody else's row ends with its id: the tokens made for it must not lead to the new owner's.
    theirs = delete(PushSubscription).where(
        PushSubscription.endpoint == subscription.endpoint, PushSubscription.person_id != person_id
    )
    db.session.execute(theirs, execution_options={"synchronize_session": False})
    values: dict[str, Any] = {"person_id": person_id, "device": str(device), **subscription._asdict()}
    stored_id: UUID = db.session.execute(
        insert(PushSubscription)
        .values(**values)
        .on_conflict_do_update(constraint="push_subscription_once", set_=values)
        .returning(PushSubscription.id)
    ).scalar_one()
    record("contact.subscribe_device", Target("push_subscription", stored_id), label=_spoken(device))
    return stored_id


def remove_device(person_id: UUID, device_id: UUID) -> None:
    """Forget a device. Raises NotTheirs."""
    gone = db.session.scalar(
        delete(PushSubscription)
        .where(PushSubscription.id == device_id, PushSubscription.person_id == person_id)
        .returning(PushSubscription.device)
    )
    if gone is None:
        raise NotTheirs
    record("contact.remove_device", Target("push_subscription", device_id), label=_spoken(stored(gone)))


def renew_device(device_id: UUID, subscription: Subscription) -> None:
    """Give a device its new address. One that was removed meanwhile stays so."""
    held = db.session.scalar(select(PushSubscription).where(PushSubscription.id == device_id).with_for_update())
    if held is None or (held.endpoint, held.key_id) == (subscription.endpoint, subscription.key_id):
        return
    # Where the browser has told us its new address as a new device already, this row takes its place; never somebody else's.
    at = PushSubscription.endpoint == subscription.endpoint
    twin = db.session.scalar(select(PushSubscription).where(at, PushSubscription.id != device_id).with_for_update())
    if twin is not None:
        if twin.person_id != held.person_id:
            return
        db.session.delete(twin)
        db.session.flush()
    held.endpoint, held.p256dh, held.auth, held.key_id = subscription
    record("contact.renew_device", Target("push_subscription", device_id), label=_spoken(stored(held.device)), by=ITSELF)


def note_receipt(school_id: int) -> None:
    """Remember when a device first said that a notification came: push is proven in this environment. Raises SchoolClosed."""
    with acting_if_open(school_id) as session:
        first = update(Provider).where(Provider.name == Channel.PUSH, Provider.proven_at.is_(None))
        proven = session.execute(
            first.values(proven_at=func.now()).returning(Provider.name), execution_options={"synchronize_session": False}
        ).scalar_one_or_none()
        if proven:
            record("contact.prove_push", Target("provider", proven), label=proven, by=ITSELF)
            session.commit()


def _by_link(person: Leaver) -> Actor:
    return Actor("visitor", None, person.name)


def _held(person_id: UUID) -> ContactPreference | None:
    """The person's row, if there is one, held until the transaction ends."""
    of_person = select(ContactPreference).where(ContactPreference.person_id == person_id)
    return db.session.scalars(of_person.with_for_update()).one_or_none()


def _made(person_id: UUID) -> ContactPreference:
    """A row for who had none; a mail program that asks at the same moment may have made it first."""
    made = insert(ContactPreference).values(person_id=person_id)
    db.session.execute(made.on_conflict_do_nothing(constraint="contact_preference_of_person"))
    held = _held(person_id)
    assert held is not None
    return held


def _name(person_id: UUID) -> str:
    return db.session.scalars(select(Person.name).where(Person.id == person_id)).one()


def _spoken(device: Device) -> str:
    return " ".join(filter(None, device))


def _plain(choice: Choice) -> dict[str, object]:
    """A choice as the audit keeps it."""
    return {name: f"{value:%H:%M}" if isinstance(value, dt.time) else value for name, value in choice._asdict().items()}
