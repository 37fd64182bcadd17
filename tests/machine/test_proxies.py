"""Whose address a request has: behind a trusted proxy the visitor's, otherwise that of the connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask, url_for

from app.config import BadSettings, Settings
from tests.cast import PASSWORD
from tests.conftest import Browser
from tests.local.instances import production_environment

HERE, THERE = {"X-Forwarded-For": "198.51.100.1"}, {"X-Forwarded-For": "192.0.2.7"}


def lock_out(browser: Browser, sql, headers: dict[str, str]) -> None:
    """A hundred failures from one address."""
    browser.post("/login", {"email": "first@example.com", "password": "wrong"}, headers=headers)
    sql.execute(
        "INSERT INTO sign_in_failure (account_key, address_key, at) "
        "SELECT sha256(n::text::bytea), address_key, at FROM sign_in_failure, generate_series(1, 99) n"
    )


@pytest.mark.parametrize(("proxies", "elsewhere"), [(1, 303), (0, 429)])
def test_visitors_behind_a_trusted_proxy_are_throttled_apart_and_otherwise_the_header_is_ignored(
    another_app: Callable[[Settings], Flask], settings: Settings, cast, sql, proxies: int, elsewhere: int
) -> None:
    browser = Browser(another_app(replace(settings, proxies=proxies)))
    right = {"email": cast.thaba.admin.email, "password": PASSWORD}
    lock_out(browser, sql, HERE)
    assert browser.post("/login", right, headers=HERE).status == 429
    assert browser.post("/login", right, headers=THERE).status == elsewhere


def test_what_the_visitor_put_before_the_proxys_own_word_is_not_believed(
    another_app: Callable[[Settings], Flask], settings: Settings, cast, sql
) -> None:
    browser = Browser(another_app(replace(settings, proxies=1)))
    lock_out(browser, sql, HERE)
    forged = {"X-Forwarded-For": f"203.0.113.9, {HERE['X-Forwarded-For']}"}
    assert browser.post("/login", {"email": cast.thaba.admin.email, "password": PASSWORD}, headers=forged).status == 429


@pytest.mark.parametrize(("proxies", "scheme"), [(1, "https"), (0, "http")])
def test_addresses_have_the_scheme_of_the_visitor_and_never_a_host_of_theirs(
    another_app: Callable[[Settings], Flask], settings: Settings, proxies: int, scheme: str
) -> None:
    app = another_app(replace(settings, proxies=proxies))
    seen: list[str] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(url_for("account.sign_in", _external=True)))
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    app.test_client().get("/login", base_url="http://localhost", headers=said)
    assert seen == [f"{scheme}://localhost/login"]


def test_production_trusts_one_proxy_and_elsewhere_none(settings: Settings) -> None:
    production = production_environment(settings)
    assert Settings.from_environment(production).proxies == 1
    assert Settings.from_environment(production | {"UMTHI_TRUSTED_PROXIES": "2"}).proxies == 2
    assert Settings.from_environment(production | {"UMTHI_ENV": "uat"}).proxies == 0


@pytest.mark.parametrize("wrong", ["-1", "all", "10", "²"])
def test_what_is_no_number_of_proxies_is_refused(settings: Settings, wrong: str) -> None:
    with pytest.raises(BadSettings, match="UMTHI_TRUSTED_PROXIES"):
        Settings.from_environment(production_environment(settings) | {"UMTHI_TRUSTED_PROXIES": wrong})
