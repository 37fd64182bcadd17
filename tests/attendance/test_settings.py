"""What a school sets about attendance, what can be exported of it, and what a suspension does."""

import datetime as dt

import pytest

from app.i18n.speech import speaking, speech_for
from app.tenancy.doors import across_schools, outside
from blueprints.attendance.doors import DOORS
from tests.attendance.arranged import DAY, save

PATH = "/attendance/settings"


def stored(sql):
    return sql.execute("SELECT absence_alerts, alert_minutes, lock_days FROM school WHERE id = 1").fetchone()


def test_they_are_stored_and_audited(admin, sql):
    assert admin.get(PATH).form()["alert_minutes"] == "10"
    assert admin.post(PATH, {"absence_alerts": "y", "alert_minutes": "25", "lock_days": "3"}).status == 303
    assert stored(sql) == (True, 25, 3)
    assert admin.post(PATH, {"alert_minutes": "25", "lock_days": "3"}).status == 303
    assert stored(sql) == (False, 25, 3)
    assert len(sql.execute("SELECT action FROM audit_event").fetchall()) == 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"alert_minutes": "0"}, "Enter the minutes as a whole number"),
        ({"alert_minutes": "241"}, "Enter between 1 and 240 minutes"),
        ({"lock_days": "x"}, "Enter the days as a whole number"),
        ({"lock_days": "366"}, "Enter between 1 and 365 days"),
    ],
)
def test_what_is_no_setting_comes_back(admin, sql, change, problem):
    page = admin.post(PATH, {"absence_alerts": "y", "alert_minutes": "10", "lock_days": "7"} | change)
    assert (page.status, page.problems) == (422, [problem])
    assert stored(sql) == (True, 10, 7)


def test_they_are_for_owners_and_admins(teacher):
    assert teacher.get(PATH).status == 403


def test_the_delay_of_the_school_is_kept(admin, teacher, sql, group, hands):
    admin.post(PATH, {"absence_alerts": "y", "alert_minutes": "25", "lock_days": "7"})
    save(teacher, group, **{str(group.student): "absent"})
    (due,) = sql.execute("SELECT due_at FROM absence_alert").fetchone()
    assert due - hands.moment == dt.timedelta(minutes=25)


def test_marks_and_reports_can_be_exported(admin, guardian, teacher, sql, group):
    a, *_ = group.learners
    save(admin, group, **{str(a): {"status": "absent", "reason": "b", "note": "=1+1"}})
    text = admin.get("/exports/attendance.csv", check=False).text
    assert "2031-03-04,Daily register,Grade 5A,,Amahle Cele,Absent,Illness" in text
    assert ",'=1+1," in text
    narrowed = admin.get("/exports/attendance.csv?status=present&since=2031-03-04", check=False).text
    assert narrowed.count("Present") == 3
    guardian.post(
        "/attendance/absences",
        {"learner": str(group.student), "from_on": "2031-03-04", "until_on": "2031-03-05", "reason": "e"},
    )
    assert (
        "Thandeka Zungu,2031-03-04,2031-03-05,Death of a family member" in admin.get("/exports/absences.csv", check=False).text
    )
    assert teacher.get("/exports/attendance.csv", check=False).status == 403


def test_a_suspension_says_what_becomes_of_messages(teacher, sql, group, hands, app):
    save(teacher, group, **{str(group.student): "absent"})
    (door,) = DOORS
    english = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")
    with outside(), across_schools("test") as session, speaking(english):
        assert door.effect(session, 1).number == 1
        assert door.effect(session, 2) is None
        (today,) = door.outlook(session, 1, hands.moment)
        assert "is looked at anew" in today.sentence
        hands.moment += DAY
        hands.patched.setattr("app.clock.now", lambda: hands.moment)
        (over,) = door.reopen(session, 1, hands.moment)
        assert "is not sent any more" in over.sentence
