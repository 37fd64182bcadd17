"""The pages of exports: what can be taken out, how it is chosen and previewed, what was taken out and by whom."""

from __future__ import annotations

import re

import pytest

from app.access.permissions import GRANTS, Permission
from app.exports.dataset import datasets_of
from app.exports.filters import Filter
from app.tenancy import counting
from tests.exports.asking import ask, prove, shown


@pytest.fixture(autouse=True)
def _in_english(sql):
    sql.execute("UPDATE app_user SET language = 'en'")


@pytest.fixture
def admin(browser, cast):
    return browser.as_(cast.thaba.admin)


def test_every_dataset_that_a_person_may_take_out_is_listed(app, browser, cast):
    page = browser.as_(cast.thaba.owner, language="en").get("/exports/")
    assert page.h1 == "Exports"
    for dataset in datasets_of(app).values():
        assert f'href="/exports/new/{dataset.name}"' in page.text
    assert "Everything at once" in page.main
    assert "No exports yet" in page.main


def test_what_needs_another_right_is_not_listed(app, admin, monkeypatch):
    monkeypatch.setitem(GRANTS, "admin", GRANTS["admin"] - {Permission.NOTICES_MANAGE})
    assert 'href="/exports/new/deliveries"' not in admin.get("/exports/").text
    assert admin.get("/exports/new/deliveries").status == 403


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_nobody_else_gets_in(browser, cast, role):
    someone = browser.as_(getattr(cast.thaba, role))
    assert {someone.get(path).status for path in ("/exports/", "/exports/new/classes", "/exports/new/nothing")} == {403}


def test_what_is_none_is_404(admin):
    assert {admin.get(path).status for path in ("/exports/new/nothing", f"/exports/{'0' * 8}-0000-7000-8000-{'0' * 12}")} == {
        404
    }


def test_each_filter_that_a_person_can_set_is_a_field_with_a_label(app, browser, cast):
    owner = browser.as_(cast.thaba.owner, language="en")
    for dataset in datasets_of(app).values():
        page = owner.get(f"/exports/new/{dataset.name}")
        for name, each in dataset.filters.items():
            assert (f'<label for="{name}">' in page.text) == isinstance(each, Filter), (dataset.name, name)


def test_the_first_rows_are_shown_before_anything_is_made(admin, sql, cast):
    page = admin.get("/exports/new/learners")
    assert "1 row" in shown(page)
    assert cast.thaba.student.name.split()[0] in page.main
    sql.execute(
        "INSERT INTO class_group (school_id, id, name, sort_key, year)"
        " SELECT 1, uuid7(), 'Class ' || lpad(n::text, 2, '0'), lpad(n::text, 2, '0'), 2026 FROM generate_series(1, 12) n"
    )
    page = admin.get("/exports/new/classes")
    assert len(re.findall(r"Class \d\d", page.main)) == 10
    assert "12 rows" in shown(page)


def test_a_preview_follows_the_choices_and_makes_nothing(admin, sql):
    page = admin.post("/exports/new/learners", {"format": "csv", "language": "af", "status": "left", "preview": "yes"})
    assert page.status == 200
    assert "No rows" in page.main
    assert '<option value="left" selected>' in page.text
    assert sql.execute("SELECT count(*) FROM export").fetchone() == (0,)


def test_the_language_of_the_headings_is_the_readers_until_they_choose_another(admin, sql):
    assert '<option value="en" selected>' in admin.get("/exports/new/classes").text
    sql.execute("UPDATE app_user SET language = 'zu'")
    assert '<option value="zu" selected>' in admin.get("/exports/new/classes").text


def test_what_cannot_be_read_is_said_and_nothing_typed_is_lost(admin, sql):
    page = admin.post("/exports/new/attendance", {"format": "csv", "language": "en", "since": "yesterday"})
    assert page.status == 422
    assert page.problems == ["Enter a day, like 2027-03-31"]
    assert 'value="yesterday"' in page.text
    assert sql.execute("SELECT count(*) FROM export").fetchone() == (0,)


