"""Tables on the narrower screens of laptops, and the filters above them on phones: nothing passes its card or stands alone."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from tests.browser.conftest import fits, past_its_card
from tests.deliveries.failing import add_failed
from tests.notices.arranged import add_notice

LISTS = {
    "notices": "/schedule-notices/",
    "people without an address": "/schedule-notices/unreachable",
    "audit": "/audit/",
    "failed deliveries": "/schedule-notices/dead-letters/",
}
DISPLAY = "getComputedStyle(document.querySelector('main tbody tr')).display"
#: the number of choices in each row of the filter
ROWS = """Object.values([...document.querySelectorAll('.seg a')].reduce((rows, a) => {
  const top = Math.round(a.getBoundingClientRect().top); rows[top] = (rows[top] || 0) + 1; return rows }, {}))"""
MONTHS = dt.timedelta(days=90)


@pytest.fixture
def filled(browser, cast, sql):
    """Long titles, long words, urgent ones, and moments in both columns; a person without an address; events."""
    for state, starts in (("coming", MONTHS), ("active", -MONTHS)):
        add_notice(
            sql, cast.thaba, {"en": f"A {state} interruption of the water on Wednesday"}, audience="guardians", urgent=True,
            starts=starts, ends=2 * MONTHS,
        )  # fmt: skip
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.thaba.guardian.person_id,))
    add_failed(sql, cast.thaba, "An interruption of the water on Wednesday", dead=2)
    typed = {
        "title_en": "Athletics in the winter",
        "message_en": "Come.",
        "starts_at": "2030-01-01T08:00",
        "audience": "everyone",
    }
    assert browser.as_(cast.thaba.admin).post("/schedule-notices/new", typed).status == 302


@pytest.fixture
def listed(revisit, cast, sql, filled):
    """Open a list in a language."""

    def open_list(name, language, **options):
        sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.admin.user_id))
        return revisit(cast.thaba.admin, LISTS[name], language=language, **options)

    return open_list


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_no_table_passes_its_card(listed, language):
    for name in LISTS:
        page = listed(name, language)
        for width in (832, 833, 900, 1024, 1100, 1264, 1265, 1280, 1366, 1424, 1425, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.locator("main tbody tr").count() >= 1
            assert max(past_its_card(page)) <= 0, f"{name} at {width} px"
            assert fits(page)


def test_a_table_that_passes_its_card_is_seen(listed):
    page = listed("notices", "en", width=1280)
    page.evaluate("document.querySelector('main table').style.minWidth = '1100px'")
    assert max(past_its_card(page)) > 100, "a planted table"


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_notices_are_one_table_where_there_is_room_and_the_small_lists_always(listed, language):
    page = listed("notices", language)
    drawn = {}
    for width in (390, 1024, 1280, 1366, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        drawn[width] = page.evaluate(DISPLAY)
    assert drawn == {390: "block", 1024: "grid", 1280: "table-row", 1366: "table-row", 1440: "table-row"}
    assert listed("audit", language, width=1024).evaluate(DISPLAY) == "table-row"


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_on_a_phone_no_filter_stands_alone_in_its_row(listed, language):
    page = listed("notices", language)
    for width in (320, 360, 390, 430, 543, 545, 600):
        page.set_viewport_size({"width": width, "height": 900})
        rows = page.evaluate(ROWS)
        assert sum(rows) == 5
        assert min(rows) >= 2, f"{width} px: {rows}"
        assert len(rows) == (2 if width < 544 else 1)


def test_the_button_of_the_search_stands_beside_its_field(listed):
    for language, width in itertools.product(("en", "af", "zu"), (1024, 1280, 1440)):
        page = listed("notices", language, width=width)
        field, button = (page.locator(f".filters {what}").bounding_box() for what in ("#q", ".btn"))
        assert abs(field["y"] - button["y"]) < 8, language
        assert width == 1024 or field["width"] <= 280
