"""What the console itself brings to 'Needs you now': failed deliveries, ways out in trouble, schools that went quiet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy.orm import Session

from app import clock
from app.domain.providers import SHARED, Way
from app.domain.triage import MOST, Found, Need, Triage
from app.i18n.catalogue import N_
from app.i18n.speech import Speech, speech
from app.models.provider import Condition
from app.web.links import url
from blueprints.operator import queries
from blueprints.operator.queries import GATEWAYS, LETTERS, Waiting

IN_TROUBLE = {"email": N_("Email has a problem"), "push": N_("App notifications have a problem")}


def of_schools(session: Session) -> Found:
    """Schools with failed deliveries (nothing happens to them by itself), with a text gateway in trouble, and quiet ones."""
    rows = queries.waiting(session)
    totals = {row.name: row.total for row in rows}
    urgent = sorted(rows, key=lambda row: (row.name != LETTERS, row.moment))[:MOST]
    voice = speech()
    return Found([_need(voice, row) for row in urgent], sum(totals.values()))


def of_providers(ways: Mapping[str, Way]) -> Found:
    """The ways out of all schools that do not work at the moment. Messages wait, and go when they work again."""
    now = clock.now()
    needs = [
        Need(
            speech().gettext(IN_TROUBLE[name]), way.last_success_at or way.checked_at or now,
            f"{url('platform_health.show')}#providers", detail=speech().gettext(way.why) if way.why else "", icon="plug-zap",
        )
        for name, way in ways.items()
        if name in SHARED and way.condition == Condition.DEGRADED
    ]  # fmt: skip
    return Found(needs, len(needs))


@lru_cache(maxsize=256)  # what waits is asked for again and again
def _need(voice: Speech, row: Waiting) -> Need:
    if row.name == LETTERS:
        sentence = voice.ngettext(
            "%(school)s: %(num)s failed delivery needs review", "%(school)s: %(num)s failed deliveries need review",
            row.number, school=row.school,
        )  # fmt: skip
        to = f"{url('recovery.list_dead')}?school={row.school_id}"
        oldest = voice.gettext("Oldest captured %(moment)s", moment=voice.moment(row.moment))
        return Need(sentence, row.moment, to, is_stuck=True, detail=oldest, icon="mail-x")
    if row.name == GATEWAYS:
        sentence = voice.gettext("%(school)s: the text gateway has a problem", school=row.school)
        worked = voice.gettext("It last took a message %(moment)s", moment=voice.moment(row.moment))
        return Need(sentence, row.moment, url("schools.settings", row.school_id), detail=worked, icon="plug-zap")
    return Need(
        voice.gettext("%(school)s went quiet", school=row.school), row.moment, url("schools.support", row.school_id),
        detail=voice.gettext("No activity since %(date)s", date=voice.date(row.moment)), icon="moon",
    )  # fmt: skip


TRIAGE = (Triage("schools", of_schools),)
