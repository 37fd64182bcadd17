"""The ten-day list says what was done about each learner, and by whom."""

import pytest

from app.models.attendance import InquiryKind
from blueprints.attendance.inquiries import KINDS
from tests.attendance.arranged import mark, school_days
from tests.cast import add_person

LIST = "/attendance/continuous"


@pytest.fixture
def away(sql, group):
    for day in school_days(10):
        mark(sql, group, group.student, day)
    return f"{LIST}/{group.student}"


def noted(page):
    (table,) = page.all("table")
    return " ".join("".join(table.itertext()).split())


def test_every_kind_has_its_words():
    assert set(KINDS) == {kind.value for kind in InquiryKind}


def test_what_was_done_stands_on_the_list_and_with_the_learner(teacher, away):
    assert "Nothing noted yet" in teacher.get(LIST).main
    assert teacher.post(away, {"kind": "called", "note": "The number is not answered"}).status == 303
    assert "Nothing noted yet" not in teacher.get(LIST).main
    assert "Telephoned the family" in teacher.get(LIST).main
    assert teacher.post(away, {"kind": "visited", "note": "They have moved"}).status == 303
    page = teacher.get(away)
    assert "on 10 school days in a row" in page.main
    assert noted(page).index("They have moved") < noted(page).index("The number is not answered")
    assert "Visited the family" in teacher.get(LIST).main


def test_a_step_without_words_comes_back_with_what_was_chosen(teacher, away, sql):
    page = teacher.post(away, {"kind": "visited", "note": " "})
    assert page.status == 422
    assert "Write what came of it" in page.main
    assert page.form()["kind"] == "visited"
    assert sql.execute("SELECT count(*) FROM absence_inquiry").fetchone() == (0,)


def test_a_kind_that_is_none_is_refused(teacher, away):
    page = teacher.post(away, {"kind": "prayed", "note": "Nobody knows"})
    assert page.status == 422
    assert "Choose what was done" in page.main
    assert "Nobody knows" in page.main


def test_whoever_is_back_keeps_what_was_noted(teacher, away, sql):
    teacher.post(away, {"kind": "called", "note": "Is ill, a certificate follows"})
    sql.execute("UPDATE attendance_mark SET reason = 'b'")
    page = teacher.get(away)
    assert "not on the ten-day list any more" in page.main
    assert "a certificate follows" in page.main


def test_a_teacher_writes_about_learners_of_their_classes_only(teacher, admin, sql):
    stranger = f"{LIST}/{add_person(sql, 1, 'Not Mine', 'learner', None)}"
    assert teacher.get(stranger).status == 404
    assert admin.get(stranger).status == 200


def test_the_audit_says_who_did_what_about_whom(teacher, away, sql, cast):
    teacher.post(away, {"kind": "referred", "note": "The district knows"})
    action, actor = sql.execute("SELECT action, actor_id FROM audit_event ORDER BY seq DESC LIMIT 1").fetchone()
    assert (action, actor) == ("attendance.note_inquiry", cast.thaba.teacher.user_id)
