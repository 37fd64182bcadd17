"""What can be exported about the form: its texts of consent, and what it did not take, by day and reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from psycopg import Cursor
from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.leads.bots import REASONS
from app.exports.dataset import Column, Dataset, Kind, Row, Selected
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.models.lead import Lead
from app.models.lead_form import LeadConsentText, LeadFormRefusal
from app.tenancy.reading import Prepared


class _Refusal(NamedTuple):
    on_date: dt.date
    reason: str
    number: int


class _Text(NamedTuple):
    version: int
    texts: dict[str, str]
    published_at: dt.datetime
    by_name: str
    said: int


_REFUSALS: Selected = selected(
    select(LeadFormRefusal.on_date, LeadFormRefusal.reason, LeadFormRefusal.number).order_by(
        LeadFormRefusal.on_date, LeadFormRefusal.reason
    ),
    _Refusal,
)
_TEXTS = Prepared(
    select(
        LeadConsentText.version, LeadConsentText.texts, LeadConsentText.published_at, LeadConsentText.by_name,
        func.count(Lead.id).label("said"),
    )
    .outerjoin(Lead, (Lead.school_id == LeadConsentText.school_id) & (Lead.consent_text_id == LeadConsentText.id))
    .group_by(LeadConsentText.school_id, LeadConsentText.id)
    .order_by(LeadConsentText.version),
    _Text,
)  # fmt: skip


def _texts(cursor: Cursor[Any], _filters: Mapping[str, Any]) -> Iterator[Row]:
    for row in _TEXTS.all(cursor):
        yield (row.version, *(row.texts.get(code, "") for code in LANGUAGES), row.published_at, row.by_name, row.said)


DATASETS = (
    Dataset(
        "lead_form_refusals",
        N_("Enquiries that the form did not take"),
        Permission.MARKETING_MANAGE,
        (
            Column("on_date", N_("Day"), Kind.DAY),
            Column("reason", N_("Reason"), Kind.WORD, REASONS),
            Column("number", N_("Number"), Kind.INTEGER),
        ),
        _REFUSALS,
    ),
    Dataset(
        "lead_consent_texts",
        N_("Texts of consent of the enquiry form"),
        Permission.MARKETING_MANAGE,
        (
            Column("version", N_("Version"), Kind.INTEGER),
            *(Column(f"text_{code}", language.spoken) for code, language in LANGUAGES.items()),
            Column("published_at", N_("Published"), Kind.MOMENT),
            Column("by_name", N_("By")),
            Column("said", N_("Leads who said yes to it"), Kind.INTEGER),
        ),
        _texts,
    ),
)
