"""What a school tells its people: stored as it will be sent, in every language, and queued to be fanned out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin
from uuid import UUID

from app.delivery.letter import literal
from app.delivery.paper import draw, letterhead, paragraphs
from app.domain.people import names_a_learner
from app.extensions import current_settings
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Words
from app.models.message import Message, MessageText
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work.outbox import queue


class NoText(ValueError):
    """A message without a text in any language."""


@dataclass(frozen=True)
class Text:
    """What a person wrote in one language: plain text, paragraphs apart by an empty line."""

    subject: str
    body: str


def send_message(
    *, audience: str, texts: Mapping[str, Text], url: str, urgent: bool, due: datetime | None,
    person_id: UUID | None = None, author_id: UUID | None = None, channel: str | None = None, letter: str = "notice",
    class_id: UUID | None = None,
) -> Message:  # fmt: skip
    """Store a message of the current school and queue its deliveries for `due` (None: at once); returns it.

    `texts` by language code; whose language is not there gets another (see `written_in`), and a line that says so. `url` is
    where to read more, a path of this site or an absolute address. `person_id` sends it to one person instead of `audience`.
    `author_id` is the person who is told how far it has come; `channel` asks for SMS or WhatsApp before push and email.
    `letter` is the template of its mail, `class_id` the class where the audience is one. Nothing leaves unless the caller's
    transaction commits. Raises NoText.
    """
    school = db.session.get_one(School, current_school_id())
    link = urljoin(f"{current_settings().public_url}/", url)
    message = Message(
        audience=audience, class_id=class_id, person_id=person_id, author_id=author_id, channel=channel, urgent=urgent, url=link
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()  # before the texts, which refer to it
    for language in LANGUAGES:
        written = written_in(texts, language, school.language)
        db.session.add(text_for(message, school, language, written, texts[written], letter=letter))
    queue("delivery.fan_out", message.id, due=due, queue="urgent" if urgent else "default")
    return message


def written_in(texts: Mapping[str, Text], language: str, default: str) -> str:
    """What a reader of `language` gets: that language, else the school's `default`, else the first there is of en, af, zu.

    Raises NoText.
    """
    for code in (language, default, *LANGUAGES):
        if code in texts:
            return code
    raise NoText


def text_for(
    message: Message, school: School, language: str, written: str, text: Text, *, letter: str = "notice"
) -> MessageText:
    """The whole letter for readers of one language, in the language in which it was written."""
    words = Words(language)
    elsewhere = "" if written == language else words.gettext(
        "There is no text in the language that you chose; this one is in %(language)s.",
        language=words.gettext(LANGUAGES[written].spoken),
    )  # fmt: skip
    bodies = draw(
        letter, written, leave=not message.urgent, school=literal(school.name), email=literal(school.contact_email or ""),
        phone=literal(school.contact_phone or ""), subject=literal(text.subject), paragraphs=paragraphs(literal(text.body)),
        reader=language, elsewhere=elsewhere, logo=letterhead(school.id),
    )  # fmt: skip
    return MessageText(
        message_id=message.id, language=language, subject=text.subject, body_text=bodies.text, body_html=bodies.html,
        lock_screen=lock_screen(text.subject, school, words),
    )  # fmt: skip


def lock_screen(subject: str, school: School, words: Words) -> str:
    """What anybody may read who holds the phone: the subject, unless it names a learner and the school does not allow that."""
    if school.names_on_push or not names_a_learner(subject):
        return subject
    return words.gettext("There is a new notice for you.")
