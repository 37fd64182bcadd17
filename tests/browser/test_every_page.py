"""Every page in Chromium: no violation that axe knows, a silent console, and nothing scrolls sideways.

By default each page once, with the language, the mode and the width in rotation; with `--full` ten pages in every combination.
"""

from __future__ import annotations

import itertools

import pytest

from tests.browser.conftest import fits, violations
from tests.samples import pages_of

LANGUAGES, MODES, WIDTHS = ("en", "af", "zu"), ("light", "dark"), (1440, 390, 320)
EVERY = list(itertools.product(LANGUAGES, MODES, WIDTHS))
#: of the eighteen combinations, in an order in which neighbours differ in all three
ROTATION = [EVERY[(5 * number) % 18] for number in range(18)]
#: who sees a page best, where it is not an admin
FOR = {
    "account.sign_in": None,
    "account.forgot_password": None,
    "account.reset_password": None,
    "switching.select_school": "multi",
}
#: whose pages are for those who run the platform
OF_PLATFORM = (
    "operator.", "onboarding.", "schools.", "lifecycle.", "platform_health.", "recovery.", "platform_audit.", "staff.",
    "support.", "step_up.", "platform_settings.", "invitations.list_all",
)  # fmt: skip
NAMED = {
    "account.sign_in", "account.forgot_password", "account.language", "account.change_password", "portal.dashboard",
    "switching.select_school", "notices.list_notices", "notices.new_notice", "notices.show_notice", "audit.list_events",
}  # fmt: skip


def visitor(cast, endpoint):
    """Who opens a page."""
    if endpoint.startswith(OF_PLATFORM):
        return cast.operator
    name = FOR.get(endpoint, "admin")
    return name and (getattr(cast, name, None) or getattr(cast.thaba, name))


@pytest.fixture
def look(revisit, cast, sql, axe):
    """Open one page in one combination and say what is wrong with it."""

    def faults(endpoint, path, language, mode, width):
        person = visitor(cast, endpoint)
        if person:
            sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, person.user_id))
        page = revisit(person, path, width=width, mode=mode, language=language)
        found = violations(axe, page)
        return found if fits(page) else [*found, f"{endpoint} in {language} scrolls sideways at {width} px"]

    return faults


def pages_to_look_at(app, browser, cast, samples, *, part, parts):
    """Number, endpoint and address of each of this part of the pages that answers its visitor with a page (not with JSON, or by leading on)."""
    found = []
    for number, (endpoint, path) in enumerate(pages_of(app, samples).items()):
        if number % parts == part:
            person = visitor(cast, endpoint)
            answer = (browser.as_(person) if person else browser).client.get(path)
            if answer.mimetype == "text/html" and answer.status_code == 200:
                found.append((number, endpoint, path))
    assert len(found) >= 40 // parts, "the sweep lost its pages"
    return found


@pytest.mark.parametrize("part", range(4))
def test_every_page_is_accessible_silent_and_fits(look, app, browser, cast, sample_ids, part):
    faults = []
    for number, endpoint, path in pages_to_look_at(app, browser, cast, sample_ids, part=part, parts=4):
        faults += look(endpoint, path, *ROTATION[number % 18])
    assert not faults, "\n".join(faults)


def test_the_pages_of_errors_are_accessible_and_fit(visit, cast, axe):
    for person, path, status, width in (
        (None, "/nowhere", 404, 320),
        (cast.multi, "/nowhere", 404, 390),
        (cast.thaba.student, "/schedule-notices/", 403, 320),
    ):
        page = visit(person, path, status=status, width=width, mode="dark")
        assert violations(axe, page) == []
        assert fits(page)


def test_a_planted_violation_is_found(visit, axe):
    page = visit(None, "/login")
    assert violations(axe, page) == []
    page.evaluate("document.querySelector('label').remove()")
    assert [line for line in violations(axe, page) if ": label:" in line]
    page.evaluate("document.querySelector('main').style.minWidth = '3000px'")
    assert not fits(page)


@pytest.mark.full
@pytest.mark.parametrize("endpoint", sorted(NAMED))
def test_a_named_page_in_every_combination(look, app, sample_ids, endpoint):
    path = pages_of(app, sample_ids)[endpoint]
    assert [fault for combination in EVERY for fault in look(endpoint, path, *combination)] == []
