"""The words of a follow-up: what its template, or its editor, says to a lead, with every place filled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from app.domain.follow_ups.places import YOUR_CHILD, fill
from app.domain.follow_ups.settings import Marketing
from app.domain.notices import language_for
from app.extensions import current_settings
from app.i18n.speech import speech_for
from app.models.follow_up import FollowUp, FollowUpTemplate
from app.models.lead import Lead
from app.models.school import School


class Drawn(NamedTuple):
    """A follow-up as it would go out now. `missing`: places for which there is nothing. `is_fallback`: not their language."""

    subject: str
    body: str
    language: str
    missing: tuple[str, ...]
    is_fallback: bool
    email: str | None

    @property
    def seen(self) -> str:
        """What tells this text to this address from any other: whoever approves says what they saw."""
        told = "\0".join((self.email or "", self.subject, self.body))
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def draw_item(item: FollowUp, template: FollowUpTemplate, lead: Lead, school: School, settings: Marketing) -> Drawn:
    """What an item says now: its own words once somebody has edited it, else those of its template."""
    if item.subject is not None and item.body is not None:
        wanted = item.language
        return _drawn(item.subject, item.body, wanted, lead.language, lead, school, settings)
    return draw_template(template.subject, template.body, lead, school, settings)


def draw_template(
    subject: Mapping[str, str], body: Mapping[str, str], lead: Lead, school: School, settings: Marketing
) -> Drawn:  # fmt: skip
    """What a template says to a lead, in their language or the first that it has. Raises ValueError for one without words."""
    language = language_for({code: text for code, text in subject.items() if body.get(code)}, lead.language, school.language)
    return _drawn(subject[language], body[language], language, lead.language, lead, school, settings)


def values_for(lead: Lead, school: School, settings: Marketing, language: str) -> dict[str, str]:
    """What stands in each place for a lead, in a language; "" for what is not known."""
    words = speech_for(language, str(school.timezone), school.money, school.currency)
    return {
        "name": lead.name, "child": lead.child_name or words.gettext(YOUR_CHILD), "grade": lead.child_grade,
        "date": words.date(lead.next_due_on) if lead.next_due_on else "", "step": lead.next_step, "school": school.name,
        "phone": school.contact_phone or "", "sender": signs(school, settings), "form": form_link(school),
    }  # fmt: skip


def signs(school: School, settings: Marketing) -> str:
    """Who signs, and whom a mail is from."""
    return settings.sender_name or school.name


def form_link(school: School) -> str:
    """The whole address of a school's enquiry form."""
    return f"{current_settings().public_url}/s/{school.slug}/lead"


def _drawn(
    subject: str, body: str, language: str, wished: str, lead: Lead, school: School, settings: Marketing
) -> Drawn:  # fmt: skip
    values = values_for(lead, school, settings, language)
    head, text = fill(subject, values), fill(body, values)
    missing = tuple(dict.fromkeys((*head.missing, *text.missing)))
    return Drawn(" ".join(head.text.split()), text.text, language, missing, language != wished, lead.email)
