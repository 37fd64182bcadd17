"""Telling a family of an unexplained absence: whom, when, in which words, never twice, and never when it is known by then."""

import datetime as dt

import pytest

from app.ids import uuid7
from tests.attendance.arranged import DAY, TODAY, lesson, save, tie
from tests.cast import add_person


def states(sql):
    return sql.execute("SELECT state, why FROM absence_alert ORDER BY id").fetchall()


def letters(sql, language="en"):
    """Subject, text and lock screen of every message, the oldest first, and whom it is for."""
    return sql.execute(
        "SELECT p.name, t.subject, t.body_text, t.lock_screen, m.urgent FROM message m JOIN message_text t ON t.message_id = m.id"
        " AND t.school_id = m.school_id JOIN person p ON p.id = m.person_id WHERE t.language = %s ORDER BY m.id",
        (language,),
    ).fetchall()


@pytest.fixture
def wait(hands, work_off):
    """Let minutes pass, and do what is due by then."""

    def pass_by(minutes=10, seconds=1):
        hands.moment += dt.timedelta(minutes=minutes, seconds=seconds)
        hands.patched.setattr("app.clock.now", lambda: hands.moment)
        work_off(until=hands.moment)

    return pass_by


@pytest.fixture
def absent(teacher, group):
    """The student is marked absent, and nobody knows why."""
    assert save(teacher, group, **{str(group.student): "absent"}).status == 303


def test_the_guardian_is_told_after_ten_minutes_and_not_before(absent, sql, wait, cast):
    wait(9)
    assert (states(sql), letters(sql)) == ([("waiting", None)], [])
    wait(1)
    assert states(sql) == [("sent", None)]
    ((name, subject, body, screen, urgent),) = letters(sql)
    assert (name, subject, screen, urgent) == (
        cast.thaba.guardian.name, "Your child was not in class today", "Your child was not in class today", True,
    )  # fmt: skip
    assert "Thandeka Zungu was not in class when the register was marked on 4 Mar 2031 at 08:05." in body
    assert "/attendance/absences?learner=" in body
    (due, sent) = sql.execute("SELECT due_at, ended_at FROM absence_alert").fetchone()
    assert sent - due < dt.timedelta(minutes=2)


def test_every_language_has_its_text(absent, sql, wait):
    wait()
    assert all("Thandeka Zungu" in letters(sql, language)[0][2] for language in ("en", "af", "zu"))


def test_a_name_stands_on_a_lock_screen_only_where_the_school_allows_it(sql, group, teacher, wait):
    sql.execute("UPDATE school SET names_on_push = true")
    save(teacher, group, **{str(group.student): "absent"})
    wait()
    assert letters(sql)[0][1] == letters(sql)[0][3] == "Thandeka Zungu was not in class today"


def test_it_is_sent_once_however_often_the_work_is_done(absent, sql, wait):
    (alert,) = sql.execute("SELECT id FROM absence_alert").fetchone()
    for _ in range(2):
        sql.execute(
            "INSERT INTO outbox (school_id, id, job, subject, queue) VALUES (1, %s, 'attendance.alert', %s, 'urgent')",
            (uuid7(), alert),
        )
    wait()
    wait()
    assert len(letters(sql)) == 1


def test_two_registers_of_a_day_make_one_message(absent, teacher, sql, cast, group, wait):
    first = lesson(sql, cast.thaba, group.id, "09:00")
    wait()
    save(teacher, group, query=f"?session={first}", **{str(group.student): "absent"})
    wait()
    assert len(letters(sql)) == 1
    assert len(states(sql)) == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"status": "present"}, "corrected"),
        ({"status": "late", "minutes": 5}, "corrected"),
        ({"status": "absent", "reason": "b"}, "corrected"),
    ],
)
def test_a_correction_before_it_goes_withholds_it(absent, teacher, sql, group, wait, said, why):
    save(teacher, group, seen=1, why="Seen in the corridor", **{str(group.student): said})
    assert states(sql) == [("withheld", why)]
    wait()
    assert letters(sql) == []


def test_who_is_marked_absent_again_is_told_after_all(absent, teacher, sql, group, wait):
    save(teacher, group, seen=1, why="Mistaken", **{str(group.student): "present"})
    wait(2)
    save(teacher, group, seen=2, why="It was another", **{str(group.student): "absent"})
    assert states(sql) == [("waiting", None)]
    wait()
    assert len(letters(sql)) == 1


