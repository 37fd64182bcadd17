"""What the pages of follow-ups call what they find."""

from __future__ import annotations

import re

from app.delivery.states import Event
from app.domain.leads.stages import STAGES
from app.domain.reasons import NO_ANSWER, NOT_AN_ADDRESS, TOO_LONG, WITHHELD, reason_for
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.lead import Stage

#: the stages that a template may speak at
OF_TEMPLATES = {key: words for key, words in STAGES.items() if key != Stage.ARCHIVED}
OCCASIONS = {
    "stage": N_("As soon as a lead comes to a stage"),
    "days": N_("Some days after it came to a stage"),
    "step": N_("On the day of its next step"),
}
#: how somebody can have sent a follow-up themselves
WAYS = {
    "email": N_("By email of my own"),
    "whatsapp": N_("By WhatsApp"),
    "sms": N_("By SMS"),
    "phone": N_("By telephone"),
    "paper": N_("On paper"),
    "other": N_("In another way"),
}
#: why nobody was asked any more
DROPPED = {
    "moved_on": N_("The occasion for it was gone before anybody sent it."),
    "archived": N_("The lead was archived."),
    "merged": N_("The lead was merged into another one, which has the same follow-up."),
    "unsubscribed": N_("They asked for no more messages."),
    "erased": N_("The lead was erased."),
}
_CODE = re.compile(r"(?:given up after \d+ hours: )?([45]\d\d) (.*)", re.DOTALL)


def occasion(kind: str, stage: str | None, days: int) -> str:
    """When a template speaks, in the reader's language."""
    voice = speech()
    of = voice.gettext(STAGES[stage]) if stage else ""
    if kind == "step":
        return voice.gettext("On the day of the next step")
    if kind == "days":
        return voice.ngettext("%(num)s day after: %(stage)s", "%(num)s days after: %(stage)s", days, stage=of)
    return voice.gettext("At once: %(stage)s", stage=of)


def why(error: str | None) -> str:
    """What a mail server's answer, or our own, means for people, in the reader's language; "" without one."""
    return speech().gettext(_why(error)) if error else ""


def _why(error: str) -> str:
    gave_up = error.startswith("given up")
    if error.endswith("not an address"):
        return NOT_AN_ADDRESS
    if error.endswith("not on UMTHI_MAIL_ALLOW"):
        return WITHHELD
    if found := _CODE.match(error):
        code, answer = int(found[1]), found[2]
        if gave_up:
            return TOO_LONG
        return reason_for(Event.PERMANENT if code >= 500 else Event.TEMPORARY, code, answer)
    return NO_ANSWER
