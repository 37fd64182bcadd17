"""The owner's pages of the form: what it asks and says, the consent, the sites, open and closed."""

from __future__ import annotations

import re

import pytest

from tests.lead_form.conftest import leads, open_form

BASE = "/marketing/form"


@pytest.fixture
def reads(browser, cast, sql):
    """The owner of Thaba, reading the product in a language."""

    def read(language="en", who=cast.thaba.owner):
        sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, who.user_id))
        return browser.as_(who, language=language)

    return read


@pytest.fixture
def owner(reads):
    return reads()


def _events(sql):
    return [action for (action,) in sql.execute("SELECT action FROM audit_event ORDER BY id").fetchall()]


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_a_school_begins_with_a_closed_form_and_opens_it(browser, cast, sql, reads, language):
    owner = reads(language)
    owner.get(f"{BASE}/")
    assert owner.post(f"{BASE}/open").location == f"{BASE}/"
    assert owner.post(f"{BASE}/open").status == 303
    texts, by_name = sql.execute("SELECT texts, by_name FROM lead_consent_text").fetchone()
    assert set(texts) == {"en", "af", "zu"}
    assert (by_name, _events(sql)) == (cast.thaba.owner.name, ["lead_form.publish_consent", "lead_form.open"])
    assert browser.get("/s/thaba/lead?lang=en").h1 == "Ask about a place at Thaba Nkulu Primary"
    owner.get(f"{BASE}/")
    assert owner.post(f"{BASE}/close").status == 303
    assert browser.get("/s/thaba/lead?lang=en").h1 == "This form is closed"


def test_the_page_shows_what_came_and_what_was_refused(owner, reads, cast, sql):
    open_form(sql, cast.thaba)
    sql.execute(
        "INSERT INTO lead_form_refusal (school_id, id, on_date, reason, number) VALUES (1, uuid7(), current_date, 'quick', 7)"
    )
    page = owner.get(f"{BASE}/")
    assert "Was sent faster than people type7" in page.main
    assert page.headers["Content-Security-Policy"].endswith("; frame-src 'self'")
    assert "Nothing was refused" in reads("en", cast.karoo.owner).get(f"{BASE}/").main


def test_fields_are_decided(owner, browser, cast, sql):
    good = {"email": "required", "phone": "off", "child_name": "required", "child_grade": "off", "child_birth_date": "optional",
            "message": "off", "min_seconds": "5", "per_address": "40"}  # fmt: skip
    assert owner.post(f"{BASE}/fields", good).status == 303
    assert owner.post(f"{BASE}/fields", good).status == 303
    assert sql.execute("SELECT fields, min_seconds, per_address FROM lead_form").fetchone() == (
        {key: good[key] for key in good if key not in ("min_seconds", "per_address")}, 5, 40,
    )  # fmt: skip
    assert _events(sql) == ["lead_form.change"]
    page = owner.post(f"{BASE}/fields", {**good, "email": "off", "min_seconds": "x", "per_address": "0"})
    assert (page.status, page.problems) == (
        422, ["Ask for an email address or a phone number: otherwise nobody can be answered",
              "Enter a whole number from 0 to 30", "Enter a whole number from 1 to 1000"],
    )  # fmt: skip


def test_words_are_the_schools_own_or_the_usual_ones(owner, browser, cast, sql):
    form = owner.get(f"{BASE}/words").form()
    assert form["title_en"] == "Ask about a place at Thaba Nkulu Primary"
    assert owner.post(f"{BASE}/words", {**form, "title_en": "Come & see us", "button_en": ""}).status == 303
    assert sql.execute("SELECT wordings FROM lead_form").fetchone() == ({"en": {"title": "Come & see us"}},)
    sql.execute("UPDATE lead_form SET is_open = true")
    page = browser.get("/s/thaba/lead?lang=en")
    assert (page.h1, page.main.endswith("Send the enquiry")) == ("Come & see us", True)
    page = owner.post(f"{BASE}/words", {**form, "title_en": "x" * 121})
    assert (page.status, page.problems) == (422, ["Too long: at most 120 characters"])


def test_another_text_of_consent_is_another_version(owner, browser, cast, sql):
    open_form(sql, cast.thaba)
    form = owner.get(f"{BASE}/consent").form()
    assert owner.post(f"{BASE}/consent", form).status == 303
    assert owner.post(f"{BASE}/consent", {**form, "text_en": "You may answer me."}).status == 303
    assert sql.execute("SELECT version, texts ->> 'en' FROM lead_consent_text ORDER BY 1").fetchall() == [
        (1, "You may keep this (en)."), (2, "You may answer me."),
    ]  # fmt: skip
    assert "You may keep this (en)." in owner.get(f"{BASE}/consent").main
    page = owner.post(f"{BASE}/consent", {**form, "text_zu": ""})
    assert (page.status, page.problems) == (422, ["Write it in this language too: people agree to what they can read"])
    assert _events(sql) == ["lead_form.publish_consent"]


def test_sites_are_listed_and_stand_in_the_header(owner, browser, cast, sql):
    open_form(sql, cast.thaba)
    sites = "https://www.School.example/\n\nhttps://skool.co.za:8443\nhttps://www.school.example"
    assert owner.post(f"{BASE}/sites", {"origins": sites}).status == 303
    policy = browser.get("/s/thaba/lead").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://www.school.example https://skool.co.za:8443")
    page = owner.post(f"{BASE}/sites", {"origins": "https://a.example/b"})
    assert page.status == 422
    assert page.problems[0].startswith("“https://a.example/b” is more than the address of a site.")
    assert _events(sql) == ["lead_form.change"]


def test_the_preview_shows_the_form_and_sends_nothing(owner, browser, cast, sql):
    page = owner.get(f"{BASE}/preview?lang=af", check=False).check("af")
    assert page.all("html")[0].get("lang") == "af"
    assert not page.all("form")
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "form-action 'none'" in policy


def test_the_pieces_to_copy_need_no_script_and_no_style(owner, browser, cast, sql):
    open_form(sql, cast.thaba)
    page = owner.get(f"{BASE}/?lang=zu")
    frame, plain = ("".join(page.one("code", id=f"snippet-{key}").itertext()) for key in ("frame", "plain"))
    assert 'src="http://localhost/s/thaba/lead?frame=1&amp;lang=zu"' in frame
    assert not re.search(r"style=|\bon\w+=|<script", frame + plain)
    assert 'name="step" value="check"' in plain


@pytest.mark.parametrize("path", ["", "fields", "words", "consent", "sites", "preview"])
def test_only_the_owner_opens_it(browser, cast, path):
    assert browser.as_(cast.thaba.admin).get(f"{BASE}/{path}").status == 403


def test_owners_are_told_once_of_what_came(browser, cast, sql, mailserver, work_off, stranger):
    for number in range(3):
        assert stranger.asks(email=f"p{number}@example.org").status == 303
    work_off()
    (letter,) = [mail for mail in mailserver.mails if "/marketing/leads/" in mail.text]
    assert letter.to == cast.thaba.owner.email
    assert "palesa" not in letter.text.lower()
    assert stranger.asks(email="p4@example.org").status == 303
    (due,) = sql.execute(
        "SELECT due_at > now() + interval '14 minutes' FROM outbox WHERE job = 'lead_form.tell_owners' AND done_at IS NULL"
    ).fetchone()
    assert due
    assert len(leads(sql)) == 4
