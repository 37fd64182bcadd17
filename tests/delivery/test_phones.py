"""Numbers as people write them, and as gateways take them."""

import pytest

from app.domain.phones import NotAPhoneNumber, e164


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("082 555 0101", "+27825550101"), ("(011) 555-0101", "+27115550101"), ("+27 (0)82 555 0101", "+27825550101"),
        ("27825550101", "+27825550101"), ("0027 82 555 0101", "+27825550101"), ("+27825550101", "+27825550101"),
        ("082\u00a0555\u20110101", "+27825550101"), ("+44 20 7946 0000", "+442079460000"), ("00264 61 555 010", "+26461555010"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_gateways_take_it(written, number):
    assert e164(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0",
        "12",
        "82 555 0101",
        "082 555 010",
        "082 555 01011",
        "+27 082 555 0101",
        "+0 82 555 0101",
        "082 555 O101",
        "+",
        "٠٨٢٥٥٥٠١٠١",
    ],
)
def test_what_is_none_is_refused(written):
    with pytest.raises(NotAPhoneNumber):
        e164(written)
