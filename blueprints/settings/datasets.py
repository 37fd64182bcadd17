"""What can be taken out of the settings: how the school is set up, as one row."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, case, cast, func, select

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.school import School
from app.tenancy.scope import current_school_id

YES_NO = {"yes": N_("Yes"), "no": N_("No")}
LANGUAGES = {"en": N_("English"), "af": N_("Afrikaans"), "zu": N_("isiZulu")}


class _Settings(NamedTuple):
    name: str
    language: str
    languages: str
    timezone: str
    close_time: str
    currency: str
    contact_email: str | None
    contact_phone: str | None
    contact_address: str | None
    reply_to: str | None
    quiet_from: str | None
    quiet_until: str | None
    names_on_push: str
    writes_to_students: str
    absence_alerts: str
    alert_minutes: int
    pickup_minutes: int
    lock_days: int
    since: dt.datetime


def _time(column: Any) -> Any:
    return func.to_char(column, "HH24:MI")


def _yes(column: Any) -> Any:
    return case((column, "yes"), else_="no")


_SETTINGS = select(
    School.name, School.language, func.array_to_string(School.languages, ", ").label("languages"),
    cast(School.timezone, Text).label("timezone"), _time(School.close_time).label("close_time"), School.currency,
    School.contact_email, School.contact_phone, School.contact_address, School.reply_to,
    _time(School.quiet_from).label("quiet_from"), _time(School.quiet_until).label("quiet_until"),
    _yes(School.names_on_push).label("names_on_push"), _yes(School.writes_to_students).label("writes_to_students"),
    _yes(School.absence_alerts).label("absence_alerts"), School.alert_minutes, School.pickup_minutes, School.lock_days,
    School.created_at.label("since"),
).where(School.id == bindparam("school"))  # fmt: skip
SETTINGS = Dataset(
    "settings", N_("Settings of the school"), Permission.SETTINGS_MANAGE,
    (
        Column("name", N_("Name")),
        Column("language", N_("Language"), Kind.WORD, LANGUAGES),
        Column("languages", N_("Languages")),
        Column("timezone", N_("Time zone")),
        Column("close_time", N_("School closes at")),
        Column("currency", N_("Currency")),
        Column("contact_email", N_("Email address")),
        Column("contact_phone", N_("Phone number")),
        Column("contact_address", N_("Address")),
        Column("reply_to", N_("Answers go to")),
        Column("quiet_from", N_("Quiet from")),
        Column("quiet_until", N_("Quiet until")),
        Column("names_on_push", N_("Names of learners on lock screens"), Kind.WORD, YES_NO),
        Column("writes_to_students", N_("Writes to learners"), Kind.WORD, YES_NO),
        Column("absence_alerts", N_("Tells families of absences"), Kind.WORD, YES_NO),
        Column("alert_minutes", N_("Minutes until families are told"), Kind.INTEGER),
        Column("pickup_minutes", N_("Minutes until somebody is collected late"), Kind.INTEGER),
        Column("lock_days", N_("Days until a register closes"), Kind.INTEGER),
        Column("since", N_("With Umthi since"), Kind.MOMENT),
    ),
    selected(_SETTINGS, _Settings, values=lambda: {"school": current_school_id()}),
)  # fmt: skip
DATASETS = (SETTINGS,)
