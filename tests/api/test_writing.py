"""What programs write goes through the operations that people use, once, and leaves the same marks."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from app import clock
from app.ids import uuid7
from tests.api.arranged import Program, faults, name_of
from tests.api.test_reading import add_class

DAY = dt.date(2026, 3, 4)  # a Wednesday
NOTICE = {"title": {"en": "Water"}, "message": {"en": "It is off until two."}, "starts_at": "2027-01-20T08:00:00+02:00"}


@pytest.fixture
def group(sql, cast):
    """A class with the school's student."""
    made = add_class(sql, cast.thaba, "Grade 3A")
    sql.execute(
        "INSERT INTO enrolment (school_id, id, learner_id, class_id, starts_on) VALUES (1, %s, %s, %s, '2026-01-01')",
        (uuid7(), cast.thaba.student.person_id, made),
    )
    return made


def sheet(cast, *, revision=0, status="present", **more):
    learner = str(cast.thaba.student.person_id)
    why = {"why": more.pop("why")} if "why" in more else {}
    return {"revision": revision, "marks": [{"learner_id": learner, "status": status, **more}], **why}


def test_a_register_is_read_saved_and_corrected(program, cast, sql, group):
    asking, path = program(cast.thaba.admin), f"classes/{group}/register?day={DAY}"
    found = asking.get(path).get_json()
    assert (found["revision"], found["needs_why"], found["refusal"]) == (0, True, None)  # the day is locked by now
    assert [mark["status"] for mark in found["marks"]] == [None]
    saved = asking.put(path, sheet(cast, status="absent", reason="b", why="From the paper register"))
    assert (saved.status_code, saved.get_json()["changed"], saved.get_json()["revision"]) == (200, 1, 1)
    again = asking.put(path, sheet(cast, status="absent", reason="b", revision=1))
    assert (again.get_json()["changed"], again.get_json()["revision"]) == (0, 1)
    late = asking.put(path, sheet(cast, status="late", minutes=12, revision=1, why="They came after all"))
    assert late.get_json()["revision"] == 2
    (mark,) = asking.get(f"attendance-marks?day={DAY}").get_json()["data"]
    assert (mark["status"], mark["minutes"], mark["class_id"]) == ("late", 12, str(group))
    assert mark["updated_by"] == f"{cast.thaba.admin.name} (Timetable)"
    actions = sql.execute("SELECT action FROM audit_event WHERE action LIKE 'attendance%' ORDER BY seq").fetchall()
    assert [row[0] for row in actions] == ["attendance.take", "attendance.correct"]


def test_who_saves_what_was_saved_meanwhile_hears_it(program, cast, group):
    asking, path = program(cast.thaba.admin), f"classes/{group}/register?day={DAY}"
    asking.put(path, sheet(cast, why="Paper"))
    answer = asking.put(path, sheet(cast, status="absent", why="Paper"))
    assert (answer.status_code, name_of(answer)) == (409, "conflict")


def test_a_correction_needs_a_reason(program, cast, group):
    answer = program(cast.thaba.admin).put(f"classes/{group}/register?day={DAY}", sheet(cast))
    assert (answer.status_code, list(faults(answer))) == (422, ["#/why"])


def test_a_day_that_has_not_come_is_refused(program, cast, group):
    day = clock.now().date() + dt.timedelta(days=30)
    answer = program(cast.thaba.admin).put(f"classes/{group}/register?day={day}", sheet(cast))
    assert (answer.status_code, name_of(answer)) == (403, "forbidden")
    assert "not come yet" in answer.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"revision": "1"}, "#/revision"), ({"revision": None}, "#/revision"), ({"marks": []}, "#/marks"),
        ({"marks": [{"learner_id": "7", "status": "present"}]}, "#/marks/0/learner_id"),
        ({"more": 1}, "#/more"), ({"why": "a\x00b"}, "#/why"), ({"why": "\ud800"}, "#/why"), ({"why": "x" * 301}, "#/why"),
    ],
)  # fmt: skip
def test_a_register_that_is_not_right_says_where(program, cast, group, change, place):
    answer = program(cast.thaba.admin).put(f"classes/{group}/register?day={DAY}", sheet(cast) | change)
    assert (answer.status_code, name_of(answer)) == (422, "invalid")
    assert place in faults(answer)


