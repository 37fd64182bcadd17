"""What the tests of reviews share."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest

from app import clock
from app.delivery.review_link import review_path
from app.ids import uuid7
from tests.work_off import mailserver, work_off  # noqa: F401  fixtures


@pytest.fixture
def owner(browser, cast, sql):
    """The owner of Thaba Nkulu, who reads English."""
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.owner.user_id,))
    return browser.as_(cast.thaba.owner, language="en")


@pytest.fixture
def path_of(settings, cast):
    """Where a family of Thaba Nkulu writes a review."""

    def path(review):
        return urlsplit(review_path(settings, cast.thaba.slug, cast.thaba.id, review)).path

    return path


@pytest.fixture
def a_family(sql, cast):
    """A class of Thaba Nkulu with its student, whose guardian gets notices; returns the class."""
    school, made = cast.thaba, uuid7()
    sql.execute(
        "INSERT INTO class_group (school_id, id, name, sort_key, year) VALUES (%s, %s, 'Grade 3A', %s, 2026)",
        (school.id, made, str(made)),
    )
    sql.execute(
        "INSERT INTO enrolment (school_id, id, learner_id, class_id, state, starts_on) VALUES (%s, %s, %s, %s, 'active', '2026-01-14')",
        (school.id, uuid7(), school.student.person_id, made),
    )
    sql.execute(
        "INSERT INTO guardianship (school_id, id, guardian_id, learner_id) VALUES (%s, %s, %s, %s)",
        (school.id, uuid7(), school.guardian.person_id, school.student.person_id),
    )
    return made


@pytest.fixture
def a_term(sql, cast):
    """A term that ended a month ago; returns its first day."""
    first = clock.now().date() - dt.timedelta(days=100)
    sql.execute(
        "INSERT INTO term (school_id, id, name, starts_on, ends_on) VALUES (%s, %s, 'Term 3', %s, %s)",
        (cast.thaba.id, uuid7(), first, first + dt.timedelta(days=70)),
    )
    return first


def states(sql):
    """The reviews of all schools: state, milestone."""
    return sql.execute("SELECT state, milestone FROM review ORDER BY id").fetchall()
