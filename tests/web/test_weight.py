"""What a first visit weighs, as it is sent: at most 30 KB and 6 requests."""

import gzip
import re

import brotli
import pytest

from app.web.assets import ADDRESSES, SOURCES
from app.web.compress import SMALLEST

PAGES = {"sign-in": "/login", "dashboard": "/dashboard/", "notices": "/schedule-notices/"}


def asked(browser, path, encodings="gzip, deflate, br, zstd"):
    """The answer as it is sent, not decompressed."""
    return browser.client.get(path, headers={"Accept-Encoding": encodings}, buffered=True)


def sent(browser, path):
    """The bytes of an answer's body on the wire, and the body that they hold."""
    answer = asked(browser, path)
    assert answer.status_code == 200, path
    body = answer.get_data()
    coding = answer.headers.get("Content-Encoding")
    return len(body), {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding, bytes)(body).decode()


@pytest.mark.parametrize("name", PAGES)
def test_a_first_visit_is_light(browser, cast, sample_ids, name):
    someone = browser.as_(cast.thaba.admin) if name != "sign-in" else browser
    page, html = sent(someone, PAGES[name])
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', html)
    assert len(set(addresses)) + 1 <= 6
    weights = {address: sent(someone, address)[0] for address in set(addresses)}
    assert page + sum(weights.values()) <= 30_000, (page, weights)


def test_the_stylesheet_and_the_script_are_small(browser):
    assert sent(browser, ADDRESSES["app.css"])[0] <= 10_000
    assert sent(browser, ADDRESSES["app.js"])[0] <= 3_000
    assert (SOURCES / "app.js").stat().st_size <= 6_000, "as it is written"


@pytest.mark.parametrize(
    ("accepted", "coding"), [("br", "br"), ("gzip", "gzip"), ("gzip, br;q=0", "gzip"), ("identity", None), ("", None)]
)
def test_a_page_is_compressed_as_the_browser_wishes(browser, accepted, coding):
    answer = asked(browser, "/login", accepted)
    assert answer.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert int(answer.headers["Content-Length"]) == len(answer.get_data())


def test_a_small_answer_is_left_alone(browser):
    answer = asked(browser, "/healthz")
    assert len(answer.get_data()) < SMALLEST
    assert "Content-Encoding" not in answer.headers


def test_the_page_of_an_error_is_compressed_too(browser):
    assert asked(browser, "/nowhere").headers["Content-Encoding"] == "br"
