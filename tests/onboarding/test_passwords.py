"""Temporary passwords: shown once, kept nowhere, and only for accounts that nobody else has a hand on."""

from __future__ import annotations

import re

import pytest

from app.access.passwords import HASHER, problem_with
from app.domain.temporary_passwords import make_password
from tests.onboarding.conftest import OFFICER, RUNS, TYPED, rows, show, shown

EMAIL = "lindiwe@zamani.example"


def hash_of(sql, email=EMAIL):
    ((hashed, until),) = rows(sql, "SELECT password_hash, password_temporary_until FROM app_user WHERE email = %s", email)
    return hashed, until


def test_a_made_password_is_easy_to_copy_hard_to_guess_and_may_be_chosen():
    made = {make_password() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[a-hj-km-np-z2-9]{4}(-[a-hj-km-np-z2-9]{4}){3}", password) for password in made)
    assert not any(problem_with(password) for password in made)


def test_the_finished_run_shows_them_once_and_keeps_only_hashes(operator, onboard, sql):
    run = onboard(**OFFICER)
    assert shown(operator.get(f"{RUNS}/{run}")) == []
    page = show(operator, run)
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
    admin, officer = shown(page)
    hashed, until = hash_of(sql)
    assert HASHER.verify(hashed, admin)
    assert HASHER.verify(hash_of(sql, OFFICER["officer_email"])[0], officer)
    assert rows(sql, "SELECT %s BETWEEN now() + interval '6.99 days' AND now() + interval '7 days'", until) == [(True,)]
    assert "They are not stored." in page.main
    assert page.links()["View onboarding"] == f"{RUNS}/{run}"
    assert len([e for e in page.all("button") if e.get("data-copy")]) == 2


def test_with_it_its_owner_may_change_it_and_nothing_else(operator, browser, onboard):
    (password,) = shown(show(operator, onboard()))
    mine = type(browser)(browser.app)
    answer = mine.post("/login", {"email": EMAIL, "password": password})
    assert answer.status in (302, 303)
    assert mine.get("/dashboard/", check=False).location == "/settings/password"


def test_on_reload_they_are_gone_and_the_page_says_why(operator, onboard, sql):
    run = onboard()
    stamp = {e.get("value") for e in operator.get(f"{RUNS}/{run}").tree.iter() if e.get("name") == "stamp"}.pop()
    first = operator.post(f"{RUNS}/{run}/passwords", {"stamp": stamp, "only": ""})
    before = hash_of(sql)
    again = operator.post(f"{RUNS}/{run}/passwords", {"stamp": stamp, "only": ""})
    assert shown(first)
    assert shown(again) == []
    assert "These passwords have been shown already and are not stored" in again.main
    assert hash_of(sql) == before
    page = operator.get(f"{RUNS}/{run}")
    assert "What was shown is gone: passwords are shown once and not stored." in page.main
    assert "Show temporary passwords" not in page.main
    assert operator.get(f"{RUNS}/{run}/passwords").location == f"{RUNS}/{run}"


def test_a_new_one_takes_the_place_of_the_one_that_was_lost(operator, browser, onboard, sql):
    run = onboard(**OFFICER)
    admin, officer = shown(show(operator, run))
    mine = type(browser)(browser.app)
    mine.post("/login", {"email": EMAIL, "password": admin})
    (new,) = shown(show(operator, run, "admin"))
    assert new != admin
    assert HASHER.verify(hash_of(sql)[0], new)
    assert HASHER.verify(hash_of(sql, OFFICER["officer_email"])[0], officer), "the officer's was not lost"
    assert mine.get("/settings/password", check=False).location.startswith("/login"), "whoever has the old one is out"


def test_one_that_was_typed_is_not_replaced(operator, onboard, sql):
    run = onboard(admin_password=TYPED)
    before = hash_of(sql)
    page = operator.get(f"{RUNS}/{run}")
    assert "You supplied a temporary password." in page.main
    assert "Show temporary passwords" not in page.main
    assert shown(operator.post(f"{RUNS}/{run}/passwords", {"stamp": before[1].isoformat(), "only": "admin"})) == []
    assert hash_of(sql) == before


def test_one_that_its_owner_changed_is_not_replaced(operator, onboard, sql):
    run = onboard()
    show(operator, run)
    sql.execute(
        "UPDATE app_user SET password_hash = 'own', password_changed_at = now(), password_temporary_until = NULL WHERE email = %s",
        (EMAIL,),
    )
    page = operator.get(f"{RUNS}/{run}")
    assert "Has chosen a password." in page.main
    assert shown(operator.post(f"{RUNS}/{run}/passwords", {"stamp": "", "only": "admin"})) == []
    assert hash_of(sql) == ("own", None)


def test_of_an_account_that_was_there_before_none_is_made(operator, onboard, sql, cast):
    run = onboard(admin_email=cast.thaba.teacher.email)
    before = hash_of(sql, cast.thaba.teacher.email)
    assert "Had an account before. Its password stays" in operator.get(f"{RUNS}/{run}").main
    assert shown(operator.post(f"{RUNS}/{run}/passwords", {"stamp": "", "only": "admin"})) == []
    assert hash_of(sql, cast.thaba.teacher.email) == before


def test_while_the_run_goes_on_none_is_made(operator, create, sql):
    run = create()
    assert shown(operator.post(f"{RUNS}/{run}/passwords", {"stamp": "", "only": ""})) == []


def test_one_that_died_says_so_and_can_be_replaced(operator, onboard, sql):
    run = onboard()
    show(operator, run)
    sql.execute("UPDATE app_user SET password_temporary_until = now() - interval '1 hour' WHERE email = %s", (EMAIL,))
    assert "The temporary password died on" in operator.get(f"{RUNS}/{run}").main
    assert len(shown(show(operator, run, "admin"))) == 1


def test_each_showing_stands_in_both_logs(operator, onboard, sql, cast):
    run = onboard(**OFFICER)
    show(operator, run)
    show(operator, run, "admin")
    for table in ("audit_event", "platform_event"):
        found = rows(sql, f"SELECT actor_id FROM {table} WHERE action = 'onboarding.show_password'")
        assert found == [(cast.operator.user_id,)] * 3


@pytest.mark.parametrize("typed", [True, False])
def test_no_password_is_found_anywhere_afterwards(operator, onboard, sql, caplog, mailserver, typed):
    """Every text of every table, the log and the mails."""
    run = onboard(**OFFICER | ({"admin_password": TYPED} if typed else {}))
    secrets = shown(show(operator, run))
    assert len(secrets) == (1 if typed else 2)
    secrets.append(TYPED)
    assert found_in_database(sql, secrets) == []
    assert not [secret for secret in secrets if secret in caplog.text]
    assert not [secret for secret in secrets for mail in mailserver.mails if secret in str(mail)]


def found_in_database(sql, secrets):
    """The tables that hold one of these texts in any column."""
    tables = rows(sql, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    wanted = [f"%{secret}%" for secret in secrets]
    return [
        name for (name,) in tables
        if rows(sql, f'SELECT 1 FROM "{name}" t WHERE t::text LIKE ANY (%s) LIMIT 1', wanted)
    ]  # fmt: skip


def test_the_search_for_them_finds_a_planted_one(sql, operator, create):
    create(name="kite ember forty dune")
    assert "onboarding_run" in found_in_database(sql, [TYPED])
