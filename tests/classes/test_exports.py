"""What can be taken out of classes: the classes, who is in them, their lessons."""

from __future__ import annotations

import csv
import io

from tests.classes.arranged import add_class, add_learner, add_lesson, day, enrol, teach, today


def rows_of(browser, name):
    answer = browser.client.get(f"/exports/{name}.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))[1:]


def test_classes_enrolments_and_lessons_of_the_school_alone_are_exported(browser, cast, sql):
    group = add_class(sql, cast.thaba, "Grade 3B", capacity=30)
    teach(sql, cast.thaba, group)
    enrol(sql, cast.thaba, group, add_learner(sql, cast.thaba, "Aviwe Dlamini"), ends_on=day(5))
    add_lesson(sql, cast.thaba, group, day(1), cancelled_at="now()", cancelled_why="Painting")
    enrol(sql, cast.karoo, add_class(sql, cast.karoo, "Graad 3B"), add_learner(sql, cast.karoo, "Anna Botha"))
    admin = browser.as_(cast.thaba.admin)
    assert [[*row[:5], row[7]] for row in rows_of(admin, "classes")] == [
        ["Grade 3B", str(today().year), "3", "Yes", "30", "Lerato Dlamini"]
    ]
    ((_, _, learner, _, state, since, until),) = rows_of(admin, "enrolments")
    assert (learner, state, since, until) == ("Aviwe Dlamini", "Has a place", day(-30).isoformat(), day(5).isoformat())
    ((name, _, on, *_, lesson_state, why),) = rows_of(admin, "lessons")
    assert (name, on, lesson_state, why) == ("Grade 3B", day(1).isoformat(), "Cancelled", "Painting")


def test_they_are_narrowed_to_a_class_and_closed_to_teachers(browser, cast, sql):
    one, other = add_class(sql, cast.thaba, "Grade 3B"), add_class(sql, cast.thaba, "Grade 3C")
    for group in (one, other):
        enrol(sql, cast.thaba, group, add_learner(sql, cast.thaba, f"Learner {group}"))
    answer = browser.as_(cast.thaba.admin).client.get(f"/exports/enrolments.csv?class={one}")
    assert answer.data.decode("utf-8-sig").count("\r\n") == 2
    assert browser.as_(cast.thaba.teacher).client.get("/exports/classes.csv").status_code == 403
