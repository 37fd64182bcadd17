"""The health page as somebody watches it: what is unfolded stays so, and the chart has room on the smallest phone."""

from __future__ import annotations

from app import clock
from tests.browser.conftest import fits, violations
from tests.domain.counting import rebuild
from tests.platform_health.arranged import FULL, HOUR, PATH, USAGE, add_ended, add_school


def test_the_table_stays_unfolded_when_the_page_asks_anew(visit, cast, sql):
    add_ended(sql, cast.thaba, clock.now() - HOUR, sent=3)
    rebuild()
    page = visit(cast.operator, PATH)
    summary = page.get_by_text("The same as a table")
    summary.click()
    assert page.locator("#by-hour-table").evaluate("e => e.open")
    add_ended(sql, cast.thaba, clock.now() - HOUR, sent=4, dead=1, cause=FULL)
    rebuild()
    page.locator("#refresh").click()
    page.get_by_text("The mailbox is full.").wait_for()
    assert page.url.endswith(PATH), "in place"
    assert page.locator("#by-hour-table").evaluate("e => e.open")
    assert page.locator("#by-hour-table tbody").is_visible()


def test_the_focus_stays_on_the_chosen_filter(visit, cast, sql):
    rebuild()
    page = visit(cast.operator, PATH)
    page.get_by_role("link", name="Live 2").focus()
    add_school(sql, "Zonnebloem", state="pending")
    rebuild()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("link", name="Onboarding 1").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('href')") == "?health=live"


def test_everything_has_room_and_contrast_on_the_smallest_phone(revisit, cast, sql, axe):
    add_school(sql, "Hoërskool Onderstepoortse Voorbereidingsskool")
    add_ended(sql, cast.thaba, clock.now() - HOUR, sent=40, dead=3, cause=FULL)
    rebuild()
    for language, mode in (("zu", "dark"), ("af", "light")):
        sql.execute("UPDATE app_user SET language = %s, mode = %s WHERE id = %s", (language, mode, cast.operator.user_id))
        for path in (PATH, USAGE):
            page = revisit(cast.operator, path, width=320, mode=mode, language=language)
            for details in page.locator("main details").all():
                details.locator("summary").click()
            assert fits(page)
            assert violations(axe, page) == []
            for bar in page.locator(".chart svg rect").all():
                assert bar.bounding_box()["width"] >= 4


def test_it_works_without_the_script(visit, cast, sql):
    add_school(sql, "Zonnebloem")
    rebuild()
    page = visit(cast.operator, PATH, scripts=False)
    page.get_by_role("link", name="Went quiet 1").click()
    assert page.locator("#schools tbody tr").count() == 1
    page.locator("#by-hour-table summary").click()
    assert page.locator("#by-hour-table tbody").is_visible()
