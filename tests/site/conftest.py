"""What the tests of the website have in common."""

from __future__ import annotations

import pytest

from app.domain.site.document import SiteDocument


@pytest.fixture(autouse=True)
def in_english(sql):
    """Everybody reads English, as the tests do."""
    sql.execute("UPDATE app_user SET language = 'en'")


@pytest.fixture
def draft(sql):
    """Reads the draft of a school's website."""

    def read(school):
        (data,) = sql.execute("SELECT draft FROM site WHERE school_id = %s", (school.id,)).fetchone()
        return SiteDocument.read(data)

    return read


@pytest.fixture
def events(sql):
    """Reads the actions about the website that a school's log has, the oldest first."""

    def read(school):
        found = sql.execute(
            "SELECT action FROM audit_event WHERE school_id = %s AND action LIKE 'site.%%' ORDER BY seq", (school.id,)
        )
        return [action for (action,) in found]

    return read


@pytest.fixture
def proven(sql):
    """Lets somebody have proven who they are just now, as before something far-reaching."""

    def prove(someone):
        sql.execute("UPDATE login_session SET stepped_up_at = now() WHERE user_id = %s", (someone.user_id,))
        return someone

    return prove
