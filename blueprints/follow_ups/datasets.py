"""What can be taken out of follow-ups: what was or will be written to whom, and the templates."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import and_, case, literal, select

from app import clock
from app.access.permissions import Permission
from app.domain.leads.stages import STAGES
from app.exports.dataset import Column, Dataset, Kind
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.models.follow_up import FollowUp, FollowUpTemplate
from app.models.lead import Lead
from app.web.badges import STATES
from blueprints.follow_ups.queries import STANDING, STANDINGS
from blueprints.follow_ups.words import DROPPED, OCCASIONS, WAYS


class _FollowUp(NamedTuple):
    made: dt.datetime
    lead: str
    child: str
    template: str
    revision: int
    language: str
    standing: str
    due: dt.datetime
    approved: dt.datetime | None
    approved_by: str | None
    sent: dt.datetime | None
    way: str | None
    email: str | None
    subject: str | None
    text: str | None
    dropped: str | None
    reason: str | None


class _Template(NamedTuple):
    name: str
    occasion: str
    stage: str | None
    days: int
    state: str
    revision: int
    subject_en: str | None
    body_en: str | None
    subject_af: str | None
    body_af: str | None
    subject_zu: str | None
    body_zu: str | None
    changed: dt.datetime
    changed_by: str


_FOLLOW_UPS = (
    select(
        FollowUp.created_at.label("made"), Lead.name.label("lead"), Lead.child_name.label("child"),
        FollowUpTemplate.name.label("template"), FollowUp.revision, FollowUp.language, STANDING.label("standing"),
        FollowUp.due_at.label("due"), FollowUp.approved_at.label("approved"), FollowUp.approved_by,
        FollowUp.sent_at.label("sent"), FollowUp.way, FollowUp.email, FollowUp.subject, FollowUp.body.label("text"),
        FollowUp.dropped, FollowUp.reason,
    )
    .join(Lead, and_(Lead.school_id == FollowUp.school_id, Lead.id == FollowUp.lead_id))
    .join(
        FollowUpTemplate,
        and_(FollowUpTemplate.school_id == FollowUp.school_id, FollowUpTemplate.id == FollowUp.template_id),
    )
    .order_by(FollowUp.id.desc())
)  # fmt: skip
_TEMPLATES = select(
    FollowUpTemplate.name, FollowUpTemplate.occasion, FollowUpTemplate.stage, FollowUpTemplate.days,
    case((FollowUpTemplate.is_active, literal("active")), else_=literal("retired")).label("state"), FollowUpTemplate.revision,
    *(
        column[code].astext.label(f"{name}_{code}")
        for code in LANGUAGES
        for name, column in (("subject", FollowUpTemplate.subject), ("body", FollowUpTemplate.body))
    ),
    FollowUpTemplate.updated_at.label("changed"), FollowUpTemplate.updated_by.label("changed_by"),
).order_by(FollowUpTemplate.id)  # fmt: skip
_LANGUAGES = {code: language.spoken for code, language in LANGUAGES.items()}
FOLLOW_UPS = Dataset(
    "follow_ups", N_("Follow-ups"), Permission.MARKETING_MANAGE,
    (
        Column("made", N_("Made"), Kind.MOMENT), Column("lead", N_("Who asked")), Column("child", N_("Name of the child")),
        Column("template", N_("Template")), Column("revision", N_("Version"), Kind.INTEGER),
        Column("language", N_("Language"), Kind.WORD, _LANGUAGES),
        Column("standing", N_("State"), Kind.WORD, {key: STATES[key][1] for key in STANDINGS}),
        Column("due", N_("Due"), Kind.MOMENT), Column("approved", N_("Approved"), Kind.MOMENT),
        Column("approved_by", N_("Approved by")), Column("sent", N_("Sent"), Kind.MOMENT),
        Column("way", N_("How"), Kind.WORD, WAYS), Column("email", N_("Email address")), Column("subject", N_("Subject")),
        Column("text", N_("Text")), Column("dropped", N_("Why it was dropped"), Kind.WORD, DROPPED),
        Column("reason", N_("Reason")),
    ),
    selected(_FOLLOW_UPS, _FollowUp, values=lambda: {"now": clock.now()}), is_guarded=True,
)  # fmt: skip
TEMPLATES = Dataset(
    "follow_up_templates", N_("Templates of follow-ups"), Permission.MARKETING_MANAGE,
    (
        Column("name", N_("Name")), Column("occasion", N_("When it is made"), Kind.WORD, OCCASIONS),
        Column("stage", N_("Stage"), Kind.WORD, STAGES), Column("days", N_("Days after"), Kind.INTEGER),
        Column("state", N_("State"), Kind.WORD, {key: STATES[key][1] for key in ("active", "retired")}),
        Column("revision", N_("Version"), Kind.INTEGER),
        Column("subject_en", N_("Subject in English")), Column("body_en", N_("Text in English")),
        Column("subject_af", N_("Subject in Afrikaans")), Column("body_af", N_("Text in Afrikaans")),
        Column("subject_zu", N_("Subject in isiZulu")), Column("body_zu", N_("Text in isiZulu")),
        Column("changed", N_("Changed"), Kind.MOMENT), Column("changed_by", N_("Changed by")),
    ),
    selected(_TEMPLATES, _Template),
)  # fmt: skip
DATASETS = (FOLLOW_UPS, TEMPLATES)
