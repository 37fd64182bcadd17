"""For what a school asks consent, and the text it begins with: the school may publish its own, in a new version."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from app.i18n.catalogue import N_, catalogue
from app.i18n.languages import LANGUAGES


class Purpose(StrEnum):
    """What a consent is for."""

    PHOTO = "photo"
    MARKETING = "marketing"
    SHARING = "sharing"
    ONLINE = "online"


class Words(NamedTuple):
    """What a purpose is called, and what people agree to."""

    label: str
    text: str


PURPOSES = {
    Purpose.PHOTO.value: Words(
        N_("Photos and videos"),
        N_(
            "The school may take photos and videos of the learner at school and at its events, and show them in its "
            "newsletter, on its website and on its social media pages. The learner’s full name is not shown with a picture."
        ),
    ),
    Purpose.MARKETING.value: Words(
        N_("News and offers"),
        N_(
            "The school may write to the family about things that are not part of schooling, such as fund-raising, holiday "
            "clubs and offers of its sponsors."
        ),
    ),
    Purpose.SHARING.value: Words(
        N_("Sharing with partners"),
        N_(
            "The school may give the learner’s name, class and date of birth to partners who need them for sport, outings and "
            "competitions. Nothing is sold, and partners may not use it for anything else."
        ),
    ),
    Purpose.ONLINE.value: Words(
        N_("Online learning services"),
        N_("The school may open accounts for the learner with online learning services, with the learner’s name and class."),
    ),
}


def beginning(purpose: str) -> dict[str, str]:
    """The text of a purpose in each language, as it is before a school has published one."""
    return {language: catalogue(language).gettext(PURPOSES[purpose].text) for language in LANGUAGES}
