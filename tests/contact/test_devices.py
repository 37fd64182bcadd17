"""/push/subscriptions, /push/renewals and the removal of a device."""

from __future__ import annotations

import secrets

import pytest

from app.delivery import keys
from app.delivery.receipts import device_of, device_token
from tests.contact.arranged import CHROME, ENDPOINT, actions, add_device, devices, letters, point, post_json, subscription

TO, RENEW, PAGE = "/push/subscriptions", "/push/renewals", "/settings/notifications"


def test_a_device_is_stored_named_and_audited(browser, cast, sql, vapid):
    someone, said = browser.as_(cast.multi), subscription()
    page = post_json(someone, TO, said)
    assert page.status == 201
    assert devices(sql) == [(cast.multi.person_id, said["endpoint"], "Chrome/Android")]
    assert sql.execute("SELECT p256dh, auth, key_id, school_id FROM push_subscription").fetchone() == (
        said["keys"]["p256dh"], said["keys"]["auth"], vapid.id, 1,
    )  # fmt: skip
    shown = someone.get(PAGE)
    assert shown.banners == ["This device shows notifications now."]
    assert "Chrome on Android" in shown.main
    assert actions(sql) == ["contact.subscribe_device"]


def test_neither_the_endpoint_nor_a_key_stands_in_the_audit(browser, cast, sql, vapid):
    said = subscription()
    post_json(browser.as_(cast.multi), TO, said)
    kept = repr(sql.execute("SELECT e.*, v.* FROM audit_event e JOIN audit_value v ON v.event_id = e.id").fetchall())
    assert "Chrome Android" in kept
    assert all(secret not in kept for secret in (said["endpoint"], said["keys"]["p256dh"], said["keys"]["auth"]))


def test_the_same_device_again_is_the_same_row(browser, cast, sql, vapid):
    said, someone = subscription(), browser.as_(cast.multi)
    first = post_json(someone, TO, said)
    renewed = subscription(said["endpoint"])
    second = post_json(someone, TO, renewed)
    assert first.response.json == second.response.json
    assert sql.execute("SELECT p256dh FROM push_subscription").fetchall() == [(renewed["keys"]["p256dh"],)]


def test_a_device_belongs_to_whoever_subscribed_it_last(browser, cast, sql, vapid):
    """Two parents share a tablet: what is for one must not be shown to the other under the other's name."""
    said = subscription()
    post_json(browser.as_(cast.thaba.guardian), TO, said)
    post_json(browser.as_(cast.thaba.teacher), TO, said)
    assert [row[0] for row in devices(sql)] == [cast.thaba.teacher.person_id]


def test_a_token_of_the_former_owner_is_worth_nothing(browser, cast, sql, vapid):
    said = subscription()
    former = post_json(browser.as_(cast.thaba.guardian), TO, said).response.json["device"]
    post_json(browser.as_(cast.thaba.teacher), TO, said)
    post_json(browser, RENEW, subscription(tokens=[former]), token=False)
    assert [row[:2] for row in devices(sql)] == [(cast.thaba.teacher.person_id, said["endpoint"])]


def test_in_two_schools_a_device_is_two_rows(browser, cast, sql, vapid):
    said, someone = subscription(), browser.as_(cast.multi)
    post_json(someone, TO, said)
    someone.post("/portal/select-school/", {"school": "2"})
    post_json(someone, TO, said)
    assert sql.execute("SELECT school_id FROM push_subscription ORDER BY 1").fetchall() == [(1,), (2,)]


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/push", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x", "https://127.0.0.1/x",
        "https://fcm.googleapis.com.evil.example/x", "https://user@fcm.googleapis.com/x", "https://fcm.googleapis.com/\r\nx",
        "javascript:alert(1)", "https://", "", "https://fcm.googleapis.com/" + "x" * 2000,
    ],
)  # fmt: skip
def test_an_endpoint_that_is_no_known_push_service_is_refused(browser, cast, sql, vapid, endpoint):
    page = post_json(browser.as_(cast.multi), TO, subscription() | {"endpoint": endpoint})
    assert page.status == 422
    assert page.response.json["message"].startswith("Umthi does not know the notification service of this browser.")
    assert devices(sql) == []


