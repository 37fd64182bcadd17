"""The classes of the baseline."""

from __future__ import annotations

from collections.abc import Callable

from app.seed import baseline
from tests.seed.conftest import Place


def test_every_learner_has_a_register_class_of_their_age(seeded: Place) -> None:
    without = seeded.value(
        "SELECT count(*) FROM learner l WHERE NOT EXISTS (SELECT FROM enrolment e JOIN class_group c"
        " ON c.school_id = e.school_id AND c.id = e.class_id AND c.is_register AND c.ended_at IS NULL"
        " WHERE e.school_id = l.school_id AND e.learner_id = l.id AND e.state = 'active' AND e.ends_on IS NULL)"
        " AND l.status = 'enrolled' AND l.number IS NOT NULL"
    )
    assert without == 0


def test_there_are_two_classes_a_grade_of_a_size_that_a_school_has(seeded: Place) -> None:
    sizes = seeded.rows(
        "SELECT c.school_id, c.grade, c.name, count(*) FROM class_group c JOIN enrolment e ON e.school_id = c.school_id"
        " AND e.class_id = c.id AND e.ends_on IS NULL WHERE c.is_register AND c.ended_at IS NULL GROUP BY 1, 2, 3"
    )
    assert len(sizes) == 2 * 8 * 2
    assert all(12 <= size <= 30 for *_, size in sizes), sizes


def test_the_teacher_of_the_demo_teaches_its_student_and_two_classes_more(seeded: Place) -> None:
    taught = seeded.rows(
        "SELECT count(*), count(*) FILTER (WHERE c.is_register AND EXISTS (SELECT FROM enrolment e JOIN membership s"
        " ON s.school_id = e.school_id AND s.person_id = e.learner_id WHERE e.school_id = c.school_id AND e.class_id = c.id))"
        " FROM membership m JOIN class_teacher t USING (school_id, person_id) JOIN class_group c"
        " ON c.school_id = t.school_id AND c.id = t.class_id WHERE m.role = 'teacher' AND c.ended_at IS NULL GROUP BY m.school_id"
    )
    assert taught == [(3, 1), (3, 1)]


def test_a_class_is_full_and_has_a_waiting_list(seeded: Place) -> None:
    full = seeded.rows(
        "SELECT count(*) FILTER (WHERE e.state = 'active') = c.capacity, count(*) FILTER (WHERE e.state = 'waiting')"
        " FROM class_group c JOIN enrolment e ON e.school_id = c.school_id AND e.class_id = c.id"
        " GROUP BY c.school_id, c.id, c.capacity HAVING bool_or(e.state = 'waiting')"
    )
    assert full == [(True, 4), (True, 4)]


def test_lessons_were_given_and_will_be(seeded: Place) -> None:
    past, coming, cancelled = seeded.rows(
        "SELECT count(*) FILTER (WHERE starts_at < now()), count(*) FILTER (WHERE starts_at > now()),"
        " count(*) FILTER (WHERE cancelled_at IS NOT NULL) FROM class_session"
    )[0]
    assert past > 20 or coming > 20  # whatever the season
    assert cancelled <= 2


def test_a_second_run_adds_no_class_and_takes_no_choice_back(filled: Place, later: Callable[[int], None]) -> None:
    filled.sql.execute("DELETE FROM class_teacher")
    filled.sql.execute("UPDATE enrolment SET ends_on = starts_on WHERE ends_on IS NULL")
    before = filled.rows(
        "SELECT (SELECT count(*) FROM class_group), (SELECT count(*) FROM enrolment), (SELECT count(*) FROM term)"
    )
    later(400)
    assert "class" not in baseline.seed(filled.app)
    after = filled.rows(
        "SELECT (SELECT count(*) FROM class_group), (SELECT count(*) FROM enrolment), (SELECT count(*) FROM term)"
    )
    assert before == after
    assert not filled.value("SELECT count(*) FROM class_teacher")
