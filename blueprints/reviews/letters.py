"""What a family is sent: why it is asked, in its language, with a link of its own."""

from __future__ import annotations

from app.delivery.publish import Text
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Words
from app.models.school import School

LETTER = "review"
SUBJECT = N_("What do you think of %(school)s?")
BODY = N_(
    "You know our school from the inside. Would you tell other families what it is like? It takes two minutes, and you need"
    " no password.\n\nWe read every review before it is shown. You can change yours or take it back at any time, with the same"
    " link."
)
REMINDED = N_("A reminder: what do you think of %(school)s?")
REMINDER = N_(
    "Some days ago we asked you what you think of our school. If you have two minutes, we would still be glad to hear it. We"
    " will not ask again."
)


def invitation(school: School) -> dict[str, Text]:
    """The first letter, in the languages in which the school writes."""
    return _in_languages(school, SUBJECT, BODY)


def reminder(school: School) -> dict[str, Text]:
    """The only reminder."""
    return _in_languages(school, REMINDED, REMINDER)


def _in_languages(school: School, subject: str, body: str) -> dict[str, Text]:
    spoken = {code: Words(code) for code in LANGUAGES if code in school.languages}
    return {
        code: Text(words.gettext(subject, school=school.name), words.gettext(body)) for code, words in spoken.items()
    }  # fmt: skip
