"""Notifications in a real browser: the worker, the question that it asks, and each way in which it can fail."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app.delivery import keys
from app.delivery.receipts import device_token, receipt_token
from app.ids import uuid7
from tests.browser.conftest import ARGUMENTS, LOUD, fits, violations
from tests.contact.arranged import ENDPOINT, add_device, subscription

PAGE, BUTTON = "/settings/notifications", "Show notifications on this device"
OFF = "[data-ask]:not([hidden])"
SAID = "[role=status] > [data-say]:not([hidden])"
REGISTER = """async () => {
    const policy = trustedTypes.createPolicy("test", { createScriptURL: (url) => url });
    await navigator.serviceWorker.register(policy.createScriptURL("/sw.js"), { scope: "/" });
    const { active } = await navigator.serviceWorker.ready;
    while (active.state !== "activated") await new Promise((done) => setTimeout(done, 5));
}"""
#: what stands on the screen, once there is so much of it and the last of it says `body`
SHOWN = """async ([howMany, body]) => {
    const registration = await navigator.serviceWorker.getRegistration("/");
    for (let tries = 0; tries < 600; tries++) {
        const shown = await registration.getNotifications();
        if (shown.length === howMany && (body === null || shown[0].body === body))
            return shown.map(({ title, body, tag, icon, data }) => ({ title, body, tag, icon, data }));
        await new Promise((done) => setTimeout(done, 25));
    }
}"""
#: a click on each notification of the worker, and what it opened or brought to the front: without a person at the screen
#: Chromium lets it do neither, so its two doors are watched here
CLICK = """async () => {
    const seen = [], waiting = [];
    self.clients.openWindow = async (url) => seen.push("open " + url);
    WindowClient.prototype.focus = async function () { seen.push("focus " + this.url); };
    for (const notification of await self.registration.getNotifications()) {
        const event = new NotificationEvent("notificationclick", { notification });
        event.waitUntil = (promise) => waiting.push(promise);
        self.dispatchEvent(event);
    }
    await Promise.all(waiting);
    return seen;
}"""
CHANGED = """async (fresh) => {
    const waiting = [], event = new Event("pushsubscriptionchange");
    Object.assign(event, { newSubscription: { toJSON: () => fresh }, waitUntil: (promise) => waiting.push(promise) });
    self.dispatchEvent(event);
    await Promise.all(waiting);
}"""
#: a push service for a browser that has none: subscriptions as Chromium would make them, kept over reloads
SERVICE = """
    const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)).buffer;
    const made = (kept) => kept && {
        endpoint: kept.said.endpoint, options: { applicationServerKey: bytes(kept.key) }, toJSON: () => kept.said,
        unsubscribe: async () => { localStorage.removeItem("push"); return true; },
    };
    PushManager.prototype.getSubscription = async () => made(JSON.parse(localStorage.getItem("push")));
    PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
        localStorage.setItem("push", JSON.stringify({ key: applicationServerKey, said: SAID.shift() }));
        return made(JSON.parse(localStorage.getItem("push")));
    };
