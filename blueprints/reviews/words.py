"""What a milestone, a state and a reason of reviews are called."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.reasons import WHY_NOT
from app.domain.reviews.milestones import ENROLLED, TERM, YEAR
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from blueprints.reviews.asking import GONE

#: state -> (tone, word): those of the product's vocabulary have other words there
STATES = {
    "asked": ("info", N_("Asked")),
    "new": ("warn", N_("To look at")),
    "shown": ("ok", N_("Shown")),
    "hidden": ("neutral", N_("Not shown")),
    "withdrawn": ("neutral", N_("Taken back")),
}
#: what a number of stars means
RATINGS = {
    5: N_("5: very good"),
    4: N_("4: good"),
    3: N_("3: all right"),
    2: N_("2: not good"),
    1: N_("1: poor"),
}
WHY_UNSENT = {**WHY_NOT, GONE: N_("Has left the school")}


def milestone(key: str, terms: Mapping[str, str]) -> str:
    """After what somebody was asked, in the reader's language; `terms` are the names of the school's terms."""
    kind, _, of = key.partition(":")
    if kind == ENROLLED:
        return speech().gettext("After a whole term at the school")
    if kind == TERM:
        return speech().gettext("End of %(term)s", term=terms.get(key) or of)
    assert kind == YEAR
    return speech().gettext("Asked by hand, %(year)s", year=of)


def stars(rating: int) -> str:
    """A rating in signs, for the eye: whoever hears the page is told the number."""
    return "★" * rating + "☆" * (5 - rating)
