"""A page as a test sees it, and what every page must be: valid, titled, labelled, in one language, clean under the CSP."""

from __future__ import annotations

import json
import re
import warnings
from functools import cache, cached_property
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
from werkzeug.test import TestResponse

from app.i18n.catalogue import catalogue

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
HIDDEN = {"script", "style", "template"}
CONTROLS = ("input", "select", "textarea")
#: a drawing without words; half of the marks of a page stand in its drawings
ICON = re.compile(r'<svg\b[^<>]*\bclass="ico"[^<>]*>.*?</svg>', re.DOTALL)
BARE = '<svg class="ico" aria-hidden="true"></svg>'
SHAPES = {"svg", "g", "path", "circle", "rect", "line", "polyline", "polygon", "ellipse"}
PLAIN = {
    "class", "aria-hidden", "xmlns", "width", "height", "viewBox", "fill", "stroke", "stroke-width", "stroke-linecap",
    "stroke-linejoin", "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "points", "transform",
}  # fmt: skip


class Page:
    """An answer: its status and, if it is HTML, its tree and what a person reads."""

    def __init__(self, response: TestResponse) -> None:
        self.response, self.status, self.text = response, response.status_code, response.get_data(as_text=True)
        self.headers = response.headers
        self.location = response.headers.get("Location", "")
        self.is_html = response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 307, 308)

    @cached_property
    def _parsed(self) -> tuple[ET.Element, list[tuple[Any, str]]]:
        """The tree and what is wrong with it: read once somebody asks, for it takes longer than making the page."""
        assert self.is_html, f"no page: {self.status} {self.response.mimetype}"
        return parsed(ICON.sub(lambda icon: BARE if is_sound(icon[0]) else icon[0], self.text))

    @property
    def tree(self) -> ET.Element:
        return self._parsed[0]

    @property
    def parse_errors(self) -> list[tuple[Any, str]]:
        return self._parsed[1]

    def all(self, tag: str, **attributes: str) -> list[ET.Element]:
        """Every element of a tag with these attributes (`class_` and `for_` lose their underscore)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.tree.iter(XHTML + tag) if all(e.get(k) == v for k, v in wanted.items())]

    def one(self, tag: str, **attributes: str) -> ET.Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × <{tag}> {attributes} in {self.title!r}"
        return found[0]

    @property
    def title(self) -> str:
        return words(self.all("title")[0]) if self.all("title") else ""

    @property
    def h1(self) -> str:
        return words(self.one("h1"))

    @property
    def main(self) -> str:
        """What a person reads in the content."""
        return words(self.all("main")[0])

    @property
    def problems(self) -> list[str]:
        """The lines of the error summary."""
        boxes = [e for e in self.all("div") if "errsum" in (e.get("class") or "").split()]
        return [words(a) for box in boxes for a in box.iter(XHTML + "a")]

    @property
    def banners(self) -> list[str]:
        """The flashed messages."""
        return [words(e) for e in self.all("div") if "note" in (e.get("class") or "").split() and e.get("role") == "status"]

    def links(self) -> dict[str, str]:
        """Text to address, of the content."""
        return {words(a): a.get("href", "") for a in self.all("main")[0].iter(XHTML + "a")}

    def form(self, action: str | None = None) -> dict[str, str]:
        """What the browser would send of a form of the content (the one with `action`, else the first), unchanged."""
        forms = [f for f in self.all("form") if f.get("method") == "post" and (action is None or f.get("action") == action)]
        in_main = set(self.all("main")[0].iter()) if action is None else set(self.tree.iter())
        form = next(f for f in forms if f in in_main)
        values: dict[str, str] = {}
        for e in form.iter():
            name, tag = e.get("name"), e.tag.removeprefix(XHTML)
            if not name:
                continue
            if tag == "textarea":
                values[name] = (e.text or "").removeprefix("\n")
            elif tag == "select":
                options = list(e.iter(XHTML + "option"))
                chosen = next((o for o in options if o.get("selected") is not None), options[0] if options else None)
                values[name] = (chosen.get("value") or "") if chosen is not None else ""
            elif tag == "input" and (e.get("type") not in ("checkbox", "radio") or e.get("checked") is not None):
                values[name] = e.get("value", "")
        return values

    def check(self, language: str | None = None) -> Page:
        """Hold the page to what every page must be; returns it."""
        assert self.is_html, f"no page: {self.status} {self.response.mimetype}"
        assert not self.parse_errors, f"invalid HTML: {self.parse_errors[:3]}"
        assert len(self.all("h1")) == 1, "not one h1"
        assert self.title.startswith((self.h1, f"Error: {self.h1}", f"Fout: {self.h1}", f"Iphutha: {self.h1}")), (
            f"title {self.title!r} h1 {self.h1!r}"
        )
        ids = [e.get("id") for e in self.tree.iter() if e.get("id")]
        assert len(ids) == len(set(ids)), f"ids twice: {sorted({i for i in ids if ids.count(i) > 1})}"
        for reference in ("for", "aria-labelledby", "aria-describedby"):
            for e in self.tree.iter():
                for name in (e.get(reference) or "").split():
                    assert name in ids, f"{reference}={name!r} leads nowhere"
        labelled = {e.get("for") for e in self.all("label")} | {
            c.get("id") for la in self.all("label") for c in la.iter() if c is not la
        }
        for tag in CONTROLS:
            for e in self.all(tag):
                if e.get("type") not in ("hidden", "submit", "button"):
                    inside = any(e in set(la.iter()) for la in self.all("label"))
                    assert inside or e.get("id") in labelled or e.get("aria-label") or e.get("aria-labelledby"), (
                        f"no label: {e.attrib}"
                    )
        for e in self.tree.iter():
            bad = [name for name in e.attrib if name == "style" or name.startswith("on")]
            assert not bad, f"{bad} on <{e.tag.removeprefix(XHTML)}>"
            if e.tag == XHTML + "script":
                assert e.get("src") or is_data(e), "an inline script"
            assert e.tag != XHTML + "style", "an inline style"
        for form in self.all("form"):
            if form.get("method") == "post":
                # the form for strangers carries a token of its own, or is shown once more with one
                tokens = ("csrf_token", "entry", "step") if "/lead?" in form.get("action", "") else ("csrf_token",)
                assert [e for e in form.iter() if e.get("name") in tokens], f"no token in {form.get('action')}"
        html = self.tree if self.tree.tag == XHTML + "html" else self.all("html")[0]
        if language:
            assert html.get("lang") == language, f"lang={html.get('lang')}"
            self._check_language(language)
        return self

    def _check_language(self, language: str) -> None:
        if language == "en":
            return
        shown = [text for text in _texts(self.tree) if text]
        left = sorted(set(shown) & untranslated(language))
        assert not left, f"English left over: {left}"


def parsed(text: str) -> tuple[ET.Element, list[tuple[Any, str]]]:
    """The tree of a document and where it is not valid."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = parser.parse(text)
    return tree, [(at, code) for at, code, _ in parser.errors if code != "unexpected-self-closing-tag"]