"""


@pytest.fixture
def vapid(app):
    """The environment has a key."""
    settings = app.extensions["settings"]
    yield keys.make(settings)
    shutil.rmtree(keys.folder_of(settings))


def with_service(page: Page, *said: dict[str, Any]) -> None:
    """Give the page a push service that makes these subscriptions, and a person who has said yes."""
    page.context.grant_permissions(["notifications"])
    page.add_init_script(f"window.SAID = {json.dumps(said)};{SERVICE}")
    page.reload()


def says(page: Page) -> str:
    """The one line that the page says of this device, once there is one."""
    page.wait_for_function(f"() => ![undefined, 'scripts', 'waiting'].includes(document.querySelector({SAID!r})?.dataset.say)")
    (line,) = page.locator(SAID).all()
    return str(line.get_attribute("data-say"))


class Worker:
    """The worker of a page's site, and a way to have things pushed to it."""

    def __init__(self, page: Page) -> None:
        self.page, self.found = page, []
        page.context.grant_permissions(["notifications"])
        page.evaluate(REGISTER)
        (self.itself,) = page.context.service_workers
        self.line = page.context.new_cdp_session(page)
        self.line.on("ServiceWorker.workerRegistrationUpdated", self._found)
        self.line.send("ServiceWorker.enable")
        for _ in range(1200):  # the line says which registrations there are when it gets to it
            if self.found:
                break
            page.wait_for_timeout(25)

    def _found(self, said: dict[str, Any]) -> None:
        """Registrations that there are now; of another page that has just closed the line still says that they are deleted."""
        self.found += [one for one in said["registrations"] if not one["isDeleted"]]

    def push(self, data: str) -> None:
        self.pushed = data
        number, origin = self.found[-1]["registrationId"], self.page.evaluate("location.origin")
        self.line.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": number, "data": data})

    def shown(self, how_many: int, body: str | None = None) -> list[dict[str, Any]]:
        """What stands on the screen, once it is so many (and says this); what the line of the tools lost is sent a second time."""
        shown = self.page.evaluate(SHOWN, [how_many, body])
        if shown is None:
            self.push(self.pushed)
            shown = self.page.evaluate(SHOWN, [how_many, body])
        return list(shown)


def test_a_push_shows_the_school_and_the_title_and_sends_a_receipt(visit, cast, sql, settings):
    page = visit(cast.multi, PAGE)
    worker, receipt = Worker(page), receipt_token(settings, 1, uuid7())
    with page.context.expect_event("response", lambda answer: answer.url.endswith("/push/receipts")) as answer:
        said = {"title": "Thaba Nkulu Primary", "body": "School closes early", "url": "/schedule-notices/1", "tag": "t"}
        worker.push(json.dumps({**said, "receipt": receipt}))
    (shown,) = worker.shown(1)
    assert (shown["title"], shown["body"], shown["tag"]) == ("Thaba Nkulu Primary", "School closes early", "t")
    assert "/static/icon-192." in shown["icon"]
    assert answer.value.status == 204
    assert sql.execute("SELECT proven_at IS NOT NULL FROM provider WHERE name = 'push'").fetchone() == (True,)


@pytest.mark.parametrize("data", ["", "nonsense{", "null", "[]", "7", '{"title": 7, "body": {}, "tag": null, "url": ["x"]}'])
def test_whatever_comes_something_is_shown(visit, cast, data):
    worker = Worker(visit(cast.multi, PAGE))
    worker.push(data)
    (shown,) = worker.shown(1)
    assert (shown["title"], shown["body"]) == ("Umthi", "")


def test_the_same_topic_again_takes_the_place_of_the_first(visit, cast):
    worker = Worker(visit(cast.multi, PAGE))
    for body in ("Closes at two", "Closes at one"):
        worker.push(json.dumps({"title": "Thaba", "body": body, "tag": "t"}))
    assert len(worker.shown(1, "Closes at one")) == 1


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("{site}/schedule-notices/1", "open {site}/schedule-notices/1"),
        ("/schedule-notices/1", "open {site}/schedule-notices/1"),
        ("{site}/settings/notifications", "focus {site}/settings/notifications"),
        ("https://evil.example/", "open {site}/"),
        ("javascript:alert(1)", "open {site}/"),
        ("", "open {site}/"),
    ],
)
def test_a_click_opens_the_notice_or_the_tab_that_shows_it_and_nothing_elsewhere(visit, live, cast, url, seen):
    worker = Worker(visit(cast.multi, PAGE))
    worker.push(json.dumps({"title": "Thaba", "body": "x", "url": url.format(site=live.address)}))
    worker.shown(1)
    assert worker.itself.evaluate(CLICK) == [seen.format(site=live.address)]
    assert worker.shown(0) == [], "it is gone from the screen"


