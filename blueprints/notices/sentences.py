"""What the pages of notices say in sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection

from app import clock
from app.domain.notices import state_of
from app.domain.reach import TEXT_CHANNELS, Reach
from app.domain.reasons import NAMES
from app.i18n.catalogue import N_
from app.i18n.speech import Speech, speech
from app.models.notice import Notice
from blueprints.notices import queries
from blueprints.notices.operations import NoticeError, OnItsWay

UNCONNECTED = N_("%(channel)s is not connected: this goes by app notification or email instead.")
TESTS = {
    "email": N_("A test message is on its way to %(address)s."),
    "push": N_("A test message is on its way to you, as an app notification."),
    "sms": N_("A test message is on its way to you, by SMS."),
    "whatsapp": N_("A test message is on its way to you, by WhatsApp."),
}


def reach_hints(found: queries.HowFar, channel: str | None) -> dict[str, str]:
    """For each audience: how many a notice is for, how it reaches them, and how many nothing reaches."""
    words = speech()
    of_class = words.gettext("The learners of one class, their parents and guardians, and its teachers.")
    return {"class": of_class} | {audience: _hint(words, reach, channel) for audience, reach in found.reach.items()}


def channel_hints(connected: Collection[str]) -> dict[str, str]:
    """For each text channel: whether the school has connected it, and what happens if not."""
    words = speech()
    hints = {each: words.gettext(UNCONNECTED, channel=NAMES[each]) for each in TEXT_CHANNELS if each not in connected}
    ready = N_("To those with a phone number; the others get an app notification or email.")
    return {each: words.gettext(ready) for each in connected} | hints


def not_connected(channel: str | None, connected: Collection[str]) -> str:
    """That a notice cannot go the way that was asked for; "" when it can."""
    return speech().gettext(UNCONNECTED, channel=NAMES[channel]) if channel and channel not in connected else ""


def test_sent(test: OnItsWay) -> str:
    """By which channel a test goes to the one who asked for it, and when."""
    words = speech()
    went = [words.gettext(TESTS[test.channel], address=test.address)]
    if test.waits_until:
        went.append(words.gettext("It is quiet hours: it goes out on %(moment)s.", moment=words.moment(test.waits_until)))
    return " ".join(went)


def scheduled(notice: Notice) -> str:
    """When a new notice goes out."""
    return _goes_out(
        notice,
        later=N_("Notice scheduled. It goes out on %(date)s at %(time)s."),
        at_once=N_("Notice scheduled. It is going out now."),
    )


def saved(notice: Notice, *, changed: bool) -> str:
    """What an edit did, and what it did not do."""
    if not changed:
        return speech().gettext("Nothing was changed.")
    if notice.message_id:
        return speech().gettext("Saved. The page and the dashboards show it from now on. What was mailed stays as it was.")
    return _goes_out(notice, later=N_("Saved. It goes out on %(date)s at %(time)s."), at_once=N_("Saved. It is going out now."))


def in_words(fault: NoticeError) -> str:
    """Why something was not done."""
    return speech().gettext(fault.message)


def _goes_out(notice: Notice, *, later: str, at_once: str) -> str:
    state, words = state_of(notice, clock.now()), speech()
    if state == "coming":
        return words.gettext(later, date=words.date(notice.starts_at), time=words.time(notice.starts_at))
    if state == "active":
        return words.gettext(at_once)
    return words.gettext("Saved. It is already over, so nobody is mailed.")


def _hint(words: Speech, reach: Reach, channel: str | None) -> str:
    parts = [words.ngettext("For %(num)s person.", "For %(num)s people.", reach.people)]
    if channel and reach.text:
        name = NAMES[channel]
        parts.append(
            words.ngettext(
                "%(num)s of them gets it by %(channel)s.", "%(num)s of them get it by %(channel)s.", reach.text, channel=name
            )
        )
    if reach.push:
        parts.append(
            words.ngettext(
                "%(num)s of them gets it as an app notification.", "%(num)s of them get it as app notifications.", reach.push
            )
        )
    if reach.email:
        parts.append(words.ngettext("%(num)s of them gets it by email.", "%(num)s of them get it by email.", reach.email))
    if reach.without:
        parts.append(
            words.ngettext(
                "%(num)s of them cannot be reached and sees it after signing in.",
                "%(num)s of them cannot be reached and see it after signing in.",
                reach.without,
            )
        )
    if reach.young:
        parts.append(
            words.ngettext(
                "%(num)s learner has no address, so only the parent or guardian is written to.",
                "%(num)s learners have no address, so only their parents or guardians are written to.",
                reach.young,
            )
        )
    return " ".join(parts)
