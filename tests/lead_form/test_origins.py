"""Which sites may show the form: origins, and nothing that could say more in a header."""

from __future__ import annotations

import pytest

from blueprints.lead_form.origins import BadOrigin, read_origin, read_origins


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://www.example.com", "https://www.example.com"),
        (" HTTPS://WWW.Example.com/ ", "https://www.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("https://skoolgrën.co.za", "https://xn--skoolgrn-z1a.co.za"),
    ],
)
def test_an_origin_is_stored_as_browsers_write_it(typed, stored):
    assert read_origin(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "http://example.com", "example.com", "https://", "https://example", "https://*.example.com", "https://example.com/path",
        "https://user@example.com", "https://example.com?x", "https://exa mple.com", "https://example.com;script-src",
        "https://example.com 'unsafe-inline'", "https://127.0.0.1", "https://[::1]", "https://example.com:0",
        "https://example.com:99999", "https://-a.example", "https://a..example", "javascript:alert(1)", "https://" + "a" * 300 + ".com",
        "https://exa\u202emple.com", "https://example.com\\x", "https://example.com,https://b.example",
    ],
)  # fmt: skip
def test_what_is_more_or_less_than_an_origin_is_refused(typed):
    with pytest.raises(BadOrigin):
        read_origin(typed)


def test_each_is_taken_once_in_its_order():
    assert read_origins("https://b.example\n\nhttps://a.example\nhttps://B.example/") == (
        "https://b.example",
        "https://a.example",
    )
