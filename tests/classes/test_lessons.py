"""Meeting times, the lessons that are made from them, and what is done to a lesson."""

from __future__ import annotations

import datetime as dt

import pytest

from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for
from app.work.outbox import queue
from blueprints.classes.lessons import keep_lessons
from tests.classes.arranged import ZONE, add_class, add_lesson, add_meeting, day, deeds, insert, teach, today

#: a meeting time of every weekday, so that a lesson is made whatever the day of the test
WEEKDAYS = ["1", "2", "3", "4", "5"]


@pytest.fixture
def admin(browser, cast):
    return browser.as_(cast.thaba.admin)


@pytest.fixture
def group(cast, sql):
    """A class in a school whose terms cover the coming weeks whatever the season."""
    insert(sql, "term", cast.thaba, name="Term", starts_on=day(-100), ends_on=day(100))
    return add_class(sql, cast.thaba, "Mathematics 7", is_register=False)


def lessons(sql):
    """The lessons: day, beginning, end by the clock of the school, room and whether it is cancelled."""
    found = sql.execute(
        "SELECT on_date, starts_at, ends_at, room, cancelled_at FROM class_session ORDER BY starts_at"
    ).fetchall()
    return [
        (on, f"{a.astimezone(ZONE):%H:%M}", f"{b.astimezone(ZONE):%H:%M}", room, off is not None)
        for on, a, b, room, off in found
    ]


def meeting(**changes):
    return {
        "weekdays": WEEKDAYS, "every_weeks": "1", "starts_at": "08:30", "ends_at": "09:15", "room": "Room 14",
        "from_on": today().isoformat(), "until_on": "", **changes,
    }  # fmt: skip


def test_a_meeting_time_makes_the_lessons_of_six_weeks_on_school_days(admin, sql, group):
    admin.post(f"/classes/{group}/meetings/new", meeting())
    found = lessons(sql)
    assert 20 <= len(found) <= 31
    assert all(on.weekday() < 5 and row == ["08:30", "09:15", "Room 14", False] for on, *row in found)
    assert found[-1][0] <= today() + dt.timedelta(weeks=6)
    assert deeds(sql) == ["classes.add_meeting"]
    page = admin.get(f"/classes/{group}")
    assert "Mon, Tue, Wed, Thu, Fri" in page.main
    assert "08:30–09:15" in page.main


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"weekdays": []}, "Choose at least one day of the week"),
        ({"starts_at": ""}, "Enter when it begins"),
        ({"ends_at": "08:30"}, "The end must be after the beginning"),
        ({"every_weeks": "9"}, "Choose how often"),
        ({"until_on": "2020-01-01"}, "The last day must not be before the first"),
    ],
)
def test_a_meeting_time_that_cannot_be_is_refused(admin, sql, group, changes, problem):
    page = admin.post(f"/classes/{group}/meetings/new", meeting(**changes))
    assert (page.status, page.problems) == (422, [problem])
    assert lessons(sql) == []


def test_keeping_the_lessons_twice_changes_nothing(cast, sql, group):
    add_meeting(sql, cast.thaba, group)
    for expected in (True, False):
        with acting_for(cast.thaba.id) as session:
            assert bool(keep_lessons()) is expected
            session.commit()
    assert len({row[:2] for row in lessons(sql)}) == len(lessons(sql)) > 20


def test_a_change_moves_the_lessons_to_come_and_leaves_those_that_have_been(admin, cast, sql, group):
    made = add_meeting(sql, cast.thaba, group, room="Room 14")
    add_lesson(sql, cast.thaba, group, day(-7), meeting_id=made)
    with acting_for(cast.thaba.id) as session:
        keep_lessons()
        session.commit()
    form = admin.get(f"/classes/meetings/{made}/edit").form()
    number = len(lessons(sql))
    admin.post(
        f"/classes/meetings/{made}/edit",
        {**form, **meeting(weekdays=["1", "2", "3", "4", "5", "6"], starts_at="11:00", ends_at="11:45", room="Room 2")},
    )
    found = lessons(sql)
    assert found[0][:2] == (day(-7), "10:00")
    assert {row[1:4] for row in found[1:]} == {("11:00", "11:45", "Room 2")}
    assert abs(len(found) - number) <= 1  # today’s may have begun


def test_without_the_meeting_time_the_lessons_to_come_go(admin, cast, sql, group):
    made = add_meeting(sql, cast.thaba, group)
    add_lesson(sql, cast.thaba, group, day(-7), meeting_id=made)
    with acting_for(cast.thaba.id) as session:
        keep_lessons()
        session.commit()
    admin.post(f"/classes/meetings/{made}/remove")
    assert [row[0] for row in lessons(sql)] == [day(-7)]
    assert deeds(sql) == ["classes.remove_meeting"]


def test_a_lesson_whose_register_was_taken_stays_whatever_happens(admin, cast, sql, group):
    made = add_meeting(sql, cast.thaba, group)
    taken = add_lesson(sql, cast.thaba, group, day(2), meeting_id=made)
    insert(sql, "register", cast.thaba, class_id=group, session_id=taken, on_date=day(2), saved_name="Lerato Dlamini")
    admin.post(f"/classes/meetings/{made}/remove")
    assert [row[0] for row in lessons(sql)] == [day(2)]
    admin.post(f"/classes/{group}/end")
    assert [row[0] for row in lessons(sql)] == [day(2)]


