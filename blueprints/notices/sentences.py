"""What the pages of notices say in sentences, in the reader's language."""

from __future__ import annotations

from app import clock
from app.domain.notices import state_of
from app.domain.people import Reach
from app.i18n.catalogue import N_
from app.i18n.speech import Speech, speech
from app.models.notice import Notice
from blueprints.notices import queries
from blueprints.notices.operations import NoticeError


def reach_hints() -> dict[str, str]:
    """For each audience: how many a notice is for, and how many no mail reaches."""
    words = speech()
    return {audience: _hint(words, reach) for audience, reach in queries.how_far().items()}


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


def _hint(words: Speech, reach: Reach) -> str:
    parts = [words.ngettext("For %(num)s person.", "For %(num)s people.", reach.people)]
    if reach.without:
        parts.append(
            words.ngettext(
                "%(num)s of them has no working address and sees it after signing in.",
                "%(num)s of them have no working address and see it after signing in.",
                reach.without,
            )
        )
    if reach.learners:
        parts.append(
            words.ngettext(
                "%(num)s learner has no address, so only the parent or guardian is mailed.",
                "%(num)s learners have no address, so only their parents or guardians are mailed.",
                reach.learners,
            )
        )
    return " ".join(parts)
