"""The form by which strangers ask a school: what it asks and says, texts of consent, what it refused, how fast it is sent."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Text, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant


class LeadForm(Tenant, Model):
    """One a school. `fields` says of each field whether it is asked (`off`, `optional`, `required`), `wordings` by language
    what the form says (`title`, `intro`, `button`, `thanks`; what is missing is said in the product's words).

    `origins` are the sites that may show it beside the school's own; `per_address` how many enquiries one network address may
    send in a quarter of an hour; `min_seconds` how long nobody who reads can be faster than. While `telling`, a mail about new
    enquiries is on its way; `told_at` is when the last one went.
    """

    __tablename__ = "lead_form"
    is_open: Mapped[bool] = mapped_column(default=False, server_default=false())
    fields: Mapped[dict[str, str]] = mapped_column(JSONB)
    wordings: Mapped[dict[str, dict[str, str]]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    per_address: Mapped[int] = mapped_column(default=20, server_default=text("20"))
    min_seconds: Mapped[int] = mapped_column(default=3, server_default=text("3"))
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    telling: Mapped[bool] = mapped_column(default=False, server_default=false())
    told_at: Mapped[dt.datetime | None]
    __table_args__ = (
        UniqueConstraint("school_id", name="lead_form_once"),
        CheckConstraint("per_address BETWEEN 1 AND 1000", name="lead_form_per_address"),
        CheckConstraint("min_seconds BETWEEN 0 AND 30", name="lead_form_min_seconds"),
    )


class LeadConsentText(Tenant, Model):
    """What people say yes to when they send the form, in each language. Never changed: a new version has a new number."""

    __tablename__ = "lead_consent_text"
    version: Mapped[int]
    texts: Mapped[dict[str, str]] = mapped_column(JSONB)
    by_name: Mapped[str]
    published_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        UniqueConstraint("school_id", "version", name="lead_consent_text_version"),
        CheckConstraint("version > 0", name="lead_consent_text_from_one"),
    )


class LeadFormRefusal(Tenant, Model):
    """How many posts of the form were not taken on a day (by the school's clock), by reason; nothing of them is kept."""

    __tablename__ = "lead_form_refusal"
    on_date: Mapped[dt.date]
    reason: Mapped[str]
    number: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    __table_args__ = (UniqueConstraint("school_id", "on_date", "reason", name="lead_form_refusal_once"),)


class LeadFormPace(Tenant, Model):
    """How many enquiries came from one network address (`who`, a keyed hash) since the quarter of an hour began; kept a day."""

    __tablename__ = "lead_form_pace"
    who: Mapped[str]
    since: Mapped[dt.datetime]
    number: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    __table_args__ = (UniqueConstraint("school_id", "who", "since", name="lead_form_pace_once"),)