@pytest.mark.parametrize("language", ["af", "zu"])
def test_a_refusal_is_in_the_readers_language(browser, cast, sql, vapid, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    page = post_json(browser.as_(cast.multi), TO, subscription("https://evil.example/push"))
    assert page.response.json["message"]


@pytest.mark.parametrize(
    "keys_said",
    [
        {}, None, [], {"p256dh": point()}, {"p256dh": point(), "auth": letters(b"x" * 15)}, {"p256dh": point(), "auth": "%%%"},
        {"p256dh": letters(b"\x04" + b"\x01" * 64), "auth": letters(b"x" * 16)}, {"p256dh": 7, "auth": letters(b"x" * 16)},
        {"p256dh": letters(b"\x04" * 64), "auth": letters(b"x" * 16)}, {"p256dh": point()[:-4], "auth": letters(b"x" * 16)},
    ],
)  # fmt: skip
def test_bad_keys_are_refused(browser, cast, sql, vapid, keys_said):
    page = post_json(browser.as_(cast.multi), TO, subscription() | {"keys": keys_said})
    assert (page.status, page.response.json) == (
        422,
        {"message": "What your browser sent is not complete. Reload the page and try again."},
    )
    assert devices(sql) == []


@pytest.mark.parametrize("body", [None, [], "x", 7, {}, {"endpoint": None}, {"endpoint": {"a": 1}}])
def test_what_is_no_subscription_is_refused(browser, cast, vapid, body):
    assert post_json(browser.as_(cast.multi), TO, body).status == 422


def test_what_is_no_json_is_refused(browser, cast, vapid):
    someone = browser.as_(cast.multi)
    answer = someone.client.post(TO, data="{", headers={"X-CSRF-Token": someone.token(), "Content-Type": "application/json"})
    assert answer.status_code == 422


def test_a_key_that_is_none_of_ours_is_refused_and_an_old_one_of_ours_is_not(browser, cast, sql, vapid, app):
    newest = keys.make(app.extensions["settings"])
    someone = browser.as_(cast.multi)
    assert post_json(someone, TO, subscription(key_id="nobody's")).status == 422
    assert post_json(someone, TO, subscription(key_id=["a"])).status == 422
    assert post_json(someone, TO, subscription(key_id=vapid.id)).status == 201
    assert post_json(someone, TO, subscription()).status == 201
    assert sql.execute("SELECT key_id FROM push_subscription ORDER BY created_at").fetchall() == [(vapid.id,), (newest.id,)]


def test_without_keys_nothing_can_be_subscribed(browser, cast):
    assert post_json(browser.as_(cast.multi), TO, subscription()).status == 422


def test_ten_devices_are_enough(browser, cast, sql, vapid):
    said = subscription()
    for number in range(9):
        add_device(sql, cast.multi, f"{ENDPOINT}{number}")
    someone = browser.as_(cast.multi)
    assert post_json(someone, TO, said).status == 201
    page = post_json(someone, TO, subscription())
    assert (page.status, page.response.json) == (
        422,
        {"message": "You have 10 devices here already. Remove one of them first."},
    )
    assert post_json(someone, TO, said).status == 201, "one of the ten may say it again"
    assert post_json(browser.as_(cast.thaba.teacher), TO, subscription()).status == 201, "they are counted by person"


def test_a_page_of_another_school_subscribes_nothing(browser, cast, sql, vapid):
    page = post_json(browser.as_(cast.multi), TO, subscription(), **{"X-School": "2"})
    assert (page.status, page.response.json) == (409, {"message": "You are working in another school now. Reload the page."})
    assert devices(sql) == []


def test_without_a_token_without_a_sign_in_and_without_a_school_nothing_is_subscribed(browser, cast, sql, vapid):
    assert post_json(browser.as_(cast.multi), TO, subscription(), token=False).status == 400
    assert post_json(browser, TO, subscription()).location.startswith("/login")
    assert post_json(browser.as_(cast.nobody), TO, subscription()).status == 404
    assert devices(sql) == []


def test_a_device_is_removed_and_it_is_audited(browser, cast, sql):
    device = add_device(sql, cast.multi)
    someone = browser.as_(cast.multi)
    page = someone.post(f"{PAGE}/devices/{device}/remove")
    assert (page.status, page.location) == (303, PAGE)
    assert devices(sql) == []
    assert actions(sql) == ["contact.remove_device"]
    assert someone.post(f"{PAGE}/devices/{device}/remove").status == 404


def test_nobody_removes_the_device_of_somebody_else(browser, cast, sql):
    theirs, elsewhere = add_device(sql, cast.thaba.guardian), add_device(sql, cast.karoo.guardian)
    for device in (theirs, elsewhere):
        for someone in (cast.thaba.admin, cast.thaba.teacher, cast.multi):
            assert browser.as_(someone).post(f"{PAGE}/devices/{device}/remove").status == 404
    assert len(devices(sql)) == 2


def test_a_device_tells_its_new_address_in_every_school_without_signing_in(browser, cast, sql, vapid, settings):
    first, second = (
        add_device(sql, cast.thaba.guardian, ENDPOINT + "old"),
        add_device(sql, cast.karoo.guardian, ENDPOINT + "old"),
    )
    said = subscription(tokens=[device_token(settings, 1, first), device_token(settings, 2, second), "forged"])
    assert post_json(browser, RENEW, said, token=False).status == 204
    rows = sql.execute("SELECT id, endpoint, p256dh, key_id FROM push_subscription ORDER BY school_id").fetchall()
    assert rows == [(device, said["endpoint"], said["keys"]["p256dh"], vapid.id) for device in (first, second)]
    assert actions(sql) == ["contact.renew_device"] * 2
    post_json(browser, RENEW, said, token=False)
    assert actions(sql) == ["contact.renew_device"] * 2, "the same again changes nothing"


def test_a_device_that_was_subscribed_anew_meanwhile_stays_one(browser, cast, sql, vapid, settings):
    said = subscription()
    device = add_device(sql, cast.multi, ENDPOINT + "old")
    post_json(browser.as_(cast.multi), TO, said)
    post_json(browser, RENEW, {**said, "tokens": [device_token(settings, 1, device)]}, token=False)
    assert sql.execute("SELECT id, endpoint FROM push_subscription").fetchall() == [(device, said["endpoint"])]


def test_a_removed_device_stays_removed(browser, cast, sql, vapid, settings):
    device = add_device(sql, cast.multi)
    browser.as_(cast.multi).post(f"{PAGE}/devices/{device}/remove")
    post_json(browser, RENEW, subscription(tokens=[device_token(settings, 1, device)]), token=False)
    assert devices(sql) == []


@pytest.mark.parametrize("body", [None, [], {}, {"tokens": 7}, {"tokens": [7, None, "", "x" * 48]}])
def test_a_renewal_that_says_nothing_changes_nothing_and_tells_nothing(browser, cast, sql, vapid, body):
    add_device(sql, cast.multi, ENDPOINT + "old")
    for said in (body, subscription(**body) if isinstance(body, dict) else body):
        assert post_json(browser, RENEW, said, token=False).status == 204
    assert [row[1] for row in devices(sql)] == [ENDPOINT + "old"]


def test_a_renewal_cannot_lead_anywhere_else(browser, cast, sql, vapid, settings):
    device = add_device(sql, cast.multi, ENDPOINT + "old")
    said = subscription("https://evil.example/x", tokens=[device_token(settings, 1, device)])
    assert post_json(browser, RENEW, said, token=False).status == 204
    assert [row[1] for row in devices(sql)] == [ENDPOINT + "old"]


def test_a_token_of_another_kind_is_no_device(cast, settings):
    person = cast.multi.person_id
    assert device_of(settings, device_token(settings, 1, person)) == (1, person)
    assert device_of(settings, secrets.token_urlsafe(36)) is None


def test_the_name_of_a_browser_that_says_nothing(browser, cast, sql, vapid):
    sql.execute("UPDATE app_user SET language = 'en'")
    someone = browser.as_(cast.thaba.guardian)
    post_json(someone, TO, subscription(), **{"User-Agent": "curl/8"})
    assert "Unknown browser" in someone.get(PAGE).main
    assert CHROME not in someone.get(PAGE).text
