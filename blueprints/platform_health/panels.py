"""The panels of the health page: each is read apart, inside the page's crossing, and one that fails fails no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.access.permissions import Permission
from app.access.who import Who
from app.domain.metrics import Number
from app.domain.providers import SHARED, Way, shared_conditions
from app.domain.rates import Rate
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.database import db
from app.web.filters import Asked, asked
from app.web.links import query, url
from app.web.paging import Page, moment
from app.web.panels import HEALTH, Panel
from blueprints.platform_health import queries, schools

#: what the panels are called, also where they failed
TITLES = {
    "deliveries": N_("Deliveries"),
    "providers": N_("Providers"),
    "signals": N_("Other signals"),
    "schools": N_("School health"),
}


class Deliveries(NamedTuple):
    """What the panel of the deliveries shows; `waiting` is None while nobody has counted, `more_reasons` that there are more
    failures than those whose reasons are told. `summary` says in words what the chart shows."""

    last_hour: Rate
    last_day: Rate
    waiting: Number | None
    hours: Sequence[queries.Hour]
    summary: str
    reasons: Sequence[queries.Reason]
    more_reasons: bool


class Providers(NamedTuple):
    """The ways out: the platform's own, and those of schools by text channel."""

    ways: Sequence[Way]
    gateways: dict[str, queries.Gateways]


class Signal(NamedTuple):
    """One number, what it counts in the reader's words, and the page of the events that it counts."""

    icon: str
    words: str
    number: int
    url: str

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.number > queries.MOST


class Schools(NamedTuple):
    """A page of schools, with how many there are by health (and as "" in all); `days` make a school quiet."""

    page: Page[schools.SchoolHealth]
    counts: dict[str, int]
    days: int
    asked: Asked

    @property
    def total(self) -> int:
        return self.counts[""]


def wanted() -> Asked:
    """Which schools the address asks for. 404 for a health or a place that does not exist."""
    return asked(place=(int, moment, str), health=tuple(schools.Health))


def deliveries(_: Who) -> Deliveries:
    """Success of 1 and of 24 hours, the deliveries by hour, why they failed, and what waits for somebody."""
    session = db.session()
    rate, hours = queries.deliveries(session)
    reasons = queries.reasons(session)
    return Deliveries(
        last_hour=rate,
        last_day=Rate(sum(hour.sent for hour in hours), sum(hour.failed for hour in hours)),
        waiting=queries.needing_review(session),
        hours=hours,
        summary=_summary(hours),
        reasons=reasons,
        more_reasons=sum(reason.number for reason in reasons) >= queries.NEWEST,
    )


def providers(_: Who) -> Providers:
    """How the ways out are, as their last checks found them."""
    session = db.session()
    found = shared_conditions(session)
    return Providers([found[name] for name in SHARED], queries.gateways(session))


def signals(_: Who) -> list[Signal]:
    """What else tells how the platform is."""
    found = queries.signals(db.session())
    shown = (
        ("siren", N_("Emergency broadcasts in 24 hours"), found.emergencies, _audit("emergency.send", "1d")),
        ("megaphone", N_("Urgent messages sent in 24 hours"), found.urgent, _audit("notices.send", "1d")),
        ("list-todo", N_("Open school-setup tasks"), found.setups, url("onboarding.list_runs")),
        ("school", N_("Schools in platform"), found.schools, url("schools.list_schools")),
        ("user-x", N_("Failed logins in the last 1 hour"), found.sign_ins, _audit(queries.SIGN_IN_FAILED, "1h")),
        ("shield-x", N_("Attempts that were turned away in 24 hours"), found.turned_away, _audit(queries.TURNED_AWAY, "1d")),
    )
    return [Signal(icon, speech().gettext(words), number, address) for icon, words, number, address in shown]


def _audit(action: str, within: str) -> str:
    """The audit of the platform, narrowed to one action."""
    return f"{url('platform_audit.list_events')}?{query({'action': action, 'within': within})}"


def school_health(_: Who) -> Schools:
    """The schools that the address asks for, the quiet first."""
    filters, days = wanted(), current_settings().quiet_days
    session = db.session()
    counts = schools.counts(session)
    page = schools.page(session, health=filters.chosen["health"], after=filters.after)
    return Schools(page, {"": sum(counts.values())} | counts, days, filters)


def _summary(hours: Sequence[queries.Hour]) -> str:
    voice = speech()
    fullest = max(hours, key=lambda hour: hour.total)
    if not fullest.total:
        return voice.gettext("Nothing was sent since %(moment)s.", moment=voice.moment(hours[0].begins_at))
    return voice.gettext(
        "Deliveries since %(moment)s: %(total)s. Failed: %(failed)s. The most in one hour: %(most)s, from %(time)s on.",
        total=voice.number(sum(hour.total for hour in hours)),
        moment=voice.moment(hours[0].begins_at),
        failed=voice.number(sum(hour.failed for hour in hours)),
        most=voice.number(fullest.total),
        time=voice.time(fullest.begins_at),
    )


_MAY = Permission.PLATFORM_OPERATE
PANELS = (
    Panel("deliveries", _MAY, deliveries, "platform_health/panel_deliveries.html", wide=True, board=HEALTH),
    Panel("providers", _MAY, providers, "platform_health/panel_providers.html", board=HEALTH),
    Panel("signals", _MAY, signals, "platform_health/panel_signals.html", board=HEALTH),
    Panel("schools", _MAY, school_health, "platform_health/panel_schools.html", wide=True, board=HEALTH),
)