@pytest.mark.parametrize("state", ["waiting", "accepted"])
def test_what_the_family_reported_is_not_told_to_them(absent, sql, cast, group, wait, state):
    sql.execute(
        "INSERT INTO absence_report (school_id, id, learner_id, person_id, from_on, until_on, reason, state)"
        " VALUES (1, uuid7(), %s, %s, %s, %s, 'b', %s)",
        (group.student, cast.thaba.guardian.person_id, TODAY - DAY, TODAY + DAY, state),
    )
    wait()
    assert (states(sql), letters(sql)) == ([("withheld", "reported")], [])


def test_an_undecided_report_of_somebody_who_lost_contact_silences_nobody(absent, sql, cast, group, wait):
    other = add_person(sql, 1, "Jabu Nkosi", "guardian", "jabu@example.com")
    tie(sql, cast.thaba, other, group.student)
    sql.execute("UPDATE guardianship SET no_contact = true WHERE guardian_id = %s", (other,))
    sql.execute(
        "INSERT INTO absence_report (school_id, id, learner_id, person_id, from_on, until_on, reason, state)"
        " VALUES (1, uuid7(), %s, %s, %s, %s, 'b', 'waiting')",
        (group.student, other, TODAY, TODAY),
    )
    wait()
    assert states(sql) == [("sent", None)]


def test_a_report_that_was_declined_or_taken_back_changes_nothing(absent, sql, cast, group, wait):
    for state in ("declined", "withdrawn"):
        sql.execute(
            "INSERT INTO absence_report (school_id, id, learner_id, person_id, from_on, until_on, reason, state)"
            " VALUES (1, uuid7(), %s, %s, %s, %s, 'b', %s)",
            (group.student, cast.thaba.guardian.person_id, TODAY, TODAY, state),
        )
    wait()
    assert states(sql) == [("sent", None)]


def test_nobody_is_told_while_the_gate_says_on_site(absent, sql, group, wait, hands):
    sql.execute(
        "INSERT INTO gate_state (school_id, id, on_site, since, on_date) VALUES (1, %s, true, %s, %s)",
        (group.student, hands.moment, TODAY),
    )
    wait()
    assert (states(sql), letters(sql)) == ([("withheld", "on_site")], [])


def test_who_has_left_by_the_gate_is_told_of(absent, sql, group, wait, hands):
    sql.execute(
        "INSERT INTO gate_state (school_id, id, on_site, since, on_date) VALUES (1, %s, false, %s, %s)",
        (group.student, hands.moment, TODAY),
    )
    wait()
    assert states(sql) == [("sent", None)]


def test_a_guardian_without_contact_is_never_told(absent, sql, wait):
    sql.execute("UPDATE guardianship SET no_contact = true")
    wait()
    assert (states(sql), letters(sql)) == ([("withheld", "nobody")], [])


def test_only_those_are_told_who_hear_about_attendance(absent, sql, cast, group, wait):
    other = add_person(sql, 1, "Gogo Zungu", "guardian", "gogo@thaba.example.com")
    apart = add_person(sql, 1, "Father Zungu", "guardian", "father@thaba.example.com")
    tie(sql, cast.thaba, other, group.student)
    tie(sql, cast.thaba, apart, group.student, no_contact=True)
    sql.execute("UPDATE guardianship SET hears_attendance = false WHERE guardian_id = %s", (cast.thaba.guardian.person_id,))
    wait()
    assert [row[0] for row in letters(sql)] == ["Gogo Zungu"]


def test_a_family_that_nothing_reaches_is_not_said_to_have_been_told(absent, teacher, sql, cast, wait):
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.thaba.guardian.person_id,))
    wait()
    assert states(sql) == [("withheld", "unreachable")]
    assert "Please phone them." in teacher.get("/attendance/").main


def test_who_has_unsubscribed_from_what_is_not_urgent_is_told_all_the_same(absent, sql, cast, wait):
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, unsubscribed_at) VALUES (1, uuid7(), %s, now())",
        (cast.thaba.guardian.person_id,),
    )
    wait()
    assert states(sql) == [("sent", None)]


