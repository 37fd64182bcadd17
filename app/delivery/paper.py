"""Letters drawn from `templates/mail`, in one language each.

They have environments of their own, made by the same `app.i18n.templating` as those of pages: a page's environment belongs to
`app.web` and knows the request, the shell and its addresses, while a letter is drawn for somebody else than whoever asks, and
often by a job. So nothing of a request can get into a letter, and a name that a letter does not have is an error.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.delivery.letter import literal
from app.domain.school_face import logo_of
from app.extensions import current_settings
from app.i18n.templating import Environments
from app.tenancy.database import db

TEMPLATES = Path(__file__).parents[1] / "templates"


class Bodies(NamedTuple):
    """The two parts of a letter, with places for {name} and {link}."""

    text: str
    html: str


class Letterhead(NamedTuple):
    """The logo at the top of a letter: its whole address, its words in literal text, and its size in pixels."""

    url: str
    alt: str
    width: int
    height: int


def letterhead(school_id: int) -> Letterhead | None:
    """The logo of a school for its letters, None for one without; in the session of the scope."""
    found = logo_of(db.session(), school_id)
    return found and Letterhead(current_settings().public_url + found.path, literal(found.alt), *found.shown)


def draw(template: str, language: str, **values: object) -> Bodies:
    """The letter `mail/<template>` in a language, as plain text and as HTML. Text of people comes through `literal`."""
    environment = _environments()[language]
    text, html = (
        environment.get_template(f"mail/{template}.{kind}").render(language=language, **values) for kind in ("txt", "html")
    )
    return Bodies(text, html)


def paragraphs(text: str) -> list[list[str]]:
    """The paragraphs of a text that somebody typed, each as its lines."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return [[line.strip() for line in part.split("\n")] for part in re.split(r"\n\s*\n", plain)]


@cache
def _environments() -> Environments:
    base = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"], default=False), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, auto_reload=False,
    )  # fmt: skip
    return Environments(base, "mail/ui.html")
