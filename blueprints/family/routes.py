"""The addresses of a family: everybody's own children, and one child.

They are about a person, not about one school, so their requests enter none: each school of the person is entered in turn and
left again, and what it says is put beside the others only on the page.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, abort

from app import clock
from app.access.accounts import about_accounts
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.domain.attendance import REASONS
from app.domain.families import RELATIONS
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Speech, speech, speech_for
from app.tenancy.doors import acting_for
from app.web.page import render
from blueprints.family import queries
from blueprints.family.queries import Belonging, Child, Own
from blueprints.family.words import CONSENTS, REPORTS

pages = Blueprint("family", __name__, url_prefix="/family", template_folder="templates")


class AtSchool(NamedTuple):
    """A school of the reader: their children there, what it keeps of the reader, and its clock (`voice`)."""

    here: Belonging
    own: Own
    children: list[Child]
    voice: Speech
    today: dt.date
    is_over: bool


@pages.get("/")
@allow(Permission.FAMILY_VIEW)
def overview() -> str:
    now = clock.now()
    schools = [_at_school(here, now) for here in _belongings()]
    return render("family/overview.html", schools=schools, relations=RELATIONS, languages=LANGUAGES)


@pages.get("/<int:school_id>/<uuid:learner_id>")
@allow(Permission.FAMILY_VIEW)
def child(school_id: int, learner_id: UUID) -> str:
    """A child of the reader's, or the reader; whoever else it names, the answer is that there is no such page."""
    now = clock.now()
    here = next((each for each in _belongings() if each.school_id == school_id), None) or abort(404)
    with acting_for(here.school_id):
        found = queries.child(here, learner_id, now) or abort(404)
        past = queries.past(learner_id, here.today(now), me=here.person_id)
    return render(
        "family/child.html", here=here, child=found, past=past, voice=_voice(here), today=here.today(now),
        is_over=_is_over(here, now), relations=RELATIONS, consents=CONSENTS, reasons=REASONS, states=REPORTS,
    )  # fmt: skip


def _belongings() -> list[Belonging]:
    with about_accounts("family") as session:
        return queries.belongings(session, asking().user_id)


def _at_school(here: Belonging, now: dt.datetime) -> AtSchool:
    with acting_for(here.school_id):
        return AtSchool(
            here, queries.own(here), queries.children(here, now), _voice(here), here.today(now), _is_over(here, now)
        )


def _voice(here: Belonging) -> Speech:
    """The reader's language by the clock of one of their schools."""
    return speech_for(speech().language, str(here.timezone), here.money, here.currency)


def _is_over(here: Belonging, now: dt.datetime) -> bool:
    """Whether close time has come: from then on nobody is presumed to be on site."""
    return now.astimezone(here.timezone).time() >= here.close_time
