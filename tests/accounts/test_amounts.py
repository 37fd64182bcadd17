"""Amounts as people type them."""

import pytest

from blueprints.accounts.amounts import FORMAT, MOST, TOO_MUCH, UNCLEAR, Unclear, cents_of, typed


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1234.50", 123_450), ("1234,50", 123_450), ("R1 234,50", 123_450), ("R 1\u00a0234.50", 123_450), ("ZAR 12", 1_200),
        ("1\u202f234\u202f567,08", 123_456_708), ("1,234.50", 123_450), ("1.234,50", 123_450), ("0.05", 5), ("0", 0),
        ("-1 234.50", -123_450), ("−12", -1_200), ("+12", 1_200), ("-R12,30", -1_230), ("1’234.50", 123_450),
    ],
)  # fmt: skip
def test_an_amount_is_read_whatever_sign_stands_before_its_cents(text, cents):
    assert cents_of(text) == cents


@pytest.mark.parametrize("text", ["1,234", "1.234", "1,234,567", "12.345"])
def test_what_could_mean_two_amounts_is_refused(text):
    with pytest.raises(Unclear) as refused:
        cents_of(text)
    assert refused.value.message == UNCLEAR


@pytest.mark.parametrize(
    "text", ["", "R", "12.5", "12.", ".50", "1 23,00", "1,23.45", "1.234.50", "1e3", "twelve", "12.345,6", "--1", "١٢"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Unclear) as refused:
        cents_of(text)
    assert refused.value.message == FORMAT


def test_more_than_anybody_books_is_refused():
    assert cents_of(f"{MOST // 100}") == MOST
    with pytest.raises(Unclear) as refused:
        cents_of(f"{MOST // 100}.01")
    assert refused.value.message == TOO_MUCH


def test_what_the_input_shows_is_read_as_the_same_amount():
    for cents in (0, 5, -5, 99, -123_450, 100_000_001):
        assert cents_of(typed(cents)) == cents
