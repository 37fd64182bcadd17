"""/sw.js, /manifest.webmanifest and /push/receipts: what a browser asks and tells by itself."""

from __future__ import annotations

import json

import pytest

from app.delivery.receipts import delivery_of, device_token, receipt_token
from app.delivery.unsubscribing import person_of, unsubscribe_link
from app.ids import uuid7
from app.web.assets import asset
from tests.contact.arranged import actions, post_json

RECEIPTS = "/push/receipts"
PROVEN = "SELECT proven_at IS NOT NULL FROM provider WHERE name = 'push'"


def test_the_worker_is_served_at_the_root_and_is_kept_for_a_short_time(browser):
    page = browser.get("/sw.js")
    assert page.response.mimetype == "text/javascript"
    assert page.headers["Cache-Control"] == "max-age=300"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert '"/icon-192.png"' not in page.text, "the icon's own address stands there"
    again = browser.get("/sw.js", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status == 304


def test_the_worker_and_the_script_are_small(browser):
    assert len(browser.get("/sw.js").text) <= 8192
    assert len(browser.get(asset("push.js"), buffered=True).text) <= 8192


def test_every_page_names_the_manifest_and_its_icons_are_there(browser, cast):
    page = browser.as_(cast.multi).get("/dashboard/")
    (link,) = page.all("link", rel="manifest")
    answer = browser.get(link.get("href"))
    assert answer.response.mimetype == "application/manifest+json"
    manifest = json.loads(answer.text)
    assert (manifest["name"], manifest["display"], manifest["scope"]) == ("Umthi", "standalone", "/")
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert [icon for icon in manifest["icons"] if icon.get("purpose") == "maskable"]
    for icon in manifest["icons"]:
        assert browser.client.get(icon["src"], buffered=True).status_code == 200
    assert browser.get(manifest["start_url"]).status == 302, "it exists; a stranger is led to sign in"


def test_a_receipt_proves_push_once(browser, sql, settings):
    assert sql.execute(PROVEN).fetchone() == (False,)
    said = {"receipt": receipt_token(settings, 1, uuid7())}
    answer = post_json(browser, RECEIPTS, said, token=False)
    assert (answer.status, answer.text) == (204, "")
    assert sql.execute(PROVEN).fetchone() == (True,)
    first = sql.execute("SELECT proven_at FROM provider WHERE name = 'push'").fetchone()
    assert post_json(browser, RECEIPTS, said, token=False).status == 204
    assert sql.execute("SELECT proven_at FROM provider WHERE name = 'push'").fetchone() == first
    assert actions(sql) == ["contact.prove_push"]


@pytest.mark.parametrize(
    "said", [None, [], "x", {}, {"receipt": None}, {"receipt": 7}, {"receipt": ""}, {"receipt": "x" * 48}, {"receipt": "é"}]
)
def test_what_is_no_receipt_proves_nothing_and_is_answered_alike(browser, sql, said):
    answer = post_json(browser, RECEIPTS, said, token=False)
    assert (answer.status, answer.text) == (204, "")
    assert sql.execute(PROVEN).fetchone() == (False,)


def test_no_token_serves_for_anything_else(browser, cast, sql, settings):
    person = cast.thaba.guardian.person_id
    for token in (device_token(settings, 1, person), unsubscribe_link(settings, 1, person).rpartition("/")[2]):
        post_json(browser, RECEIPTS, {"receipt": token}, token=False)
        assert delivery_of(settings, token) is None
    assert person_of(settings, receipt_token(settings, 1, person)) is None
    assert sql.execute(PROVEN).fetchone() == (False,)


def test_a_receipt_that_was_changed_is_none(settings):
    token = receipt_token(settings, 1, uuid7())
    assert delivery_of(settings, token)
    for at in range(len(token)):
        forged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert delivery_of(settings, forged) is None
    assert not any(delivery_of(settings, token[:length]) for length in range(len(token)))
