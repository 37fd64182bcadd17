"""What the accounts bring to 'Needs you now': schools past due, questions without an answer, payments that do not
fit, a ledger that does not add up."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ARRAY, Text, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from app import clock
from app.domain import metrics
from app.domain.triage import MOST, Found, Need, Triage
from app.i18n.speech import speech
from app.models.bookkeeping import LedgerProof
from app.models.metric import Metric
from app.models.school import School
from app.tenancy.reading import LookUp
from app.web.links import url
from blueprints.accounts.rollups import ANOMALIES, ESCALATIONS, STATES

PAST_DUE = STATES["past_due"]
LATE = dt.timedelta(days=60)  # past due for so long, reminders are over and a person has to do something


class _Waiting(NamedTuple):
    name: str
    school_id: int
    school: str
    number: int
    since: dt.datetime | None


class _Proof(NamedTuple):
    faults: int
    ended_at: dt.datetime


_OLDEST = LookUp(
    select(Metric.name, School.id.label("school_id"), School.name.label("school"), Metric.number, Metric.moment.label("since"))
    .join(School, School.id == Metric.school_id)
    .where(Metric.name == func.any(bindparam("names", type_=ARRAY(Text))), Metric.number > literal_column("0"))
    .order_by(Metric.moment)
    .limit(literal_column(str(3 * MOST))),
    _Waiting,
)
_PROOF = LookUp(
    select(LedgerProof.faults, LedgerProof.ended_at).order_by(LedgerProof.ended_at.desc()).limit(literal_column("1")), _Proof
)


def look(session: Session) -> Found:
    """A card for each school that is past due, waits for an answer or has payments that do not fit, and one for a ledger that
    does not add up."""
    voice, needs = speech(), list[Need]()
    for proof in _PROOF.rows(session):
        if proof.faults:
            sentence = voice.ngettext(
                "The recount of the ledger found %(num)s fault", "The recount of the ledger found %(num)s faults", proof.faults
            )
            needs.append(Need(sentence, proof.ended_at, url("accounts.show_proofs"), is_stuck=True, icon="scale"))
    counted = metrics.of_platform(session, *CARDS)
    total = len(needs) + sum(number.schools for number in counted.values())
    if wanted := [name for name, number in counted.items() if number.number]:
        needs += [CARDS[row.name](row) for row in _OLDEST.rows(session, names=wanted)]
    return Found(needs[: 3 * MOST], max(total, len(needs)))


def _past_due(row: _Waiting) -> Need:
    voice, since = speech(), row.since or clock.now()
    sentence = voice.gettext("%(school)s is past due with its invoices", school=row.school)
    return Need(sentence, since, url("account_of.show", row.school_id), is_stuck=clock.now() - since >= LATE, icon="wallet")


def _asks(row: _Waiting) -> Need:
    sentence = speech().ngettext(
        "%(school)s asks about %(num)s invoice", "%(school)s asks about %(num)s invoices", row.number, school=row.school
    )
    return Need(sentence, row.since or clock.now(), url("account_of.show", row.school_id), icon="message-circle")


def _does_not_fit(row: _Waiting) -> Need:
    sentence = speech().ngettext(
        "%(school)s has %(num)s payment that does not fit", "%(school)s has %(num)s payments that do not fit", row.number,
        school=row.school,
    )  # fmt: skip
    return Need(sentence, row.since or clock.now(), url("account_of.show", row.school_id), icon="unlink")


#: what a school's number becomes
CARDS = {PAST_DUE: _past_due, ESCALATIONS: _asks, ANOMALIES: _does_not_fit}
TRIAGE = (Triage("accounts", look),)