def is_data(script: ET.Element) -> bool:
    """Whether a script is one that browsers do not run, and holds JSON and nothing else."""
    if script.get("type") != "application/ld+json" or script.get("src"):
        return False
    try:
        return isinstance(json.loads(script.text or ""), dict)
    except ValueError:
        return False


@cache
def is_sound(icon: str) -> bool:
    """Whether a drawing is valid and hidden, and holds nothing but shapes: then a page with it is as good as one with a bare one."""
    tree, errors = parsed(f"<!doctype html><title>An icon</title><body>{icon}")
    (body,) = tree.iter(XHTML + "body")
    drawing = list(body.iter())[1:]
    return (
        not errors
        and len(body) == 1
        and body[0].get("aria-hidden") == "true"
        and not "".join(body.itertext()).strip()
        and all(e.tag in {SVG + shape for shape in SHAPES} and e.attrib.keys() <= PLAIN for e in drawing)
    )


@cache
def untranslated(language: str) -> frozenset[str]:
    """The English messages that this language says otherwise: none of them may stand on a page of it.

    What is also a word of the language is none of them: *Kind* is a child in Afrikaans.
    """
    known = catalogue(language)._catalog  # type: ignore[attr-defined]  gettext offers no other way
    ours = {text for text in known.values() if isinstance(text, str)}
    return frozenset(m for m, t in known.items() if isinstance(m, str) and m and t and m != t and len(m) > 2) - ours


def words(element: ET.Element) -> str:
    """The text of an element as a person reads it."""
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def _texts(element: ET.Element) -> list[str]:
    """Every piece of text of our own, without what carries a language of its own."""
    if element.tag.removeprefix(XHTML) in HIDDEN or (element.get("lang") and element.tag != XHTML + "html"):
        return []
    found = [(element.text or "").strip()] + [
        (element.get(a) or "").strip() for a in ("aria-label", "placeholder", "title", "alt", "data-h")
    ]
    for child in element:
        found += _texts(child)
        found.append((child.tail or "").strip())
    return found
