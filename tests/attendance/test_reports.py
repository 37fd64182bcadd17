"""A family reports an absence, the school decides, and the family is told."""

import pytest

from tests.attendance.arranged import DAY, TODAY, save, tie
from tests.cast import add_person

PATH = "/attendance/absences"


def form(learner, since=TODAY, until=TODAY, reason="b", note="Flu"):
    return {"learner": str(learner), "from_on": str(since), "until_on": str(until), "reason": reason, "note": note}


def reports(sql):
    return sql.execute("SELECT state, reason, from_on, until_on FROM absence_report ORDER BY id").fetchall()


@pytest.fixture
def waiting(guardian, sql, group):
    """The guardian has reported the student ill for today and tomorrow."""
    assert guardian.post(PATH, form(group.student, until=TODAY + DAY)).status == 303
    return sql.execute("SELECT id FROM absence_report").fetchone()[0]


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_form_offers_the_reasons_of_the_policy(browser, cast, sql, group, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    page = browser.as_(cast.thaba.guardian, language=language).get(PATH)
    assert [e.get("value") for e in page.all("input", type="radio")] == list("abcdefghi")


def test_an_absence_can_be_reported_for_any_day(guardian, sql, group):
    for offset in (-40, 0, 200):
        day = TODAY + offset * DAY
        assert guardian.post(PATH, form(group.student, day, day)).status == 303
    assert [row[2] for row in reports(sql)] == [TODAY + offset * DAY for offset in (-40, 0, 200)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"reason": ""}, "Choose the reason"),
        ({"reason": "z"}, "Choose the reason"),
        ({"from_on": ""}, "Enter the first day of the absence"),
        ({"until_on": "soon"}, "Enter a day, like 2027-03-31"),
        ({"until_on": str(TODAY - DAY)}, "The last day must not be before the first"),
        ({"until_on": str(TODAY + 31 * DAY)}, "Report at most 31 days at a time"),
        ({"from_on": str(TODAY + 360 * DAY), "until_on": str(TODAY + 380 * DAY)}, "Enter a day that is at most a year away"),
        ({"learner": "x"}, "Choose who is absent"),
        ({"note": "x" * 501}, "Use at most 500 characters for the note"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(guardian, sql, group, change, problem):
    page = guardian.post(PATH, form(group.student) | change)
    assert (page.status, page.problems) == (422, [problem])
    assert reports(sql) == []
    if "note" not in change:
        assert page.form()["note"] == "Flu"


def test_a_guardian_reports_about_their_own_children_only(guardian, sql, group):
    page = guardian.post(PATH, form(group.learners[0]))
    assert page.status == 422
    assert "Amahle Cele" not in page.main
    assert reports(sql) == []


def test_a_guardian_without_contact_reports_nothing(guardian, sql, group):
    sql.execute("UPDATE guardianship SET no_contact = true")
    assert "No child is on record here" in guardian.get(PATH).main
    guardian.post(PATH, form(group.student))
    assert reports(sql) == []


def test_a_learner_does_not_excuse_themselves(browser, cast, sql, group):
    student = browser.as_(cast.thaba.student, language="en")
    assert "Only a parent or guardian reports an absence" in student.get(PATH).main
    student.post(PATH, form(group.student))
    assert reports(sql) == []


def test_the_same_report_twice_is_one(waiting, guardian, sql, group):
    guardian.post(PATH, form(group.student, until=TODAY + DAY))
    assert len(reports(sql)) == 1


def test_the_link_of_a_message_chooses_the_child(guardian, sql, cast, group):
    other = add_person(sql, 1, "Aaron First", "learner", None)
    tie(sql, cast.thaba, cast.thaba.guardian.person_id, other)
    assert guardian.get(f"{PATH}?learner={group.student}").form()["learner"] == str(group.student)


def test_accepting_tells_the_guardian_and_explains_what_registers_said(waiting, teacher, sql, group, work_off):
    save(teacher, group, **{str(group.student): "absent"})
    assert teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "accept", "answer": "Get well"}).status == 303
    assert reports(sql)[0][0] == "accepted"
    assert sql.execute("SELECT status, reason FROM attendance_mark WHERE learner_id = %s", (group.student,)).fetchone() == (
        "absent",
        "b",
    )
    assert sql.execute("SELECT why FROM attendance_event ORDER BY at DESC, id DESC LIMIT 1").fetchone() == (
        "The school accepted the report of the family.",
    )
    assert sql.execute("SELECT revision FROM register").fetchone() == (2,), "a register that is open elsewhere is stale now"
    (subject, body) = sql.execute("SELECT subject, body_text FROM message_text WHERE language = 'en'").fetchone()
    assert subject == "Your report of an absence was accepted"
    assert "Thandeka Zungu is absent from 4 Mar 2031 until 5 Mar 2031. The reason: Illness." in body
    assert "Get well" in body


