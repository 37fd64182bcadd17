"""Every form of every page is filled in and sent, along the URL map: what changes anything leaves an event.

The guard that fails a silent change (app/audit/vigilance.py, with planted routes in test_vigilance.py) stands in every test of the
suite; this walk takes it to every route that a page has a form for, also of an area whose own tests forget one. What a form asks
for by more than the types of its fields is sent by the tests of its area.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Flask

from tests.conftest import Browser
from tests.pages import XHTML, Page
from tests.samples import address_of, sample_ids  # noqa: F401  a fixture

FEWEST = 50  # routes that the walk has to bring to an event: else it has lost its way
ENDS_SESSIONS = {"account.sign_out"}
LOGS = "SELECT (SELECT count(*) FROM audit_event) + (SELECT count(*) FROM platform_event WHERE action <> 'tenancy.crossed')"
RESTORED = (
    "UPDATE login_session SET revoked_at = NULL, stepped_up_at = now(), active_school = %s,"
    " data = jsonb_build_object('csrf_token', data->'csrf_token') WHERE token_hash = sha256(%s)"
)
#: what a field holds by what its name says, where its type says too little
TYPED = {
    "email": "somebody.new@example.com", "phone": "+27 82 123 4567", "date": "2026-03-03", "time": "08:30", "number": "3",
    "tel": "+27 82 123 4567", "datetime-local": "2026-03-03T08:30", "url": "https://example.com", "color": "#336699",
    "password": "a long walk to the river",
}  # fmt: skip


class Found(NamedTuple):
    """A form of a page: who saw it where, and what a browser would send once every field that is asked for is filled in."""

    someone: Any
    page: str
    fields: dict[str, str]


class Walk:
    """Somebody's way through every page, and then through every form."""

    def __init__(self, app: Flask, sql: Any, people: list[Any], samples: dict[str, str]) -> None:
        self.app, self.sql, self.people, self.samples = app, sql, people, samples
        self.forms: dict[str, Found] = {}

    def browser(self, someone: Any) -> Browser:
        self.sql.execute(RESTORED, (someone.school, someone.token.encode()))
        return Browser(self.app).as_(someone)

    def look(self) -> None:
        """Collect the forms of every page that one of the people is shown."""
        rules = [rule for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
        known = [rule for rule in rules if rule.arguments <= self.samples.keys()]  # tests/web misses samples
        for path in (address_of(self.app, rule, self.samples) for rule in sorted(known, key=str)):
            for someone in self.people:
                answer = self.browser(someone).client.get(path)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    page = Page(answer)
                    for form in page.all("form"):
                        if form.get("method") == "post":
                            action = (form.get("action") or path).partition("?")[0]
                            self.forms.setdefault(action, Found(someone, path, filled(form)))
                    break

    def send(self, rule: Any) -> str:
        """Send the form of a rule: "" when it was answered well and left an event, else what happened."""
        if rule.arguments - self.samples.keys():
            return f"no sample for {sorted(rule.arguments - self.samples.keys())}"
        values = {name: self.samples[name] for name in rule.arguments}
        path = str(self.app.url_map.bind("localhost").build(rule.endpoint, values, method="POST"))
        found = self.forms.get(path)
        if found is None:
            return "no page has a form for it"
        browser = self.browser(found.someone)
        (before,) = self.sql.execute(LOGS).fetchone()
        fields = found.fields
        try:
            answer = browser.client.post(path, data=fields | {"csrf_token": browser.token()})
        except Exception as fault:
            return f"raised {fault!r}"
        (after,) = self.sql.execute(LOGS).fetchone()
        if answer.status_code >= 400:
            problems = Page(answer).problems if answer.mimetype == "text/html" else []
            return f"{answer.status_code} {problems}"
        if (answer.location or "").startswith(("/settings/confirm", "/login")):
            return f"led to {answer.location}"
        return "" if after > before else f"{answer.status_code} and no event: {answer.location} {sorted(fields)}"


def filled(form: Any) -> dict[str, str]:
    """What a browser would send of a form, with something in every field."""
    values: dict[str, str] = {}
    for e in form.iter():
        name, tag, kind = e.get("name"), e.tag.removeprefix(XHTML), e.get("type", "text")
        if not name:
            continue
        if tag == "textarea":
            values[name] = (e.text or "").strip() or "Words of the sweep."
        elif tag == "select":
            options = [o.get("value", "") for o in e.iter(XHTML + "option")]
            chosen = [o.get("value", "") for o in e.iter(XHTML + "option") if o.get("selected") is not None]
            values[name] = next((o for o in [*chosen, *options] if o), "")
        elif kind in ("checkbox", "radio"):
            if e.get("checked") is not None or name not in values:
                values[name] = e.get("value", "on")
        elif kind == "hidden":
            values[name] = e.get("value", "")
        elif tag == "input" and kind not in ("submit", "file"):
            values[name] = e.get("value") or TYPED.get(kind) or TYPED.get(name, "Sweep")
        elif tag == "button" and name not in values:
            values[name] = e.get("value", "")
    return values


def test_no_form_of_any_page_changes_anything_without_an_event(app, sql, cast, sample_ids):  # noqa: F811
    sql.execute("UPDATE app_user SET language = 'en'")
    walk = Walk(
        app, sql, [cast.thaba.owner, cast.superuser, cast.thaba.admin, cast.thaba.guardian, cast.thaba.teacher], sample_ids
    )
    walk.look()
    said = {
        rule.endpoint: walk.send(rule)
        for rule in sorted(app.url_map.iter_rules(), key=str)
        if "POST" in (rule.methods or ()) and rule.endpoint not in ENDS_SESSIONS
    }
    assert {endpoint: what for endpoint, what in said.items() if what.startswith(("raised", "5"))} == {}
    left = [endpoint for endpoint, what in said.items() if not what]
    assert len(left) >= FEWEST, f"only {len(left)} routes left an event: {left}"
