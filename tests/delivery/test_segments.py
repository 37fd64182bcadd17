"""The parts of a text message, and the text that has not too many."""

from __future__ import annotations

import pytest

from app.delivery.segments import MOST, compose, parts

LINK = "https://umthi.example/schedule-notices/01890000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("[" * 80, 1), ("[" * 81, 2), ("é" * 160, 1),
        ("ê" * 70, 1), ("ê" * 71, 2), ("a" * 69 + "ê", 1), ("a" * 134 + "ê", 3), ("🎉" * 35, 1), ("🎉" * 36, 2),
    ],
)  # fmt: skip
def test_the_parts_are_those_of_the_standard(text: str, number: int) -> None:
    assert parts(text) == number


def test_a_usual_notice_stands_whole() -> None:
    text = compose(school="Thaba Nkulu Primary", title="School closes early on Friday", link=LINK)
    assert text == f"Thaba Nkulu Primary: School closes early on Friday {LINK}"
    assert parts(text) == 1


def test_signs_of_typography_do_not_double_the_price() -> None:
    text = compose(school="St Anne’s", title="“Sports day” – bring a\u00a0hat…", link=LINK)
    assert text == f'St Anne\'s: "Sports day" - bring a hat... {LINK}'
    assert parts(text) == 1


@pytest.mark.parametrize("school", ["Laerskool Karoo", "Ê" * 120])
@pytest.mark.parametrize("title", ["kort", "Môre sluit ons vroeg " * 12, "a" * 200, "ê" * 200, "word " * 40])
def test_the_title_is_cut_first_then_the_name_and_the_link_never(school: str, title: str) -> None:
    text = compose(school=school, title=title, link=LINK)
    assert parts(text) <= MOST
    assert text.endswith(f" {LINK}")
    assert text.startswith(school[:9])
    if title == "kort":
        assert ": kort " in text
    if title.startswith("Môre"):
        assert "vroeg... " in text or "sluit... " in text or "ons... " in text or "Môre... " in text


def test_a_title_of_several_lines_becomes_one() -> None:
    assert compose(school="A", title="one\r\n two\t three", link="x") == "A: one two three x"