def test_a_cancelled_lesson_is_not_made_anew(admin, cast, sql, group):
    add_meeting(sql, cast.thaba, group)
    with acting_for(cast.thaba.id) as session:
        keep_lessons()
        session.commit()
    (last,) = sql.execute("SELECT id FROM class_session ORDER BY starts_at DESC LIMIT 1").fetchone()
    page = admin.post(f"/classes/lessons/{last}/cancel", {"why": ""})
    assert (page.status, page.problems) == (422, ["Enter the reason"])
    admin.post(f"/classes/lessons/{last}/cancel", {"why": "Painting"})
    before = lessons(sql)
    with acting_for(cast.thaba.id) as session:
        keep_lessons()
        session.commit()
    assert lessons(sql) == before
    assert "Painting" in admin.get(f"/classes/lessons/{last}").main
    admin.post(f"/classes/lessons/{last}/restore")
    assert not lessons(sql)[-1][-1]
    assert deeds(sql) == ["classes.cancel_lesson", "classes.restore_lesson"]


def test_a_lesson_that_is_moved_names_the_one_that_is_held_instead(admin, cast, sql, group):
    lesson = add_lesson(sql, cast.thaba, group, day(3))
    form = admin.get(f"/classes/lessons/{lesson}/move").form()
    assert (form["starts_at"], form["ends_at"]) == ("10:00", "11:00")
    moved = {**form, "on_date": day(4).isoformat(), "starts_at": "12:00", "ends_at": "13:00", "room": "Hall"}
    assert admin.post(f"/classes/lessons/{lesson}/move", moved).problems == ["Enter the reason"]
    answer = admin.post(f"/classes/lessons/{lesson}/move", {**moved, "why": "Painting"})
    assert [(row[0], row[1], row[3], row[4]) for row in lessons(sql)] == [
        (day(3), "10:00", None, True),
        (day(4), "12:00", "Hall", False),
    ]
    assert "Hall" in admin.get(answer.location).main
    old = admin.get(f"/classes/lessons/{lesson}")
    assert "Moved" in old.main
    assert "Hold it after all" not in old.main
    admin.post(f"/classes/lessons/{lesson}/restore")
    assert lessons(sql)[0][-1]


def test_two_lessons_of_a_class_do_not_overlap(admin, cast, sql, group):
    add_lesson(sql, cast.thaba, group, day(3))
    typed = {"on_date": day(3).isoformat(), "starts_at": "10:30", "ends_at": "11:30", "room": ""}
    page = admin.post(f"/classes/{group}/lessons/new", typed)
    assert (page.status, page.problems) == (422, ["The class has a lesson at that time already"])
    admin.post(f"/classes/{group}/lessons/new", {**typed, "starts_at": "11:00"})
    assert len(lessons(sql)) == 2
    assert "Added by hand" in admin.get(f"/classes/{group}/lessons").main


def test_what_has_been_is_left_as_it_is(admin, cast, sql, group):
    lesson = add_lesson(sql, cast.thaba, group, day(-3))
    answer = admin.post(f"/classes/lessons/{lesson}/cancel", {"why": "Too late"})
    assert "has begun or is over" in admin.get(answer.location).banners[0]
    assert not lessons(sql)[0][-1]
    assert "10:00" in admin.get(f"/classes/{group}/lessons?when=past").main


def test_a_teacher_reads_the_lessons_of_their_classes_alone(browser, cast, sql, group):
    lesson, teacher = add_lesson(sql, cast.thaba, group, day(3)), browser.as_(cast.thaba.teacher)
    assert teacher.get(f"/classes/lessons/{lesson}").status == 404
    teach(sql, cast.thaba, group)
    page = teacher.get(f"/classes/lessons/{lesson}")
    assert page.status == 200
    assert "Cancel the lesson" not in page.main
    assert teacher.get(f"/classes/lessons/{lesson}/cancel").status == 403


def test_the_periodic_job_makes_lessons_in_every_open_school_that_has_meeting_times(app, cast, sql, group, work_off):
    add_meeting(sql, cast.thaba, group)
    add_meeting(sql, cast.karoo, add_class(sql, cast.karoo, "Engels 6", is_register=False))
    with across_schools("a test", routine=True) as session:
        queue("classes.keep_lessons")
        session.commit()
    work_off()
    made = sql.execute("SELECT school_id, count(*) FROM class_session GROUP BY 1 ORDER BY 1").fetchall()
    assert [school for school, _ in made] == [cast.thaba.id, cast.karoo.id]
    ran = sql.execute("SELECT count(*) FROM outbox WHERE job = 'classes.make_lessons'").fetchone()
    assert ran == (2,)


def test_a_day_off_takes_the_lessons_of_the_day(admin, cast, sql, group, work_off):
    add_meeting(sql, cast.thaba, group)
    with acting_for(cast.thaba.id):
        keep_lessons()
        db.session.commit()
    gone = lessons(sql)[-1][0]
    assert gone > today()
    admin.post("/classes/calendar/days/new", {"on_date": gone.isoformat(), "name": "Sports day", "kind": "closed"})
    work_off()
    assert gone not in {row[0] for row in lessons(sql)}
