"""How the ways out are: what the last check of each provider found, as pages, commands and monitors tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.i18n.catalogue import N_
from app.models.provider import Condition, Gateway, Provider
from app.tenancy.reading import LookUp, Prepared, reading

SHARED = ("email", "push")  # by all schools
OWN = ("sms", "whatsapp")  # a school's own
#: what a condition is called
WORDS: Mapping[str, str] = {
    Condition.READY: N_("Ready"),
    Condition.NOT_CONFIGURED: N_("Not configured"),
    Condition.DEGRADED: N_("Degraded"),
    Condition.UNPROVEN: N_("Keys made, not proven"),
}
#: what the code of a detail means
DETAILS: Mapping[str, str] = {
    "unchecked": N_("It has not been checked yet."),
    "stopped": N_("It failed too often in a minute and rests. Messages wait and are not lost."),
    # email
    "no_server": N_("This copy of Umthi has no mail server."),
    "server_unreachable": N_("The mail server cannot be reached."),
    "server_certificate": N_("The mail server has no valid certificate."),
    "server_sign_in": N_("The mail server refuses our name or password."),
    "server_refuses": N_("The mail server answers and refuses to talk to us."),
    # push
    "no_keys": N_("This copy of Umthi has no keys for app notifications."),
    "bad_keys": N_("The keys for app notifications cannot be read."),
    "no_receipt": N_("No device has told us yet that a notification arrived."),
    # gateways
    "no_gateway": N_("No gateway is connected."),
    "sealed": N_("Its key cannot be read any more and has to be entered again."),
    "malformed": N_("Its address is not an address."),
    "insecure": N_("Its address must begin with https://."),
    "private": N_("Its address leads into a private network, where we do not go."),
    "unreachable": N_("It cannot be reached."),
    "no_answer": N_("It does not answer."),
    "key_refused": N_("It refuses our key."),
    "bad_answer": N_("Its answer says that something is wrong."),
}


class Way(NamedTuple):
    """A way out. `name` is a channel; `detail` a key of DETAILS, None when there is nothing to add; moments are aware."""

    name: str
    condition: str
    detail: str | None
    checked_at: dt.datetime | None
    last_success_at: dt.datetime | None
    last_failure_at: dt.datetime | None
    open_until: dt.datetime | None

    @property
    def words(self) -> str:
        """The condition in words, to be translated."""
        return WORDS[self.condition]

    @property
    def why(self) -> str:
        """The detail in words, to be translated; empty when there is nothing to add."""
        return DETAILS.get(self.detail or "", "")

    @property
    def is_connected(self) -> bool:
        """Whether there is something behind it at all."""
        return self.condition != Condition.NOT_CONFIGURED or self.detail == "unchecked"

    def as_found(self, now: dt.datetime) -> Way:
        """The same with what is known apart from the check: that nothing has looked yet, or that it rests."""
        if self.open_until and self.open_until > now:
            return self._replace(condition=Condition.DEGRADED, detail="stopped")
        return self if self.checked_at else self._replace(detail="unchecked")


_COLUMNS = ("condition", "detail", "checked_at", "last_success_at", "last_failure_at", "open_until")
_PROVIDERS = select(Provider.name, *(getattr(Provider, name) for name in _COLUMNS)).order_by(Provider.name)
_GATEWAYS = select(Gateway.channel.label("name"), *(getattr(Gateway, name) for name in _COLUMNS))
_SHARED = Prepared(_PROVIDERS, Way)
_OF_PLATFORM = LookUp(_PROVIDERS, Way)
_OWN = Prepared(_GATEWAYS, Way)


def conditions() -> list[Way]:
    """Every way out of the current school: email, push, SMS, WhatsApp."""
    now = clock.now()
    with reading() as cursor:
        found = {way.name: way.as_found(now) for way in (*_SHARED.all(cursor), *_OWN.all(cursor))}
    return [found.get(name) or _missing(name) for name in (*SHARED, *OWN)]


def conditions_of(session: Session, school_id: int) -> list[Way]:
    """Every way out of one school, in a session of the platform: email, push, SMS, WhatsApp."""
    now = clock.now()
    rows = [*session.execute(_PROVIDERS), *session.execute(_GATEWAYS.where(Gateway.school_id == school_id))]
    found = {row.name: Way(*row).as_found(now) for row in rows}
    return [found.get(name) or _missing(name) for name in (*SHARED, *OWN)]


def shared_conditions(session: Session) -> dict[str, Way]:
    """Email and push, in a session of the platform."""
    now = clock.now()
    return {way.name: way.as_found(now) for way in _OF_PLATFORM.rows(session)}


def gateways_in_trouble(session: Session) -> tuple[int, int]:
    """How many gateways schools have connected, and how many of them are degraded; in a session of the platform."""
    degraded = (Gateway.condition == Condition.DEGRADED.value) | (Gateway.open_until > func.now())
    connected, troubled = session.execute(select(func.count(), func.count().filter(degraded)).select_from(Gateway)).one()
    return connected, troubled


def _missing(name: str) -> Way:
    return Way(name, Condition.NOT_CONFIGURED, "no_gateway", None, None, None, None)