def test_declining_needs_an_answer(waiting, teacher, sql):
    page = teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "decline"})
    assert (page.status, page.problems) == (422, ["Tell the family why the report is declined"])
    assert (
        teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "decline", "answer": "It is exam time"}).status
        == 303
    )
    assert reports(sql)[0][0] == "declined"
    assert "It is exam time" in sql.execute("SELECT body_text FROM message_text WHERE language = 'en'").fetchone()[0]


def test_a_decision_is_kept(waiting, teacher, guardian, sql):
    teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "accept"})
    teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "decline", "answer": "No"})
    assert "decided or taken back meanwhile" in teacher.get("/attendance/").main
    assert reports(sql)[0][0] == "accepted"
    assert "Accepted" in guardian.get(PATH).main


def test_accepting_after_the_message_went_sends_one_follow_up(waiting, teacher, sql, group, work_off):
    save(teacher, group, **{str(group.student): "absent"})
    sql.execute("UPDATE absence_alert SET state = 'sent', ended_at = now()")
    teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "accept"})
    work_off()
    assert sql.execute("SELECT followed_up_at IS NOT NULL FROM absence_alert").fetchone() == (True,)


def test_teachers_decide_about_their_own_learners_only(waiting, teacher, sql):
    sql.execute("DELETE FROM class_teacher")
    assert teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "accept"}).status == 404
    assert "Nothing has been reported" in teacher.get("/attendance/reports").main


def test_a_report_can_be_taken_back(waiting, guardian, sql):
    assert guardian.post(f"{PATH}/{waiting}/withdraw").status == 303
    assert reports(sql)[0][0] == "withdrawn"
    guardian.post(f"{PATH}/{waiting}/withdraw")
    assert "decided or taken back meanwhile" in guardian.get("/dashboard/").main


def test_nobody_takes_back_what_others_have_reported(waiting, browser, sql, cast, group):
    assert browser.as_(cast.thaba.student).post(f"{PATH}/{waiting}/withdraw").status == 404
    assert browser.as_(cast.karoo.guardian).post(f"{PATH}/{waiting}/withdraw").status == 404


def test_what_is_over_is_not_taken_back(waiting, teacher, guardian, sql, hands):
    teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "accept"})
    hands.at("08:00", TODAY + 2 * DAY)
    guardian.post(f"{PATH}/{waiting}/withdraw")
    assert reports(sql)[0][0] == "accepted"


@pytest.mark.parametrize("state", ["", "waiting", "accepted", "declined", "withdrawn"])
def test_the_list_is_narrowed_by_state(waiting, admin, state):
    page = admin.get(f"/attendance/reports?state={state}")
    assert ("Thandeka Zungu" in page.main) == (state in ("", "waiting"))


def test_each_step_is_audited(waiting, teacher, guardian, sql):
    teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "accept"})
    guardian.post(f"{PATH}/{waiting}/withdraw")
    assert [row[0] for row in sql.execute("SELECT action FROM audit_event ORDER BY seq")] == [
        "attendance.report_absence", "attendance.accept_report", "attendance.withdraw_report",
    ]  # fmt: skip


def test_whoever_lost_contact_neither_reads_nor_takes_back_what_they_reported_and_is_not_told(
    waiting, guardian, teacher, sql, group
):
    sql.execute("UPDATE guardianship SET no_contact = true")
    assert "Thandeka" not in guardian.get(PATH).main
    assert guardian.post(f"{PATH}/{waiting}/withdraw").status == 404
    page = teacher.post(f"/attendance/reports/{waiting}/decide", {"decision": "accept", "answer": "Get well"})
    assert page.status == 303
    assert reports(sql)[0][0] == "accepted"
    assert sql.execute("SELECT count(*) FROM message").fetchone() == (0,)
