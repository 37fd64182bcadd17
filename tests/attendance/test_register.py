"""Taking a register: who may, what it stores, and what becomes of two who do it at once."""

import datetime as dt

import pytest

from app.audit.record import Actor
from app.domain.calendar import Calendar
from app.tenancy import counting
from app.tenancy.doors import acting_for
from blueprints.attendance import queries
from blueprints.attendance.saving import Entry, RegisterChanged, save_register
from tests.attendance.arranged import DAY, TODAY, add_group, enrol, lesson, save
from tests.cast import add_person


def marks(sql, group):
    rows = sql.execute(
        "SELECT p.name, m.status, m.reason, m.minutes, m.note FROM attendance_mark m JOIN person p ON p.id = m.learner_id"
        " JOIN register r ON r.id = m.register_id WHERE r.class_id = %s ORDER BY p.name",
        (group.id,),
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def told(sql):
    return sql.execute("SELECT status, why FROM attendance_event ORDER BY at, id").fetchall()


def test_everybody_is_present_until_somebody_says_otherwise(teacher, group):
    page = teacher.get(group.path)
    checked = [e.get("value") for e in page.all("input", type="radio") if e.get("checked") is not None]
    assert checked == ["present"] * 4
    assert "Not taken yet" in page.main


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_its_page_is_whole_in_every_language(browser, cast, sql, group, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    page = browser.as_(cast.thaba.teacher, language=language).get(group.path)
    keys = {e.get("data-key") for e in page.all("input", type="radio")}
    assert len(keys) == 3


def test_a_register_is_stored_with_its_history_and_its_audit(teacher, sql, group):
    a, b, c, _ = group.learners
    answer = save(teacher, group, **{
        str(a): {"status": "late", "minutes": 12}, str(b): {"status": "absent", "reason": "b", "note": "Flu"}, str(c): "absent",
    })  # fmt: skip
    assert answer.status == 303
    assert marks(sql, group) == {
        "Amahle Cele": ("late", None, 12, None), "Bandile Khoza": ("absent", "b", None, "Flu"),
        "Carla Botha": ("absent", None, None, None), "Thandeka Zungu": ("present", None, None, None),
    }  # fmt: skip
    assert len(told(sql)) == 4
    assert sql.execute("SELECT action FROM audit_event ORDER BY seq").fetchall() == [("attendance.take",)]
    page = teacher.get("/attendance/")
    assert "Present: 1. Late: 1. Absent: 2." in page.main


def test_what_does_not_belong_to_a_status_is_not_kept(teacher, sql, group):
    a, *_ = group.learners
    save(teacher, group, **{str(a): {"status": "present", "minutes": 5, "reason": "b"}})
    assert marks(sql, group)["Amahle Cele"] == ("present", None, None, None)


def test_the_view_saves_it_with_five_statements(teacher, sql, group):
    """The class, its learners, the save, and two of the audit. Who asks and the session come on top; the counter leaves them out."""
    data = group.marks(**{str(group.student): "absent"})
    data |= {"revision": "0", "why": "", "csrf_token": teacher.token(), "_school": "1"}
    teacher.get(group.path)
    counting.start()
    assert teacher.client.post(group.path, data=data).status_code == 303
    assert 0 < counting.total() <= 5


def test_a_correction_needs_a_reason_and_keeps_what_was(teacher, sql, group):
    save(teacher, group, **{str(group.student): "absent"})
    again = save(teacher, group, seen=1, **{str(group.student): {"status": "late", "minutes": 20}})
    assert again.status == 422
    assert again.problems == ["Enter why the register is corrected"]
    assert again.form()[f"status-{group.student}"] == "late"
    done = save(teacher, group, seen=1, why="Came at twenty past", **{str(group.student): {"status": "late", "minutes": 20}})
    assert done.status == 303
    assert marks(sql, group)["Thandeka Zungu"] == ("late", None, 20, None)
    assert told(sql)[-1] == ("late", "Came at twenty past")
    assert len(told(sql)) == 5, "one for each learner, and the correction"
    assert "Came at twenty past" in teacher.get(group.path).main


def test_the_same_form_sent_twice_changes_nothing(teacher, sql, group):
    for _ in range(2):
        assert save(teacher, group, **{str(group.student): "absent"}).status == 303
    assert len(told(sql)) == 4
    assert sql.execute("SELECT revision FROM register").fetchone() == (1,)


def test_who_saves_second_sees_both_and_loses_nothing(teacher, admin, sql, group):
    a, b, *_ = group.learners
    save(admin, group, **{str(a): "absent"})
    late = save(teacher, group, **{str(b): {"status": "absent", "reason": "e", "note": "A funeral"}})
    assert late.status == 409
    form = late.form()
    assert (form["revision"], form[f"status-{a}"], form[f"reason-{b}"], form[f"note-{b}"]) == ("1", "present", "e", "A funeral")
    assert "Saved meanwhile: Absent" in late.main
    assert len(told(sql)) == 4
    done = save(teacher, group, seen=1, why="Compared", **{str(a): "absent", str(b): {"status": "absent", "reason": "e"}})
    assert done.status == 303
    assert [marks(sql, group)[name][0] for name in ("Amahle Cele", "Bandile Khoza")] == ["absent", "absent"]


def test_two_first_saves_at_once_are_one(sql, cast, group, hands, teacher):
    """The row of the register decides: a revision that somebody else has won writes nothing at all."""
    by = Actor("command", None, "test")
    with acting_for(1) as session:
        head = queries.head(group.id, TODAY, None, None)
        rows = queries.rows(head, TODAY, None)
        values = {"day": TODAY, "today": TODAY, "revision": 0, "why": "", "needs_why": False, "by": by, "by_id": None}
        first = save_register(head, rows, {row.id: Entry("present") for row in rows}, **values)
        assert first
        assert first.changed == 4
        with pytest.raises(RegisterChanged):
            save_register(head, rows, {row.id: Entry("absent") for row in rows}, **values)
        session.commit()
    assert {status for status, _ in told(sql)} == {"present"}


@pytest.mark.parametrize("minutes", ["-1", "0", "abc", "601", "٣"])
def test_minutes_that_are_none_come_back(teacher, group, minutes):
    page = save(teacher, group, **{str(group.student): {"status": "late", "minutes": minutes}})
    assert page.status == 422
    assert page.problems == ["Enter how many minutes late Thandeka Zungu was as a whole number, at most 600"]


def test_a_status_that_is_none_comes_back(teacher, group):
    page = save(teacher, group, **{str(group.student): "asleep"})
    assert page.status == 422


def test_a_teacher_keeps_their_own_classes_only(teacher, admin, sql, cast, group):
    other = add_group(sql, cast.thaba, "Grade 6B")
    assert teacher.get(f"/attendance/classes/{other}").status == 404
    assert teacher.post(f"/attendance/classes/{other}", {}).status == 404
    assert admin.get(f"/attendance/classes/{other}").status == 200


def test_a_lesson_has_a_register_of_its_own(teacher, sql, cast, group):
    first = lesson(sql, cast.thaba, group.id, "09:00")
    assert save(teacher, group, query=f"?session={first}", **{str(group.student): "absent"}).status == 303
    assert save(teacher, group).status == 303
    kinds = sql.execute("SELECT session_id FROM register ORDER BY session_id NULLS FIRST").fetchall()
    assert kinds == [(None,), (first,)]


@pytest.mark.parametrize("query", ["?session=x", "?day=x", "?day=1999-01-01", "?session=01890000-0000-7000-8000-000000000000"])
def test_a_day_or_a_lesson_that_is_none_is_404(teacher, group, query):
    assert teacher.get(f"{group.path}{query}").status == 404


def test_a_day_to_come_has_no_register_yet(teacher, sql, group):
    query = f"?day={TODAY + DAY}"
    assert "This day has not come yet" in teacher.get(f"{group.path}{query}").main
    save(teacher, group, query=query)
    assert marks(sql, group) == {}


def test_on_a_day_without_school_it_says_why_and_only_the_office_takes_it(teacher, admin, sql, group, hands):
    holiday = dt.date(2031, 3, 21)
    hands.at("08:05", holiday)
    assert "Human Rights Day" in teacher.get(group.path).main
    save(teacher, group)
    assert marks(sql, group) == {}
    assert save(admin, group).status == 303
    assert len(marks(sql, group)) == 4


def test_outside_the_terms_there_is_no_school(teacher, sql, group):
    sql.execute(
        "INSERT INTO term (school_id, id, name, starts_on, ends_on) VALUES (1, uuid7(), 'Two', '2031-04-08', '2031-06-20')"
    )
    assert "it is not in a term" in teacher.get(group.path).main


def test_what_a_register_knows_of_its_day_is_what_the_calendar_says(sql, cast, group, app):
    sql.execute(
        "INSERT INTO term (school_id, id, name, starts_on, ends_on) VALUES (1, uuid7(), 'One', '2031-01-15', '2031-03-28')"
    )
    sql.execute(
        "INSERT INTO day_off (school_id, id, on_date, name, is_open) VALUES (1, uuid7(), '2031-03-08', 'Fair', true), (1, uuid7(), '2031-03-10', 'Training', false)"
    )
    with acting_for(1):
        whole = Calendar(str(HERE), dt.date(2030, 10, 1), dt.date(2031, 10, 1))
        for number in range(60):
            day = dt.date(2031, 2, 20) + number * DAY
            one = queries.head(group.id, day, None, None).calendar(day, str(HERE))
            assert (one.is_school_day(day), one.why_closed(day)) == (whole.is_school_day(day), whole.why_closed(day)), day


HERE = "Africa/Johannesburg"


def test_a_locked_day_is_corrected_by_the_office_alone_and_with_a_reason(teacher, admin, sql, group, hands):
    save(teacher, group)
    hands.at("08:05", TODAY + 8 * DAY)
    query = f"?day={TODAY}"
    assert "This day is locked" in teacher.get(f"{group.path}{query}").main
    absent = {str(group.student): {"status": "absent", "reason": "b"}}
    save(teacher, group, seen=1, why="I forgot", query=query, **absent)
    assert marks(sql, group)["Thandeka Zungu"][0] == "present"
    assert save(admin, group, seen=1, query=query, **absent).status == 422
    assert save(admin, group, seen=1, why="A certificate came", query=query, **absent).status == 303
    assert marks(sql, group)["Thandeka Zungu"][:2] == ("absent", "b")


def test_a_reported_absence_is_marked_before(teacher, sql, cast, group):
    sql.execute(
        "INSERT INTO absence_report (school_id, id, learner_id, person_id, from_on, until_on, reason, state)"
        " VALUES (1, uuid7(), %s, %s, %s, %s, 'b', 'accepted')",
        (group.student, cast.thaba.guardian.person_id, TODAY, TODAY),
    )
    page = teacher.get(group.path)
    assert (page.form()[f"status-{group.student}"], page.form()[f"reason-{group.student}"]) == ("absent", "b")
    assert "Reported by Ayanda <Dube>: Illness" in page.main


def test_the_gate_says_who_is_on_site(teacher, sql, group, hands):
    sql.execute(
        "INSERT INTO gate_state (school_id, id, on_site, since, on_date) VALUES (1, %s, true, %s, %s)",
        (group.student, hands.at("07:31"), TODAY),
    )
    assert "On site by the gate since 07:31" in teacher.get(group.path).main
    hands.at("17:30")
    assert "On site" not in teacher.get(group.path).main, "after close time everybody is presumed to have left"


def test_whoever_comes_into_the_class_later_is_marked_without_a_reason(teacher, sql, cast, group):
    save(teacher, group)
    newcomer = add_person(sql, 1, "Dumisani Zulu", "learner", None)
    enrol(sql, cast.thaba, group.id, newcomer)
    group.learners.append(newcomer)
    assert save(teacher, group, seen=1).status == 303
    assert marks(sql, group)["Dumisani Zulu"][0] == "present"


def test_a_learner_of_another_class_is_left_alone(teacher, sql, cast, group):
    stranger = add_person(sql, 1, "Not Mine", "learner", None)
    save(teacher, group, **{str(stranger): "absent"})
    assert "Not Mine" not in marks(sql, group)


def test_a_class_without_learners_has_nothing_to_save(admin, sql, cast, group):
    empty = add_group(sql, cast.thaba, "Grade 7A")
    page = admin.get(f"/attendance/classes/{empty}")
    assert "Nobody is in this class" in page.main
    assert admin.post(f"/attendance/classes/{empty}", {"revision": "0"}).status == 303
    assert sql.execute("SELECT count(*) FROM register").fetchone() == (0,)


def test_marks_are_only_ever_added_to_the_history(teacher, sql, group):
    for number, status in enumerate(("absent", "late", "present")):
        save(teacher, group, seen=number, why="Again", **{str(group.student): status})
    of_student = sql.execute(
        "SELECT status FROM attendance_event WHERE learner_id = %s ORDER BY at, id", (group.student,)
    ).fetchall()
    assert [status for (status,) in of_student] == ["absent", "late", "present"]