def test_an_explained_absence_is_no_alert(teacher, sql, group):
    save(teacher, group, **{str(group.student): {"status": "absent", "reason": "b"}})
    assert states(sql) == []


def test_a_register_of_an_earlier_day_tells_nobody(teacher, sql, group):
    save(teacher, group, query=f"?day={TODAY - DAY}", **{str(group.student): "absent"})
    assert states(sql) == []


def test_a_school_that_switched_it_off_tells_nobody(teacher, sql, group):
    sql.execute("UPDATE school SET absence_alerts = false")
    save(teacher, group, **{str(group.student): "absent"})
    assert states(sql) == []


def test_a_message_of_yesterday_is_not_sent_today(absent, sql, wait):
    wait(24 * 60)
    assert (states(sql), letters(sql)) == ([("withheld", "day_over")], [])


def test_the_teacher_can_undo_it_until_it_goes(absent, teacher, sql, wait):
    (alert,) = sql.execute("SELECT id FROM absence_alert").fetchone()
    assert "Goes out at 08:15" in teacher.get("/attendance/").main
    assert teacher.post(f"/attendance/alerts/{alert}/undo").status == 303
    wait()
    assert (states(sql), letters(sql)) == ([("undone", None)], [])


def test_it_is_too_late_to_undo_what_was_sent(absent, teacher, sql, wait):
    wait()
    (alert,) = sql.execute("SELECT id FROM absence_alert").fetchone()
    teacher.post(f"/attendance/alerts/{alert}/undo")
    assert "It is too late to undo this" in teacher.get("/attendance/").main
    assert states(sql) == [("sent", None)]


def test_nobody_undoes_what_is_of_a_class_of_others(absent, browser, sql, cast):
    (alert,) = sql.execute("SELECT id FROM absence_alert").fetchone()
    sql.execute("DELETE FROM class_teacher")
    assert browser.as_(cast.thaba.teacher).post(f"/attendance/alerts/{alert}/undo").status == 404
    assert browser.as_(cast.karoo.admin).post(f"/attendance/alerts/{alert}/undo").status == 404


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"status": "present"}, "Thandeka Zungu was present."),
        ({"status": "late", "minutes": 30}, "Thandeka Zungu came late."),
        ({"status": "absent", "reason": "b"}, "We know the reason now (Illness)"),
    ],
)
def test_a_correction_after_it_went_sends_one_follow_up(absent, teacher, sql, group, wait, said, words):
    wait()
    save(teacher, group, seen=1, why="Found", **{str(group.student): said})
    wait(0)
    assert len(letters(sql)) == 2
    assert words in letters(sql)[1][2]
    save(teacher, group, seen=2, why="Lost", **{str(group.student): "absent"})
    save(teacher, group, seen=3, why="Found again", **{str(group.student): said})
    wait()
    assert len(letters(sql)) == 2
    assert "A correction was sent at" in teacher.get("/attendance/").main


def test_a_correction_while_it_goes_out_is_followed_up(absent, teacher, sql, group, wait):
    """Whichever of the two comes first, the family knows in the end how it stands."""
    sql.execute("UPDATE absence_alert SET state = 'sent'")  # by a worker, the moment after the page was drawn
    save(teacher, group, seen=1, why="Found", **{str(group.student): "present"})
    wait(0)
    assert len(letters(sql)) == 1
    assert "was present" in letters(sql)[0][2]


def test_a_correction_that_was_taken_back_at_once_sends_nothing(absent, teacher, sql, group, wait):
    wait()
    save(teacher, group, seen=1, why="Found", **{str(group.student): "present"})
    save(teacher, group, seen=2, why="Not found", **{str(group.student): "absent"})
    wait(0)
    assert len(letters(sql)) == 1


def test_the_audit_knows_what_was_told_and_what_was_not(absent, sql, wait):
    wait()
    actions = [action for (action,) in sql.execute("SELECT action FROM audit_event ORDER BY seq")]
    assert actions == ["attendance.take", "attendance.send_alert"]


def test_a_suspended_school_tells_nobody_until_it_is_back(absent, sql, wait):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    wait()
    assert states(sql) == [("waiting", None)]
    sql.execute("UPDATE school SET state = 'active' WHERE id = 1")
    wait(0)
    assert states(sql) == [("sent", None)]