def test_a_device_whose_address_changes_tells_every_school(visit, cast, sql, vapid, settings):
    worker = Worker(visit(cast.multi, PAGE))
    first, second = (
        add_device(sql, cast.thaba.guardian, ENDPOINT + "old"),
        add_device(sql, cast.karoo.guardian, ENDPOINT + "old"),
    )
    kept = {
        "key": vapid.public,
        "key_id": vapid.id,
        "tokens": {"1": device_token(settings, 1, first), "2": device_token(settings, 2, second)},
    }
    worker.page.evaluate(
        "async (kept) => (await caches.open('device')).put('/device', new Response(JSON.stringify(kept)))", kept
    )
    worker.itself.evaluate(CHANGED, subscription(ENDPOINT + "new"))
    assert sql.execute("SELECT DISTINCT endpoint FROM push_subscription").fetchall() == [(ENDPOINT + "new",)]


def test_nothing_is_asked_and_nothing_registered_before_the_click(visit, cast, vapid):
    page = visit(cast.multi, PAGE)
    page.wait_for_selector(OFF)
    assert page.evaluate("Notification.permission") == "default"
    assert page.evaluate("navigator.serviceWorker.getRegistration('/').then(Boolean)") is False
    assert page.locator(SAID).count() == 0


def test_who_says_no_is_told_how_to_allow_it(visit, cast, vapid):
    page = visit(cast.multi, PAGE)
    page.get_by_role("button", name=BUTTON).click()  # nobody is there to answer: Chromium takes that as a no
    assert says(page) == "denied"
    assert not page.locator(OFF).count(), "asking again would do nothing"
    page.reload()
    assert says(page) == "denied"


def test_a_device_is_subscribed_marked_and_removed(visit, cast, sql, vapid):
    page, said = visit(cast.thaba.admin, PAGE), subscription()
    sql.execute("UPDATE app_user SET language = 'en'")
    with_service(page, said)
    page.get_by_role("button", name=BUTTON).click()
    page.wait_for_selector(".note.ok")
    assert says(page) == "on"
    row = page.locator("[data-device]")
    assert row.count() == 1
    assert row.get_by_text("This device").is_visible()
    assert sql.execute("SELECT endpoint, key_id FROM push_subscription").fetchall() == [(said["endpoint"], vapid.id)]
    row.get_by_role("button").click()
    page.wait_for_selector(OFF)
    assert sql.execute("SELECT count(*) FROM push_subscription").fetchone() == (0,)
    assert page.evaluate("localStorage.getItem('push')") is None, "the browser has forgotten it too"


def test_whoever_is_in_two_schools_keeps_the_browsers_subscription_for_the_other(visit, cast, sql, vapid):
    page = visit(cast.multi, PAGE)
    with_service(page, subscription())
    page.get_by_role("button", name=BUTTON).click()
    page.locator("[data-device]").get_by_role("button").click()
    page.wait_for_selector(OFF)
    assert sql.execute("SELECT count(*) FROM push_subscription").fetchone() == (0,)
    assert page.evaluate("localStorage.getItem('push')") is not None


def test_with_a_newer_key_the_device_subscribes_itself_anew(visit, app, cast, sql, vapid):
    page, said = visit(cast.multi, PAGE), [subscription(), subscription()]
    with_service(page, *said)
    page.get_by_role("button", name=BUTTON).click()
    page.wait_for_selector(".note.ok")
    (before,) = sql.execute("SELECT id FROM push_subscription").fetchall()
    newest = keys.make(app.extensions["settings"])
    page.add_init_script("SAID.shift()")
    with page.expect_response(lambda answer: answer.url.endswith("/push/subscriptions")):
        page.reload()
    page.wait_for_load_state("networkidle")
    rows = sql.execute("SELECT id, endpoint, key_id FROM push_subscription").fetchall()
    assert rows == [(*before, said[1]["endpoint"], newest.id)], "the same device, at its new address"
    assert says(page) == "on"


