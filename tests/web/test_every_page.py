"""Every page of the URL map, as everybody, in three languages: each is held to what every page must be (tests/pages.py)."""

from __future__ import annotations

import pytest

from app.i18n.languages import LANGUAGES
from tests.samples import pages_of

PEOPLE = ["stranger", "owner", "admin", "teacher", "officer", "guardian", "student", "multi", "nobody", "operator", "superuser"]
OF_A_LETTER = {
    "leaving.unsubscribe",
    "emergency_link.answer",
    "giving.give",
    "giving.withdraw",
    "lead_leaving.leave",
}  # speaks the language of whoever got the mail, unless it is asked for another
EXPECTED = {200, 302, 303, 403, 404, 410}


def someone(cast, name):
    """Whoever this is; None for a stranger."""
    return None if name == "stranger" else getattr(cast.thaba, name, None) or getattr(cast, name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PEOPLE)
def test_every_page_is_a_good_page(browser, app, cast, sql, sample_ids, name, language):
    person = someone(cast, name)
    if person:
        sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, person.user_id))
        browser = browser.as_(person)
    browser.language = language
    for endpoint, path in pages_of(app, sample_ids | {"language": language}).items():
        page = browser.get(f"{path}?language={language}" if endpoint in OF_A_LETTER else path)
        assert page.status in EXPECTED or not page.is_html, f"{endpoint}: {page.status}"


def test_a_page_without_a_sample_is_not_passed_over(app, sample_ids):
    del sample_ids["notice_id"]
    with pytest.raises(LookupError, match=r"no sample for .*notice_id"):
        pages_of(app, sample_ids)


def test_the_sweep_opens_what_it_is_for(app, cast, browser, sample_ids):
    """Were every page refused, the sweep would pass and have seen nothing."""
    admin, pages = browser.as_(cast.thaba.admin), pages_of(app, sample_ids)
    meant = {"portal.dashboard", "notices.list_notices", "notices.new_notice", "notices.show_notice", "account.language"}
    assert {endpoint for endpoint in meant if admin.get(pages[endpoint]).status == 200} == meant