@pytest.mark.parametrize("query", ["since=x", "status=lost", "language=fr&format=pdf", "class=1&nothing=2"])
def test_an_address_with_choices_that_are_none_opens_the_form_without_them(admin, query):
    assert admin.get(f"/exports/new/attendance?{query}").status == 200


def test_people_are_taken_out_only_by_whoever_proves_who_they_are(admin, sql, work_off):
    sent = {"format": "csv", "language": "en", "status": "enrolled"}
    page = admin.post("/exports/new/learners", sent)
    assert page.status == 303
    assert page.location
    assert page.location.startswith("/account/confirm") or "confirm" in page.location
    assert "status%3Denrolled" in page.location
    prove(sql)
    address = ask(admin, "learners")
    work_off()
    sql.execute("UPDATE login_session SET stepped_up_at = now() - interval '11 minutes'")
    page = admin.get(f"{address}/file")
    assert page.status == 303
    assert "confirm" in (page.location or "")
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'exports.fetch'").fetchone() == (0,)


def test_the_page_says_who_downloaded_it(browser, admin, cast, work_off):
    address = ask(admin, "classes")
    work_off()
    assert "Nobody yet" in admin.get(address).main
    browser.as_(cast.thaba.owner).get(f"{address}/file")
    page = admin.get(address)
    assert cast.thaba.owner.name in shown(page)
    listed = admin.get("/exports/")
    assert cast.thaba.owner.name in shown(listed)
    assert f'href="{address}"' in listed.text


def test_what_was_chosen_is_told_and_can_be_asked_for_again(admin, work_off):
    address = ask(admin, "attendance", since="2026-03-01", status="late")
    work_off()
    page = admin.get(address)
    assert "2026-03-01" in page.main
    assert "Late" in page.main
    again = re.search(r'href="(/exports/new/attendance\?[^"]+)"', page.text)
    assert again
    page = admin.get(again[1].replace("&amp;", "&"))
    assert 'value="2026-03-01"' in page.text
    assert '<option value="late" selected>' in page.text


def test_another_schools_export_is_not_there(browser, admin, cast, work_off):
    address = ask(admin)
    work_off()
    stranger = browser.as_(cast.karoo.owner)
    for path in (address, f"{address}/file", f"{address}/manifest.json", f"{address}/progress"):
        assert stranger.get(path).status == 404
    assert stranger.post(f"{address}/cancel").status == 404
    assert address not in stranger.get("/exports/").text


def test_the_progress_is_a_part_of_the_page(admin, sql):
    address = ask(admin)
    part = admin.client.get(f"{address}/progress", headers={"X-Fragment": "1"})
    assert "It waits for its turn." in part.text
    assert "data-poll-stop" not in part.text
    sql.execute("UPDATE export SET state = 'running', written = 1200, estimate = 5000")
    assert "1 200 of about 5 000 rows are written." in " ".join(
        admin.client.get(f"{address}/progress", headers={"X-Fragment": "1"}).text.replace("\xa0", " ").split()
    )
    sql.execute("UPDATE export SET state = 'failed', error = 'x'")
    assert 'data-poll-stop="reload"' in admin.client.get(f"{address}/progress", headers={"X-Fragment": "1"}).text
    assert admin.get(f"{address}/progress").location == address


def test_a_long_dataset_is_estimated(admin, sql):
    sql.execute(
        "INSERT INTO class_group (school_id, id, name, sort_key, year)"
        " SELECT 1, uuid7(), 'C' || n, n::text, 2026 FROM generate_series(1, 12000) n"
    )
    sql.execute("ANALYZE class_group")
    assert re.search(r"About 1[12]\s\d{3} rows", admin.get("/exports/new/classes").main.replace("\xa0", " "))


def test_the_list_asks_the_database_a_fixed_number_of_times(admin, work_off):
    ask(admin)
    work_off()
    admin.get("/exports/")
    once = counting.total()
    for _ in range(3):
        ask(admin)
    work_off()
    admin.get("/exports/")
    assert 0 < counting.total() == once
