"""What those who asked are told of the outcome, in each language. No name stands in a subject, which a lock screen shows."""

from __future__ import annotations

from collections.abc import Mapping

from app.delivery.publish import Text
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Words

SUBJECT = N_("Your request about personal data has been answered")
OUTCOMES = {
    ("access", True): N_("The copy of what the school holds about %(name)s is ready. You can fetch it for seven days."),
    ("access", False): N_("The school has declined your request for a copy of what it holds about %(name)s."),
    ("correction", True): N_("The school has made the correction that you asked for about %(name)s."),
    ("correction", False): N_("The school has declined the correction that you asked for about %(name)s."),
    ("erasure", False): N_("The school has declined your request to erase what it holds about %(name)s."),
}
BECAUSE = N_("The school writes: %(answer)s")


def outcome(kind: str, *, accepted: bool, name: str, answer: str) -> Mapping[str, Text]:
    """The message about a decision."""
    texts = {}
    for language in LANGUAGES:
        words = Words(language)
        body = words.gettext(OUTCOMES[kind, accepted], name=name)
        if answer:
            body += "\n\n" + words.gettext(BECAUSE, answer=answer)
        texts[language] = Text(words.gettext(SUBJECT), body)
    return texts
