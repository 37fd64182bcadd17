"""What the inbox brings to 'Needs you now': events that failed, and customers whom nobody has tied to a school."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.triage import MOST, Found, Need, Triage
from app.domain.webhooks import health
from app.i18n.speech import speech
from app.web.links import url


def look(session: Session) -> Found:
    """A card for each school with events that failed, and one for those that are nobody's yet."""
    inbox, voice = health.of_platform(session), speech()
    needs = []
    if inbox.failed:
        for row in health.failed(session, MOST):
            sentence = (
                voice.ngettext(
                    "%(school)s: %(num)s webhook event failed", "%(school)s: %(num)s webhook events failed", row.number,
                    school=row.school,
                )
                if row.school
                else voice.ngettext("%(num)s webhook event failed", "%(num)s webhook events failed", row.number)
            )  # fmt: skip
            to = f"{url('webhooks.list_events')}?state=failed" + (f"&school={row.school_id}" if row.school_id else "")
            oldest = voice.gettext("The oldest came %(moment)s", moment=voice.moment(row.since))
            needs.append(Need(sentence, row.since, to, is_stuck=True, detail=oldest, icon="webhook"))
    if inbox.unknown_since:
        sentence = voice.ngettext(
            "%(num)s webhook event names a customer who is tied to no school",
            "%(num)s webhook events name customers who are tied to no school", inbox.unknown,
        )  # fmt: skip
        needs.append(Need(sentence, inbox.unknown_since, url("webhook_customers.list_customers"), icon="user-search"))
    return Found(needs[:MOST], len(needs))


TRIAGE = (Triage("webhooks", look),)
