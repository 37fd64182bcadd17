"""The security headers stand on every kind of answer."""

import pytest

from app.web.assets import asset
from app.web.headers import Headers

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'; require-trusted-types-for 'script'"
)

KINDS = [
    ("a page", "/login", 200),
    ("a redirect", "/dashboard/", 302),
    ("a page that is not there", "/nowhere", 404),
    ("JSON", "/healthz", 200),
    ("a request that is refused", "/login?next=%00", 400),
]


@pytest.mark.parametrize(("kind", "path", "status"), KINDS)
def test_the_policy_stands_on(browser, kind, path, status):
    page = browser.get(path)
    assert page.status == status
    assert page.headers["Content-Security-Policy"] == POLICY
    assert page.headers["Cache-Control"] == "no-store"
    for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"),
                        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin")):  # fmt: skip
        assert page.headers[name] == value
    assert "Permissions-Policy" in page.headers
    assert "Strict-Transport-Security" not in page.headers, "this site is not reached by TLS"


def test_a_static_file_has_the_policy_and_is_kept_for_ever(browser):
    page = browser.get(asset("app.css"), buffered=True)
    assert page.status == 200
    assert page.headers.getlist("Content-Security-Policy") == [POLICY]
    assert "immutable" in page.headers["Cache-Control"]


def test_a_static_file_that_is_not_there_has_the_policy(browser):
    page = browser.get("/static/nothing.css")
    assert (page.status, page.headers["Content-Security-Policy"]) == (404, POLICY)


def test_methods_that_are_not_offered_and_forged_forms_have_the_policy(browser, cast):
    for page in (browser.post("/dashboard/", token=False), browser.as_(cast.thaba.admin).post("/logout", token=False)):
        assert page.status in (400, 405)
        assert page.headers["Content-Security-Policy"] == POLICY


def test_by_tls_browsers_are_told_to_stay_with_it():
    def answer(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    seen = {}
    Headers(answer, secure=True)({}, lambda status, headers, *error: seen.update(headers))
    assert seen["Strict-Transport-Security"].startswith("max-age=31536000")


def test_nothing_is_said_twice(browser):
    names = [name for name, _ in browser.get("/login").headers if name != "Set-Cookie" and name != "Vary"]
    assert len(names) == len(set(names))
