"""The document: the same site is the same bytes, nothing unfit is read, and any sequence of edits leaves it valid."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.domain.site import editing
from app.domain.site.blocks import KINDS
from app.domain.site.document import LARGEST, MOST_BLOCKS, MOST_PAGES, BadDocument, SiteDocument, blank
from app.domain.site.editing import EditError, Removed
from app.domain.site.shapes import Shape, cleaned
from tests.site.arranged import a_block, a_document, a_page

TEXTS = st.dictionaries(st.sampled_from(["en", "af", "zu"]), st.text(max_size=60), max_size=3)


def test_the_same_document_is_the_same_bytes_in_whatever_order_it_was_written():
    data = a_document().as_dict()
    other = dict(reversed(list(data.items())))
    assert SiteDocument.read(other).written == SiteDocument.read(data).written
    assert SiteDocument.from_bytes(SiteDocument.read(data).written) == SiteDocument.read(data)


def test_a_block_of_every_kind_can_stand_empty_and_survives_being_written():
    blocks = [a_block(kind, f"b{number}") for number, kind in enumerate(KINDS)]
    document = a_document(a_page("home", "", *blocks))
    assert SiteDocument.from_bytes(document.written).written == document.written


@pytest.mark.parametrize(
    "change",
    [
        {"template": "mine"}, {"options": {"corners": "wavy"}}, {"options": {}}, {"theme": "neon"}, {"accent": "red"},
        {"accent": "#12345"}, {"languages": []}, {"languages": ["en", "en"]}, {"languages": ["de"]}, {"pages": []},
        {"extra": 1}, {"format": 2}, {"title": {"de": "Schule"}}, {"title": "A school"}, {"title": {"en": "x" * 81}},
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_the_schema_is_refused(change):
    with pytest.raises(BadDocument):
        SiteDocument.read(a_document().as_dict() | change)


@pytest.mark.parametrize(
    "pages",
    [
        [a_page("a", "one")], [a_page("a", ""), a_page("b", "")], [a_page("a", "") | {"is_hidden": True}],
        [a_page("a", ""), a_page("a", "two")], [a_page("a", ""), a_page("b", "Two")], [a_page("a", ""), a_page("b", "../x")],
        [a_page("home", "", {"key": "x", "kind": "script", "content": {}})],
        [a_page("home", "", {"key": "x", "kind": "text", "content": {"html": "<b>"}})],
        [a_page("home", "", a_block("text", "x", level="1"))], [a_page("home", "", a_block("notices", "x", most=99))],
        [a_page("home", "", a_block("picture", "x", picture="../../etc/passwd"))],
        [a_page("home", "", a_block("text", "home"))],
        [a_page("home", "", a_block("text", "X Y"))],
    ],
)  # fmt: skip
def test_pages_that_cannot_be_are_refused(pages):
    with pytest.raises(BadDocument):
        SiteDocument.read(a_document().as_dict() | {"pages": pages})


@pytest.mark.parametrize("written", [b"", b"[]", b"{", b"null", b'{"pages": 1}', b"[" * 5000, b"\xff"])
def test_bytes_that_are_no_document_are_refused(written):
    with pytest.raises(BadDocument):
        SiteDocument.from_bytes(written)


def test_a_draft_does_not_grow_without_end():
    text = "x" * 6000
    pages = [
        a_page(f"p{p}", f"p{p}" if p else "", *(a_block("text", f"b{p}x{b}", text={"en": text}) for b in range(4)))
        for p in range(MOST_PAGES)
    ]
    with pytest.raises(BadDocument, match="bytes"):
        SiteDocument.read(a_document().as_dict() | {"pages": pages})
    assert LARGEST == 400_000


@given(st.text(max_size=200), st.booleans())
def test_a_text_that_was_cleaned_is_clean(text, lines):
    once = cleaned(text, lines=lines)
    assert cleaned(once, lines=lines) == once
    assert "\0" not in once
    assert "\r" not in once
    assert not set(once) & set("\u202e\u2066\ud800")
    once.encode()


def _content(kind, draw):
    content = KINDS[kind].empty()
    for field in KINDS[kind].fields:
        if field.is_by_language:
            content[field.name] = draw(TEXTS)
        elif field.shape is Shape.ROWS:
            content[field.name] = [{"name": draw(st.text(max_size=20)), "role": draw(TEXTS), "picture": ""}]
    return content


class Editors(RuleBasedStateMachine):
    """Somebody who does anything that can be done, in any order: keys of parts that are gone as well."""

    def __init__(self):
        super().__init__()
        self.site = blank("A school", "zu", ("zu", "en"), key="home")
        self.removed: list[Removed] = []
        self.keys = ["home", "gone"]

    def do(self, edit):
        try:
            return edit()
        except EditError:
            return None

    @rule(title=TEXTS, slug=st.sampled_from(["", "one", "two", "three", "lead", "en"]))
    def add_page(self, title, slug):
        if made := self.do(lambda: editing.add_page(self.site, title=title, slug=slug)):
            self.site, key = made
            self.keys.append(key)

    @rule(data=st.data(), title=TEXTS, slug=st.sampled_from(["", "one", "four"]), hidden=st.booleans(), menu=st.booleans())
    def change_page(self, data, title, slug, hidden, menu):
        key = data.draw(st.sampled_from(self.keys))
        change = {"title": title, "description": title, "slug": slug, "is_hidden": hidden, "in_menu": menu}
        self.site = self.do(lambda: editing.change_page(self.site, key, **change)) or self.site

    @rule(data=st.data(), to=st.integers(-3, 30))
    def move(self, data, to):
        key = data.draw(st.sampled_from(self.keys))
        self.site = self.do(lambda: editing.move_page(self.site, key, to)) or self.site
        self.site = self.do(lambda: editing.move_block(self.site, key, to)) or self.site

    @rule(data=st.data(), kind=st.sampled_from([*KINDS, "script"]), at=st.one_of(st.none(), st.integers(-2, 50)))
    def add_block(self, data, kind, at):
        key = data.draw(st.sampled_from(self.keys))
        if made := self.do(lambda: editing.add_block(self.site, key, kind, at=at)):
            self.site, new = made
            self.keys.append(new)

    @rule(data=st.data())
    def write(self, data):
        key = data.draw(st.sampled_from(self.keys))
        if place := self.site.place(key):
            content = _content(place[1].kind, data.draw)
            self.site = self.do(lambda: editing.change_block(self.site, key, content)) or self.site

    @rule(data=st.data())
    def copy(self, data):
        if made := self.do(lambda: editing.copy_block(self.site, data.draw(st.sampled_from(self.keys)))):
            self.site, new = made
            self.keys.append(new)

    @rule(data=st.data(), whole=st.booleans())
    def remove(self, data, whole):
        key, verb = data.draw(st.sampled_from(self.keys)), editing.remove_page if whole else editing.remove_block
        if made := self.do(lambda: verb(self.site, key)):
            self.site, removed = made
            self.removed.append(Removed(**json.loads(json.dumps(removed.as_dict()))))

    @rule(data=st.data())
    def put_back(self, data):
        if self.removed:
            removed = data.draw(st.sampled_from(self.removed))
            self.site = self.do(lambda: editing.put_back(self.site, removed)) or self.site

    @rule(languages=st.permutations(["en", "af", "zu"]), many=st.integers(1, 3), accent=st.sampled_from(["", "#0f6b5c", "red"]))
    def settings(self, languages, many, accent):
        change = {"languages": tuple(languages[:many]), "accent": accent}
        self.site = self.do(lambda: editing.change_settings(self.site, **change)) or self.site

    @invariant()
    def it_is_valid_and_is_what_its_bytes_say(self):
        assert SiteDocument.from_bytes(self.site.written) == self.site
        assert self.site.home.key == "home"
        assert len(self.site.pages) <= MOST_PAGES
        assert all(len(page.blocks) <= MOST_BLOCKS for page in self.site.pages)
        keys = [page.key for page in self.site.pages] + [block.key for _, block in self.site.places()]
        assert len(keys) == len(set(keys))


Editors.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestAnySequenceOfEdits = Editors.TestCase