def test_what_the_school_refuses_is_said_in_its_words(visit, cast, vapid):
    page = visit(cast.multi, PAGE)
    with_service(page, subscription("https://evil.example/push"))
    page.get_by_role("button", name=BUTTON).click()
    assert says(page) == "answer"
    assert page.locator(SAID).inner_text().startswith("Umthi does not know the notification service of this browser.")
    assert page.locator(OFF).count() == 1


def test_a_push_service_that_does_not_answer_is_not_waited_for(visit, cast, vapid):
    page = visit(cast.multi, PAGE)
    page.context.grant_permissions(["notifications"])
    page.add_init_script("PushManager.prototype.subscribe = () => new Promise(() => {})")
    page.reload()
    assert page.locator("#this-device").get_attribute("data-patience") == "10000"
    page.locator("#this-device").evaluate("box => { box.dataset.patience = '300'; }")
    page.get_by_role("button", name=BUTTON).click()
    assert says(page) == "late"
    assert "did not answer within 10 seconds" in page.locator(SAID).inner_text()


def test_chromium_itself_without_a_push_service_ends_with_a_sentence(chromium: Browser, live, cast, vapid, tmp_path):
    """The real thing: an ordinary profile, the real subscribe(), and nothing that it could reach."""
    path = chromium.browser_type.launch_persistent_context(
        tmp_path, executable_path=shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"),
        args=[*ARGUMENTS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"], permissions=["notifications"],
    )  # fmt: skip
    try:
        said: list[str] = []
        path.add_cookies([{"name": "session", "value": cast.multi.token, "url": live.address}])
        page = path.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type in LOUD else None)
        page.goto(live.address + PAGE)
        page.locator("#this-device").evaluate("box => { box.dataset.patience = '2000'; }")
        page.get_by_role("button", name=BUTTON).click()
        assert says(page) in ("late", "failed")
        assert page.locator(OFF).count() == 1
        assert said == []
    finally:
        path.close()


def test_a_browser_that_cannot_is_told_which_can(visit, cast, vapid):
    page = visit(cast.multi, PAGE)
    page.add_init_script("delete window.PushManager")
    page.reload()
    assert says(page) == "unsupported"
    page.add_init_script("Object.defineProperty(navigator, 'userAgent', { value: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5)' })")
    page.reload()
    assert says(page) == "home"
    page.locator(".more-on summary").click()
    assert page.get_by_text("Choose ‘Add to Home Screen’, then ‘Add’.").is_visible()


def test_without_the_script_the_page_says_what_is_missing(visit, cast, vapid):
    page = visit(cast.multi, PAGE, scripts=False)
    assert says_without_scripts(page) == "scripts"


def says_without_scripts(page: Page) -> str:
    return str(page.locator(SAID).get_attribute("data-say"))


@pytest.mark.parametrize("width", [1440, 320, pytest.param(390, marks=pytest.mark.full)])
def test_the_pages_are_accessible_and_fit_with_everything_on_them(visit, cast, sql, vapid, axe, width, sample_ids):
    for _ in range(2):
        add_device(sql, cast.multi)
    sql.execute("UPDATE person SET email_flagged_at = now()")
    sql.execute("UPDATE school SET quiet_from = '20:00', quiet_until = '05:00'")
    page = visit(cast.multi, PAGE, width=width, mode="dark" if width == 390 else "light")
    page.locator(".more-on summary").click()
    for line in page.locator("[data-say]").all():
        line.evaluate("line => { line.hidden = false; }")
    assert violations(axe, page) == []
    assert fits(page)
    page = visit(None, f"/unsubscribe/{sample_ids['link']}", width=width)
    page.locator("main .btn").click()
    page.get_by_role("heading", level=1).wait_for()
    assert violations(axe, page) == []
    assert fits(page)
