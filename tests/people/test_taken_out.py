"""People as exports and as what the console's search box finds."""

from __future__ import annotations

import csv
import io

import pytest


def rows(browser, path):
    answer = browser.client.get(path)
    assert answer.status_code == 200, answer.status
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True))))


@pytest.fixture
def family(somebody, tied, placed):
    """A learner in a class, with a guardian."""
    learner = somebody("Thabo Nkosi", number="2026-17", birth_date="2016-03-04", photo_consent="given")
    guardian = somebody("Lindiwe Nkosi", "guardian", email="lindiwe@example.org", phone="+27825550101")
    tied(guardian, learner, relation="mother")
    placed("4A", learner)
    return learner, guardian


@pytest.fixture(autouse=True)
def proven(sql):
    """Everybody has just proven who they are."""
    sql.execute("UPDATE login_session SET stepped_up_at = now()")


def test_learners_are_exported_with_their_class(admin, family):
    head, *found = rows(admin, "/exports/learners.csv")
    assert head[:6] == ["Learner number", "First names", "Surname", "Known as", "Date of birth", "Class"]
    assert found[0] == ["2026-17", "Thabo", "Nkosi", "", "2016-03-04", "4A", "Enrolled", "Given", "", "", ""]
    assert rows(admin, "/exports/learners.csv?status=left")[1:] == []


def test_guardians_and_families_are_exported(admin, family):
    assert ["Lindiwe Nkosi", "lindiwe@example.org", "'+27825550101", "The language of the school", "1"] in rows(
        admin, "/exports/guardians.csv"
    )
    _, tie = rows(admin, "/exports/guardianships.csv")
    assert tie[:5] == ["2026-17", "Thabo Nkosi", "Lindiwe Nkosi", "Mother", "Yes"]


def test_a_teacher_takes_no_people_out(browser, cast):
    assert browser.as_(cast.thaba.teacher).get("/exports/learners.csv").status == 403


def test_an_operator_finds_a_learner_by_number_card_and_id(browser, cast, family, sql):
    learner, guardian = family
    operator = browser.as_(cast.operator)
    (card,) = sql.execute("SELECT card_code FROM learner WHERE id = %s", (learner,)).fetchone()
    for text, name in (("2026-17", "Thabo Nkosi"), (card, "Thabo Nkosi"), (str(guardian), "Lindiwe Nkosi")):
        page = operator.get("/operator/search", query_string={"q": text})
        assert name in page.main, text
    assert "Thabo" not in operator.get("/operator/search", query_string={"q": "2026-1"}).main
