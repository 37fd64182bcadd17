"""The frame of every page."""

import pytest


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_sign_in_page_speaks_the_browsers_language(browser, language):
    browser.language = language
    assert browser.get("/login").status == 200


def test_a_stranger_is_led_to_sign_in(browser):
    page = browser.get("/dashboard/")
    assert (page.status, page.location) == (302, "/login?next=/dashboard/")


def test_an_admin_sees_the_school(browser, cast):
    page = browser.as_(cast.thaba.admin).get("/dashboard/")
    assert "Thaba Nkulu Primary" in page.text
