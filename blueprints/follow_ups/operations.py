"""What is done with templates: made, changed, retired, used again. What is done with follow-ups stands in their domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, record
from app.domain.follow_ups import making
from app.domain.follow_ups.places import places_of
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.follow_up import FollowUpTemplate
from app.tenancy.database import db
from app.work.outbox import queue

MAKE = "follow_ups.make"


class TemplateChanged(Exception):
    """Somebody else has saved it since the editor saw it."""

    message = N_("Somebody else has changed this template since you opened it. Compare your text with theirs and save again.")


class TemplateDraft(NamedTuple):
    """A template as somebody wants it: texts by language, none of them empty."""

    name: str
    occasion: str
    stage: str | None
    days: int
    subject: Mapping[str, str]
    body: Mapping[str, str]


def template_for_change(template_id: UUID) -> FollowUpTemplate | None:
    """A template of the school, held until the transaction ends; None for one that is not there."""
    one = select(FollowUpTemplate).where(FollowUpTemplate.id == template_id).with_for_update()
    return db.session.scalars(one.execution_options(populate_existing=True)).one_or_none()


def add_template(draft: TemplateDraft, *, by: Actor) -> FollowUpTemplate:
    """A new template, in use from now on: what comes up from now on makes follow-ups of it."""
    template = FollowUpTemplate(
        name=draft.name, occasion=draft.occasion, stage=draft.stage, days=draft.days, subject=dict(draft.subject),
        body=dict(draft.body), active_at=clock.now(), updated_by=by.name,
    )  # fmt: skip
    db.session.add(template)
    record("follow_ups.add_template", template, label=template.name, by=by, after=_plain(template))
    queue(MAKE, queue="bulk")
    return template


def edit_template(template: FollowUpTemplate, draft: TemplateDraft, *, revision: str, by: Actor) -> bool:
    """Change a held template; False if nothing is different. What waits and was not edited says the new words.

    With another occasion, stage or number of days it speaks for what comes up from now on: see `making.speak_otherwise`.
    Raises TemplateChanged where `revision` is not the one that stands.
    """
    if revision != str(template.revision):
        raise TemplateChanged
    before = _plain(template)
    wanted = draft._asdict() | {"subject": dict(draft.subject), "body": dict(draft.body)}
    if before == wanted:
        return False
    for name, value in wanted.items():
        setattr(template, name, value)
    template.revision += 1
    template.updated_at, template.updated_by = clock.now(), by.name
    if any(before[name] != wanted[name] for name in ("occasion", "stage", "days")):
        making.speak_otherwise(db.session(), template)
    record("follow_ups.edit_template", template, label=template.name, by=by, before=before, after=wanted)
    queue(MAKE, queue="bulk")
    return True


def retire_template(template: FollowUpTemplate, *, by: Actor) -> bool:
    """Make nothing more of a template; what waits stays. False if it is retired."""
    if not template.is_active:
        return False
    template.is_active = False
    record("follow_ups.retire_template", template, label=template.name, by=by, before={"active": True}, after={"active": False})
    return True


def use_template(template: FollowUpTemplate, *, by: Actor) -> bool:
    """Use a retired template again, for what comes up from now on; False if it is in use."""
    if template.is_active:
        return False
    template.is_active, template.active_at = True, clock.now()
    record("follow_ups.use_template", template, label=template.name, by=by, before={"active": False}, after={"active": True})
    queue(MAKE, queue="bulk")
    return True


def warnings(subject: Mapping[str, str], body: Mapping[str, str]) -> Iterator[str]:
    """What is not wrong, but worth a look, in the reader's language: a language without text, a place that only some have."""
    voice = speech()
    written = [code for code in LANGUAGES if subject.get(code) and body.get(code)]
    places = {code: {*places_of(subject[code]), *places_of(body[code])} for code in written}
    for code in LANGUAGES:
        name = voice.gettext(LANGUAGES[code].spoken)
        if code not in written:
            yield voice.gettext("There is no text in %(language)s. People who speak it get another language.", language=name)
            continue
        elsewhere = set().union(*places.values()) - places[code]
        for place in sorted(elsewhere):
            yield voice.gettext(
                "The text in %(language)s does not have %(place)s, which another language has.",
                language=name, place=f"{{{place}}}",
            )  # fmt: skip


def _plain(template: FollowUpTemplate) -> dict[str, object]:
    return {name: getattr(template, name) for name in TemplateDraft._fields}
