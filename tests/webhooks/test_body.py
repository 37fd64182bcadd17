"""The body of an event is read more strictly than JSON asks."""

from __future__ import annotations

import json
import time

import pytest

from app.domain.webhooks.body import DEEPEST, LARGEST, read
from app.domain.webhooks.refused import Refusal, Refused
from tests.webhooks.arranged import NOW, body

GOOD = {"id": "evt_1", "type": "payment.succeeded", "created": int(NOW.timestamp()), "data": {}}


def reason(raw: bytes) -> Refusal | None:
    try:
        read(raw, now=NOW)
    except Refused as refused:
        return refused.reason
    return None


def test_an_event_is_read():
    event = read(body(amount=5), now=NOW)
    assert (event.id, event.type, event.at, event.data["amount"]) == ("evt_1", "payment.succeeded", NOW, 5)


def with_data(text: str) -> bytes:
    return json.dumps(GOOD).replace('"data": {}', f'"data": {{"x": {text}}}').encode()


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"", Refusal.NOT_JSON),
        (b"{", Refusal.NOT_JSON),
        (b"{} {}", Refusal.NOT_JSON),
        (b"\xef\xbb\xbf{}", Refusal.NOT_JSON),
        (b"\xff\xfe{}", Refusal.NOT_UTF8),
        (b'{"id": "\xed\xa0\x80"}', Refusal.NOT_UTF8),
        (b'{"id": "a\x00b"}', Refusal.NOT_JSON),
        (b"[]", Refusal.NOT_AN_EVENT),
        (b"null", Refusal.NOT_AN_EVENT),
        (b"{}", Refusal.NOT_AN_EVENT),
        (b'{"id": "a", "id": "b"}', Refusal.DUPLICATE_KEY),
        (with_data('{"a": 1, "a": 1}'), Refusal.DUPLICATE_KEY),
        (with_data("NaN"), Refusal.BAD_NUMBER),
        (with_data("-Infinity"), Refusal.BAD_NUMBER),
        (with_data("1e999"), Refusal.BAD_NUMBER),
        (with_data("9" * 5000), Refusal.BAD_NUMBER),
        (with_data("0." + "1" * 5000), Refusal.BAD_NUMBER),
        (with_data("[" * 100 + "]" * 100), Refusal.TOO_DEEP),
        (b"[" * (LARGEST - 1), Refusal.TOO_DEEP),
        (b'"' + b'\\"' * (LARGEST // 2 - 1), Refusal.NOT_JSON),
        (b" " * (LARGEST + 1), Refusal.TOO_LARGE),
        *(
            (json.dumps(GOOD | changed).encode(), Refusal.NOT_AN_EVENT)
            for changed in (
                {"id": 1}, {"id": ""}, {"id": "with space"}, {"id": "x" * 201}, {"id": "nul\0"}, {"id": "\ud800"}, {"id": "é"},
                {"type": None}, {"type": "Payment.Succeeded"}, {"data": []}, {"data": None}, {"created": True},
                {"created": str(GOOD["created"])}, {"created": 1.5}, {"created": 0}, {"created": 10**18}, {"created": -1},
                {"created": int(NOW.timestamp()) + 301},
            )
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Refusal) else "raw",
)  # fmt: skip
def test_what_two_readers_could_understand_differently_is_refused(raw, wanted):
    assert reason(raw) is wanted


def test_brackets_in_strings_are_text_and_the_deepest_that_is_allowed_is_read():
    assert reason(with_data(json.dumps("[" * 500 + '"\\'))) is None
    depth = DEEPEST - 2
    assert reason(with_data("[" * depth + "]" * depth)) is None
    assert reason(with_data("[" * (depth + 1) + "]" * (depth + 1))) is Refusal.TOO_DEEP


def test_a_hostile_body_costs_no_more_than_its_length():
    """Quotes that never end made a naive expression read the rest of the body once for each of them."""
    hostile = b'{"' + b'\\"' * (LARGEST // 2 - 2)
    before = time.process_time()
    assert reason(hostile) is Refusal.NOT_JSON
    assert time.process_time() - before < 1
