"""`next` leads to pages of ours and nowhere else."""

import pytest

from app.access.next_page import safe_next


@pytest.mark.parametrize("target", [
    None, "", " ", "evil", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "\t//evil.example", " //evil.example", "http:evil.example", "http://evil.example", "http:///evil.example", "https://evil.example/dashboard/",
    "javascript:alert(1)", "data:text/html,x", "/%2F/evil.example", "/%2Fevil.example", "/%5Cevil.example", "/%09/evil.example", "%2F%2Fevil.example",
    "/%252F/evil.example", "//evil.example/dashboard/", "//localhost/dashboard/", "/dashboard/..//evil.example", "/dashboard/%2e%2e/%2f/evil",
    "//evil.example@localhost/", "/dashboard/\x00", "/dashboard/\r\nSet-Cookie: x=1", "/@evil.example", "/nowhere", "/dashboard/" + "a" * 3000,
    "/%ff", "//[::1", "/login", "/login?next=/login", "/logout",
])  # fmt: skip
def test_what_is_no_page_of_ours_leads_nowhere(app, target):
    with app.test_request_context():
        assert safe_next(target) is None


@pytest.mark.parametrize(("target", "address"), [
    ("/dashboard/", "/dashboard/"),
    ("/dashboard", "/dashboard/"),
    ("/settings/profile", "/settings/profile"),
    ("/settings/profile?x=1&y=a%20b", "/settings/profile?x=1&y=a+b"),
    ("/settings/profile?next=//evil.example", "/settings/profile?next=%2F%2Fevil.example"),
    ("/settings/profile#top", "/settings/profile"),
])  # fmt: skip
def test_a_page_of_ours_is_built_anew(app, target, address):
    with app.test_request_context():
        assert safe_next(target) == address


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example", "/%5Cevil.example"])
def test_the_door_leads_home_instead(browser, cast, target):
    page = browser.post("/login", {"email": cast.multi.email, "password": "password123", "next": target})
    assert page.location == "/dashboard/"
    assert browser.as_(cast.multi).get("/login", query_string={"next": target}).location == "/dashboard/"


def test_a_form_is_asked_for_by_its_method(app):
    with app.test_request_context():
        assert safe_next("/portal/select-school/reset") is None
        assert safe_next("/portal/select-school/reset", method="POST") == "/portal/select-school/reset"