@pytest.mark.parametrize(
    ("mark", "place"),
    [
        ({"status": "asleep"}, "status"), ({"status": "present", "reason": "b"}, "reason"),
        ({"status": "absent", "reason": "z"}, "reason"), ({"status": "present", "minutes": 3}, "minutes"),
        ({"status": "late", "minutes": 601}, "minutes"), ({"status": "late", "minutes": "3"}, "minutes"),
        ({"status": "present", "note": "x" * 501}, "note"),
    ],
)  # fmt: skip
def test_a_mark_that_is_not_right_says_where(program, cast, group, mark, place):
    answer = program(cast.thaba.admin).put(f"classes/{group}/register?day={DAY}", sheet(cast, **mark))
    assert (answer.status_code, list(faults(answer))) == (422, [f"#/marks/0/{place}"])


def test_everybody_of_a_register_is_named_and_nobody_else(program, cast, group):
    said = sheet(cast, why="Paper")
    said["marks"] = [{"learner_id": str(cast.karoo.student.person_id), "status": "present"}]
    answer = program(cast.thaba.admin).put(f"classes/{group}/register?day={DAY}", said)
    assert faults(answer) == {
        "#/marks/0/learner_id": "Not in this register.", "#/marks": f"Not named: {cast.thaba.student.person_id}.",
    }  # fmt: skip


def test_the_class_of_another_school_is_not_found(program, cast, group):
    answer = program(cast.karoo.admin).put(f"classes/{group}/register?day={DAY}", sheet(cast))
    assert (answer.status_code, name_of(answer)) == (404, "not-found")


def test_a_notice_is_scheduled_in_the_name_of_the_tokens_maker(program, cast, sql):
    asking = program(cast.thaba.admin)
    made = asking.post("notices", NOTICE | {"title": {"en": "  Water   is off "}})
    assert made.status_code == 201
    assert made.get_json()["starts_at"] == "2027-01-20T06:00:00Z"
    notice = asking.get(made.headers["Location"]).get_json()
    assert (notice["title"], notice["author"]) == ({"en": "Water is off"}, cast.thaba.admin.name)
    assert sql.execute("SELECT count(*) FROM outbox WHERE subject = %s", (notice["id"],)).fetchone() == (1,)
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'notices.schedule'").fetchone() == (1,)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": {}}, "#/title"), ({"title": {"xh": "Amanzi"}}, "#/title/xh/key"), ({"title": {"en": ""}}, "#/title/en/value"),
        ({"message": {"af": "Water"}}, "#/message"), ({"starts_at": "2027-01-20T08:00"}, "#/starts_at"),
        ({"starts_at": "9999-01-20T08:00:00Z"}, "#/starts_at"), ({"ends_at": "2026-01-20T08:00:00Z"}, "#/ends_at"),
        ({"audience": "class"}, "#/class_id"), ({"audience": "nobody"}, "#/audience"), ({"urgent": "yes"}, "#/urgent"),
        ({"class_id": str(uuid7()), "audience": "class"}, "#/class_id"), ({"author": "me"}, "#/author"),
    ],
)  # fmt: skip
def test_a_notice_that_is_not_right_says_where(program, cast, sql, change, place):
    answer = program(cast.thaba.admin).post("notices", NOTICE | change)
    assert (answer.status_code, list(faults(answer))) == (422, [place])
    assert sql.execute("SELECT count(*) FROM notice").fetchone() == (0,)


