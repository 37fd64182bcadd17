"""Text of people becomes plain structure: paragraphs, lists, bold words and links, and never HTML."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.site.markup import Bullets, Paragraph, Run, parse, plain, targets_in
from app.domain.site.targets import Way, read_target


def test_paragraphs_lists_bold_words_and_links():
    text = "We are **a school**.\nCome and see.\n\n- One\n- [Two](https://example.com/two)\nThree"
    assert parse(text) == (
        Paragraph(((Run("We are "), Run("a school", is_bold=True), Run(".")), (Run("Come and see."),))),
        Bullets(((Run("One"),), (Run("Two", target="https://example.com/two"),))),
        Paragraph(((Run("Three"),),)),
    )
    assert plain(text) == "We are a school. Come and see. One Two Three"


@pytest.mark.parametrize(
    "text", ["**", "a ** b", "[a", "[a](", "[](https://example.com)", "[a]()", "](", "*a*", "<b>a</b>", "- "]
)
def test_what_is_not_whole_stays_the_letters_that_it_is(text):
    assert "".join(run.text for part in parse(text) for line in part.lines for run in line) == text.strip()


@given(st.text(alphabet="ab*[](){}<>-\n /:.", max_size=300))
def test_no_letter_is_lost_and_nothing_is_made_up(text):
    runs = [run for part in parse(text) for line in part.lines for run in line]
    assert all(run.text for run in runs)
    assert set("".join(run.text for run in runs)) <= set(text)


@pytest.mark.parametrize("piece", ["[", "**", "](", "[a](", "[a](b", ")", "- ", "[[a](x)"])
def test_reading_takes_no_longer_than_the_text_is_long(piece):
    began = time.process_time()
    parse(piece * (60_000 // len(piece)))
    assert time.process_time() - began < 2


def test_links_are_found_as_they_were_written():
    assert targets_in("[a](/hall) and [b](javascript:alert(1)) and [c](page:x)") == ["/hall", "javascript:alert(1", "page:x"]


@pytest.mark.parametrize(
    ("raw", "way", "value"),
    [
        ("", Way.NONE, ""), ("page:abc1", Way.PAGE, "abc1"), ("/", Way.SLUG, ""), ("/our-hall", Way.SLUG, "our-hall"),
        ("https://example.com/a?b=c#d", Way.HTTPS, "https://example.com/a?b=c#d"), ("HTTPS://Example.com", Way.HTTPS, "HTTPS://Example.com"),
        ("mailto:office@example.com", Way.MAIL, "mailto:office@example.com"), ("tel:+27 36 555 0101", Way.PHONE, "tel:+27365550101"),
    ],
)  # fmt: skip
def test_targets_that_lead_somewhere(raw, way, value):
    assert read_target(raw) == (way, value)


@pytest.mark.parametrize(
    "raw",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "http://example.com", "//example.com", "/\\example.com",
        "https:example.com", "https://", "https://localhost", "https://10.0.0.1", "https://[::1]/", "https://user:pw@example.com",
        "https://example.com:8443/", "https://example.com/\"onclick=x", "https://example.com/<script>", "https://exa mple.com",
        "mailto:a@b", "mailto:a@example.com?bcc=b@example.com", "tel:alert(1)", "vbscript:x", "page:../x", "/Hall", "/a/b", "x" * 501,
        "java\tscript:alert(1)", "https://example.com:99999/", "\u202ehttps://example.com", "https://\u0435xample.com",
    ],
)  # fmt: skip
def test_everything_else_leads_nowhere(raw):
    assert read_target(raw).way is Way.BAD
