"""A run as an operator watches it: the steps tick by themselves, and what is shown once can be copied."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.onboarding.conftest import OFFICER, RUNS, create, onboard, operator, review  # noqa: F401  fixtures
from tests.work_off import mailserver, work_off  # noqa: F401  fixtures

MARK = "window.since = 'before'"


def test_the_steps_tick_without_a_reload_until_the_run_is_over(visit, cast, create, work_off, mailserver, sql):  # noqa: F811
    run = create(**OFFICER)
    page = visit(cast.operator, f"{RUNS}/{run}")
    page.evaluate(MARK)
    expect(page.locator(".run li").first).to_contain_text("Waiting")
    sql.execute("UPDATE onboarding_step SET state = 'working', attempts = 1 WHERE position = 1")
    expect(page.locator(".run .now")).to_contain_text("Working…")
    assert page.evaluate("window.since") == "before", "the page was not read anew"
    work_off()
    expect(page.locator("h1")).to_have_text("Onboarding of Zamani Secondary")
    expect(page.locator(".run .done")).to_have_count(4)
    assert page.evaluate("window.since") is None, "at the end the whole page is read once more"


def test_a_password_is_copied_and_gone_after_a_reload(visit, cast, onboard):  # noqa: F811
    page = visit(cast.operator, f"{RUNS}/{onboard()}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Show temporary passwords").click()
    password = page.locator("code[id^=password-]").inner_text()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == password
    page.reload()
    expect(page.locator("main")).to_contain_text("These passwords have been shown already and are not stored")
    assert password not in page.content()
    page.get_by_role("link", name="View onboarding").click()
    assert password not in page.content()


def test_without_the_script_there_is_no_button_that_does_nothing(visit, cast, onboard):  # noqa: F811
    page = visit(cast.operator, f"{RUNS}/{onboard()}", scripts=False)
    page.get_by_role("button", name="Show temporary passwords").click()
    expect(page.locator("code[id^=password-]")).to_be_visible()
    expect(page.locator("[data-copy]")).to_be_hidden()


def test_the_cards_of_the_passwords_keep_a_distance(visit, cast, onboard):  # noqa: F811
    page = visit(cast.operator, f"{RUNS}/{onboard()}", width=390)
    page.get_by_role("button", name="Show temporary passwords").click()
    expect(page.locator("code[id^=password-]")).to_be_visible()
    gaps = page.evaluate("""[...document.querySelectorAll('main .card')].map(card => card.getBoundingClientRect())
      .map((box, n, all) => n ? box.top - all[n - 1].bottom : null).slice(1)""")
    assert len(gaps) >= 2
    assert min(gaps) >= 12