def test_the_same_key_does_it_once(program, cast, sql):
    asking, key = program(cast.thaba.admin), {"Idempotency-Key": "8e03978e"}
    first = asking.post("notices", NOTICE, headers=key)
    again = asking.post("notices", NOTICE, headers=key)
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert sql.execute("SELECT count(*) FROM notice").fetchone() == (1,)
    other = asking.post("notices", NOTICE | {"urgent": True}, headers=key)
    assert (other.status_code, name_of(other)) == (422, "key-reused")
    program(cast.thaba.owner).post("notices", NOTICE, headers=key)  # of another token it is another key
    assert sql.execute("SELECT count(*) FROM notice").fetchone() == (2,)


def test_what_was_refused_can_be_mended_under_the_same_key(program, cast):
    asking, key = program(cast.thaba.admin), {"Idempotency-Key": "mend"}
    assert asking.post("notices", NOTICE | {"title": {}}, headers=key).status_code == 422
    assert asking.post("notices", NOTICE, headers=key).status_code == 201


def test_the_same_key_at_the_same_moment_does_it_once(app, program, cast, sql):
    token, answers = program(cast.thaba.admin).token, []

    def ask() -> None:
        answers.append(Program(app, token).post("notices", NOTICE, headers={"Idempotency-Key": "both"}))

    both = [threading.Thread(target=ask) for _ in range(4)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert sql.execute("SELECT count(*) FROM notice").fetchone() == (1,)


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_that_is_none_is_refused(program, cast, key):
    answer = program(cast.thaba.admin).post("notices", NOTICE, headers={"Idempotency-Key": key})
    assert (answer.status_code, name_of(answer)) == (400, "bad-request")


def test_scans_are_taken_once_and_each_is_judged_by_itself(program, cast, sql):
    code = sql.execute("SELECT card_code FROM learner WHERE id = %s", (cast.thaba.student.person_id,)).fetchone()[0]
    now, asking = clock.now(), program(cast.thaba.admin)
    scans = [
        {"id": str(uuid7()), "code": code, "scanned_at": (now - dt.timedelta(minutes=2)).isoformat()},
        {"id": str(uuid7()), "code": "NOBODYS", "scanned_at": now.isoformat()},
        {"id": str(uuid7()), "code": code, "scanned_at": (now + dt.timedelta(hours=2)).isoformat()},
    ]
    first = asking.post("gate-scans", {"scans": scans}).get_json()["data"]
    assert [row["result"] for row in first] == ["in", "unknown", "refused"]
    assert first[0]["learner_id"] == str(cast.thaba.student.person_id)
    assert first[2]["error"] == "in_the_future"
    assert asking.post("gate-scans", {"scans": scans}).get_json()["data"] == first
    assert sql.execute("SELECT count(*) FROM gate_scan").fetchone() == (2,)


def test_scans_that_are_no_scans_say_where(program, cast):
    answer = program(cast.thaba.admin).post("gate-scans", {"scans": [{"id": "7", "code": "", "scanned_at": "08:00"}]})
    assert list(faults(answer)) == ["#/scans/0/id", "#/scans/0/code", "#/scans/0/scanned_at"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "name"),
    [
        (b"{}", "text/plain", 415, "not-json"), (b"a=1", "application/x-www-form-urlencoded", 415, "not-json"),
        (b"{", "application/json", 400, "malformed"), (b"\xff", "application/json", 400, "malformed"),
        (b"[" * 100_000, "application/json", 400, "malformed"), (b"[]", "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"), (b"7", "application/json", 422, "invalid"),
        (b'"' + b"x" * (1 << 20) + b'"', "application/json", 413, "too-large"),
    ],
)  # fmt: skip
def test_a_body_that_is_none_is_refused(program, cast, body, kind, status, name):
    answer = program(cast.thaba.admin).ask("POST", "notices", data=body, content_type=kind)
    assert (answer.status_code, name_of(answer)) == (status, name)
