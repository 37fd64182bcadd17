"""/operator/schools/<id>/progress: what workers have counted of a school, as a page and unfolded in the list."""

import pytest

from tests.billable.arranged import add_class, add_learner, enrol
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
    assert (found["Classes"], found["Active learners"]) == ("0", "0")


def test_classes_that_go_on_and_learners_with_a_place_in_one_today_are_counted(operator, cast, sql):
    school, going_on, over = cast.thaba.id, add_class(sql, cast.thaba.id), add_class(sql, cast.thaba.id, "Grade 4A")
    sql.execute("UPDATE class_group SET ended_at = now() WHERE id = %s", (over,))
    for number, since, until, state in (
        ("1", "2020-01-15", None, "active"),
        ("2", "2020-01-15", "2020-12-01", "active"),
        ("3", "2099-01-15", None, "active"),
        ("4", "2020-01-15", None, "waiting"),
    ):
        enrol(sql, school, add_learner(sql, school, number), going_on, since, until, state=state)
    left, archived = add_learner(sql, school, "5"), add_learner(sql, school, "6")
    for learner in (left, archived):
        enrol(sql, school, learner, going_on, "2020-01-15")
    sql.execute("UPDATE learner SET status = 'left' WHERE id = %s", (left,))
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (archived,))
    rebuild()
    found = numbers(operator.get(PAGE))
    assert (found["Classes"], found["Active learners"]) == ("1", "1")


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
