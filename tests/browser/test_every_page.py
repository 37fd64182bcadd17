"""Every page in Chromium: no violation that axe knows, a silent console, and nothing scrolls sideways.

By default each page once, with the language, the mode and the width in rotation; with `--full` ten pages in every combination.
"""

from __future__ import annotations

import itertools
from contextlib import suppress

import pytest

from tests.browser.conftest import fits, violations
from tests.samples import lacks_right, pages_of

LANGUAGES, MODES, WIDTHS = ("en", "af", "zu"), ("light", "dark"), (1440, 390, 320)
EVERY = list(itertools.product(LANGUAGES, MODES, WIDTHS))
#: of the eighteen combinations, in an order in which neighbours differ in all three
ROTATION = [EVERY[(5 * number) % 18] for number in range(18)]
#: pages that are for people who have not signed in
OF_STRANGERS = ("account.sign_in", "account.forgot_password", "account.reset_password")
#: who look at a page: the first of them who is let in
VISITORS = ("admin", "owner", "guardian", "operator", "multi")
NAMED = {
    "account.sign_in", "account.forgot_password", "account.language", "account.change_password", "portal.dashboard",
    "switching.select_school", "notices.list_notices", "notices.new_notice", "notices.show_notice", "audit.list_events",
}  # fmt: skip


def visitor(browser, cast, endpoint, path):
    """Who opens a page, None for a stranger; raises LookupError where it is a page for nobody."""
    for name in () if endpoint in OF_STRANGERS else VISITORS:
        person = getattr(cast.thaba, name, None) or getattr(cast, name)
        if not lacks_right(browser.app, person, endpoint) and is_page(browser.as_(person).client.get(path)):
            return person
    if is_page(browser.client.get(path)):
        return None
    raise LookupError(endpoint)


def is_page(answer):
    """Whether it is a page, not JSON, a file, a refusal or a way to another page."""
    return answer.mimetype == "text/html" and answer.status_code == 200


@pytest.fixture
def look(revisit, cast, sql, axe):
    """Open one page in one combination and say what is wrong with it."""

    def faults(person, endpoint, path, language, mode, width):
        if person:
            sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, person.user_id))
        page = revisit(person, path, width=width, mode=mode, language=language)
        found = violations(axe, page)
        return found if fits(page) else [*found, f"{endpoint} in {language} scrolls sideways at {width} px"]

    return faults


def pages_to_look_at(app, browser, cast, samples, *, part, parts):
    """Number, visitor, endpoint and address of each of this part of the pages that anybody is shown."""
    found = []
    for number, (endpoint, path) in enumerate(pages_of(app, samples).items()):
        if number % parts == part:
            with suppress(LookupError):
                found.append((number, visitor(browser, cast, endpoint, path), endpoint, path))
    assert len(found) >= 160 // parts, "the sweep lost its pages"
    return found


@pytest.mark.parametrize("part", range(4))
def test_every_page_is_accessible_silent_and_fits(look, app, browser, cast, sample_ids, part):
    faults = []
    for number, person, endpoint, path in pages_to_look_at(app, browser, cast, sample_ids, part=part, parts=4):
        faults += look(person, endpoint, path, *ROTATION[number % 18])
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
def test_a_named_page_in_every_combination(look, app, browser, cast, sample_ids, endpoint):
    path = pages_of(app, sample_ids)[endpoint]
    person = visitor(browser, cast, endpoint, path)
    assert [fault for combination in EVERY for fault in look(person, endpoint, path, *combination)] == []
