"""/operator/schools/<id>/progress: what workers have counted of a school, as a page and unfolded in the list."""

import pytest

from tests.domain.counting import rebuild
from tests.pages import words

PAGE = "/operator/schools/1/progress"


def numbers(page):
    return dict(zip(map(words, page.all("dt")), map(words, page.all("dd")), strict=True))


def test_before_anything_was_counted_it_says_so(operator):
    page = operator.get(PAGE)
    assert "Nothing has been counted here yet" in page.main
    assert numbers(page) == {}


def test_what_there_is_is_shown_and_nothing_is_made_up(operator, cast, sql):
    sql.execute("UPDATE app_user SET last_sign_in_at = now() WHERE id = %s", (cast.thaba.admin.user_id,))
    rebuild()
    found = numbers(operator.get(PAGE))
    assert found["Learners"] == "1"
    assert found["Parents and guardians"] == "1"
    assert found["Accounts that have signed in"] == "1"
    assert found["Last activity"] != "Never"
    assert "Classes" not in found, "nobody counts classes yet"


def test_without_activity_it_says_never(operator):
    rebuild()
    assert numbers(operator.get(PAGE))["Last activity"] == "Never"


def test_the_list_gets_the_numbers_alone(operator):
    rebuild()
    answer = operator.get(PAGE, headers={"X-Fragment": "1"}, check=False)
    assert "<dl" in answer.text
    assert "<html" not in answer.text
    again = operator.get(PAGE, headers={"X-Fragment": "1", "If-None-Match": answer.headers["ETag"]}, check=False)
    assert again.status == 304


@pytest.mark.parametrize("path", [PAGE, "/operator/schools/1"])
def test_a_count_that_fails_does_not_fail_the_page(operator, sql, path):
    rebuild()
    sql.execute("REVOKE SELECT ON metric FROM umthi_platform")
    page = operator.get(path)
    assert page.status == 200
    assert "Activity temporarily unavailable" in page.main
    assert "Learners" not in numbers(page)
