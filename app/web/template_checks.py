"""What `make check` holds the templates to: `python -m app.web.template_checks`. The tests have a good and a bad example each.

A template is read as HTML with a mark for every piece of Jinja, so that a rule sees tags, attributes and words as a browser
would, and still knows which expression stands where.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment

ROOT = Path(__file__).parents[2]
FOLDERS = ("app/templates", "blueprints/*/templates")
NAME = "Umthi"  # the one word that is the same in every language
SPOKEN = ("alt", "aria-label", "placeholder", "title", "data-h", "content")  # attributes that a person reads or hears
ADDRESSES = ("href", "src", "action", "formaction")
MARK = re.compile(r"\ue000(\d+)\ue001")
ATTRIBUTE = re.compile(r"""\s[\w-]+="[^"]*"|\s(?:selected|checked|multiple)\b""")  # drawn by a macro, for a tag elsewhere
WORDS = re.compile(r"[^\W\d_]{2,}")
CODE = ("code", "kbd", "samp")  # what is typed to a machine, the same in every language
DATA = "application/ld+json"  # the type of a script that browsers do not run: all that stands in it is written by Python
#: what a form for strangers posts to, who have no token of a session: `app.domain.leads.asking.FormView`
OF_STRANGERS = re.compile(r"\{\{ [\w.\[\]']+\.action \}\}")
META = ("viewport", "color-scheme", "robots", "referrer", "format-detection")


def problems(root: Path = ROOT) -> list[str]:
    """Every rule that a template below `root` breaks, as `file:line: what`."""
    files = sorted(file for folder in FOLDERS for file in root.glob(f"{folder}/**/*.html"))
    return [
        f"{file.relative_to(root)}:{problem}"
        for file in files
        for problem in faults(file.read_text("utf-8"), is_letter="mail" in file.parts)
    ]


def faults(source: str, *, is_letter: bool = False) -> list[str]:
    """Every rule that one template breaks, as `line: what`. A letter carries its own styles: no policy of ours rules there."""
    reading = _Reading(source, is_letter=is_letter)
    return [f"{line}: {what}" for line, what in reading.found]


def _marked(source: str) -> tuple[str, list[str]]:
    """The text with a mark for each piece of Jinja, line breaks kept, and the pieces."""
    pieces: list[str] = []
    html: list[str] = []
    inside: list[str] = []
    for _, kind, text in Environment().lex(source):  # noqa: S701  nothing is rendered here
        if kind == "data" and not inside:
            html.append(text)
            continue
        inside.append(text)
        if kind.endswith("_end") or kind == "data":
            piece = "".join(inside)
            html.append(f"\ue000{len(pieces)}\ue001" + "\n" * piece.count("\n"))
            pieces.append(piece)
            inside = []
    return "".join(html), pieces


class _Reading(HTMLParser):
    def __init__(self, source: str, *, is_letter: bool) -> None:
        super().__init__()
        self.is_letter = is_letter
        self.found: list[tuple[int, str]] = []
        self.form: tuple[int, int] | None = None  # the line and the place of a post form that has not carried its token yet
        self.carried: set[str | None] = set()
        self.in_code = 0
        self.is_data = False
        html, self.pieces = _marked(source)
        self.feed(html)
        self.close()

    def say(self, what: str) -> None:
        self.found.append((self.getpos()[0], what))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self._about_code(tag, given)
        self.in_code += tag in CODE
        if tag == "img" and "alt" not in given:
            self.say("an img without alt")
        if tag == "form" and (given.get("method") or "").lower() == "post" and not self._is_for_strangers(given):
            self.form, self.carried = self.getpos(), set()
        if tag == "input":
            self.carried.add(given.get("name"))
        for name, value in given.items():
            spoken = name in SPOKEN and not (tag == "meta" and (given.get("name") or "") in META)
            if spoken and self._words(value or ""):
                self.say(f"{name} in one language only: {value!r}")
            if name in ADDRESSES:
                self._about_address(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.in_code -= tag in CODE
        self.is_data = self.is_data and tag != "script"
        # One form carries its fields by hand: that which goes back to the school that it was written for.
        if tag == "form" and self.form and not self.carried >= {"csrf_token", "_school"}:
            self.found.append((self.form[0], "a post form without ui.carry(shell)"))
        if tag == "form":
            self.form = None

    def handle_data(self, data: str) -> None:
        if self.is_data and not (MARK.fullmatch(data.strip()) or not data.strip()):
            self.say("data that is not written by Python")
        if self.in_code or self.cdata_elem:  # a style or a script: what is wrong with it was said at its tag
            return
        if words := self._words(data):
            lines_before = data[: data.find(words.split()[0])].count("\n")
            self.found.append((self.getpos()[0] + lines_before, f"words in one language only: {words!r}"))
        for number in MARK.findall(data):
            if "carry(" in self.pieces[int(number)]:
                self.form = None

    def _about_code(self, tag: str, given: dict[str, str | None]) -> None:
        self.is_data = tag == "script" and given.get("type") == DATA and "src" not in given
        if tag == "script" and not given.get("src") and not self.is_data:
            self.say("an inline script")
        if not self.is_letter and (tag == "style" or "style" in given):
            self.say("an inline style")
        if handlers := [name for name in given if name.startswith("on")]:
            self.say(f"an inline handler: {handlers[0]}")

    def _is_for_strangers(self, given: dict[str, str | None]) -> bool:
        """Whether a form posts to an address that asks for a proof of its own."""
        found = MARK.fullmatch(given.get("action") or "")
        return found is not None and OF_STRANGERS.fullmatch(self.pieces[int(found[1])]) is not None

    def _about_address(self, value: str) -> None:
        if value.startswith(("/", "http:", "https:", "javascript:")):
            self.say(f"an address by hand, not by |url: {value!r}")

    def _words(self, text: str) -> str:
        text = ATTRIBUTE.sub("", MARK.sub(" ", text)).replace(NAME, "")
        return text.strip() if WORDS.search(text) else ""


if __name__ == "__main__":
    broken = problems()
    print("\n".join(broken) or "templates: clean")  # noqa: T201
    sys.exit(bool(broken))
