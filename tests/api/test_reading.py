"""Every list of the API: what it gives is what it describes, it goes on by its cursor, and it gives no other school's rows."""

from __future__ import annotations

import datetime as dt
import re
from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID

import pytest

from app.audit.sealing import seal_all
from app.ids import uuid7
from app.tenancy.doors import across_schools
from blueprints.api.describing import description
from blueprints.api.routes import LISTINGS
from tests.access.sweeping import Sweep
from tests.api.arranged import faults, name_of
from tests.audit.conftest import _alone  # noqa: F401  seals wait for what runs in other databases
from tests.cast import add_person

NAMES = [listing.name for listing in LISTINGS]
FORMATS = {
    "uuid": UUID,
    "date": dt.date.fromisoformat,
    "date-time": lambda text: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text) or 1 / 0,
}
TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}
"""Kinds of JSON and of Python."""


def test_a_list_gives_what_it_describes(app, cast, sql, program):
    """Of things of every kind: those of the sweep, in both schools."""
    Sweep(app, cast, sql)
    add_scans(sql, cast.thaba, 2)
    told = description(app)
    asking = program(cast.thaba.admin)
    seal(app)
    for listing in LISTINGS:
        answer = asking.get(listing.name)
        assert answer.status_code == 200, (listing.name, answer.get_data(as_text=True))
        shape = told["paths"][f"/api/v1/{listing.name}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert complaints(answer.get_json(), shape, told) == [], listing.name


def test_a_planted_difference_from_the_description_is_found(app):
    told = description(app)
    shape = {"$ref": "#/components/schemas/OnSite"}
    assert complaints({"learner_id": str(uuid7()), "since": "2027-01-20T05:31:00Z"}, shape, told) == []
    assert complaints({"learner_id": 7, "since": "2027-01-20T05:31:00+02:00", "more": 1}, shape, told) == [
        "/learner_id is no string", "/since is no date-time", "/ has more than it says: more",
    ]  # fmt: skip
    assert complaints({"since": None}, shape, told) == ["/ lacks learner_id", "/since is no string"]


@pytest.mark.parametrize("name", ["learners", "guardians", "staff"])
def test_each_school_sees_its_own_people(program, cast, name):
    ours = {row["id"] for row in program(cast.thaba.admin).get(name).get_json()["data"]}
    theirs = {row["id"] for row in program(cast.karoo.admin).get(name).get_json()["data"]}
    assert ours
    assert theirs
    assert not ours & theirs


def test_a_list_goes_on_by_its_cursor_and_every_row_comes_once(program, cast, sql):
    for number in range(7):
        add_person(sql, cast.thaba.id, f"Learner {number}", "learner", None)
    asking, path, found = program(cast.thaba.admin), "learners?limit=3", []
    while path:
        answer = asking.get(path.removeprefix("http://localhost"))
        said = answer.get_json()
        assert len(said["data"]) <= 3
        assert answer.headers.get("Link") == (f'<{said["next"]}>; rel="next"' if said["next"] else None)
        found += [row["id"] for row in said["data"]]
        path = said["next"]
    assert found == sorted(set(found))
    assert len(found) == 8


def test_the_scans_go_on_in_the_order_of_their_time(program, cast, sql):
    ids = add_scans(sql, cast.thaba, 5)
    asking = program(cast.thaba.admin)
    first = asking.get("gate-scans?limit=2").get_json()
    rest = asking.get(first["next"].removeprefix("http://localhost")).get_json()
    assert [row["id"] for row in first["data"] + rest["data"]] == [str(each) for each in ids[:4]]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"), ("limit=201", "limit"), ("limit=many", "limit"), ("limit=", "limit"), ("status=asleep", "status"),
        ("class_id=7", "class_id"), ("cursor=x", "cursor"), ("cursor=W10", "cursor"), ("cursor=WzFd", "cursor"),
        ("cursor=bnVsbA", "cursor"), ("created_since=2027-01-20", "created_since"), ("sort=name", "sort"),
        ("created_since=2027-01-20T10:00:00", "created_since"), ("limit=1&limit=2", "limit"), ("number=%EF%BF%BD%00", None),
        ("created_since=0001-01-01T00:00:00%2B14:00", "created_since"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_right_is_named(program, cast, query, parameter):
    answer = program(cast.thaba.admin).get(f"learners?{query}")
    if parameter is None:
        assert (answer.status_code, name_of(answer)) == (400, "bad-request")
    else:
        assert (answer.status_code, name_of(answer)) == (422, "invalid")
        assert list(faults(answer)) == [parameter]


@pytest.mark.parametrize(
    "key", ["[" * 1500, "[1" + "0" * 30 + ",1]", f"[{2**63},1]", f"[1,-{2**63 + 1}]", "[1e400,1]", "[true,1]", "[1.5,1]"]
)
def test_a_cursor_that_nobody_gave_out_is_named_whatever_is_in_it(program, cast, key):
    cursor = urlsafe_b64encode(key.encode()).decode().rstrip("=")
    answer = program(cast.thaba.admin).get(f"audit-events?cursor={cursor}")
    assert (answer.status_code, name_of(answer), list(faults(answer))) == (422, "invalid", ["cursor"])


def test_filters_narrow(program, cast, sql):
    asking = program(cast.thaba.admin)
    sql.execute("UPDATE learner SET status = 'left', number = 'T7' WHERE id = %s", (cast.thaba.student.person_id,))
    assert asking.get("learners?status=enrolled").get_json()["data"] == []
    (found,) = asking.get("learners?status=left&number=T7").get_json()["data"]
    assert found["id"] == str(cast.thaba.student.person_id)
    assert asking.get("learners?created_since=2999-01-01T00:00:00Z").get_json()["data"] == []
    assert [row["role"] for row in asking.get("staff?role=teacher").get_json()["data"]] == ["teacher"]
    assert len(asking.get(f"guardians?email={cast.thaba.guardian.email.upper()}").get_json()["data"]) == 1


def test_a_learner_of_a_class_of_today(program, cast, sql):
    made, other = (add_class(sql, cast.thaba, name) for name in ("Grade 3A", "Grade 3B"))
    sql.execute(
        "INSERT INTO enrolment (school_id, id, learner_id, class_id, starts_on) VALUES (1, %s, %s, %s, '2026-01-01')",
        (uuid7(), cast.thaba.student.person_id, made),
    )
    asking = program(cast.thaba.admin)
    (found,) = asking.get(f"learners?class_id={made}").get_json()["data"]
    assert found["class_id"] == str(made)
    assert asking.get(f"learners?class_id={other}").get_json()["data"] == []
    assert len(asking.get("enrolments?on=2026-05-05").get_json()["data"]) == 1
    assert asking.get("enrolments?on=2025-05-05").get_json()["data"] == []


def test_the_code_of_a_card_is_never_told(program, cast, sql):
    add_scans(sql, cast.thaba, 1)
    assert "SECRETCARD" not in program(cast.thaba.admin).get("gate-scans").get_data(as_text=True)


def test_an_event_is_told_once_it_is_sealed(app, program, cast, browser):
    asking = program(cast.thaba.admin)
    browser.as_(cast.thaba.admin).post(
        "/schedule-notices/new",
        {"title_en": "A day", "message_en": "Today.", "starts_at": "2027-01-20T08:00", "audience": "everyone", "title_zu": "A", "message_zu": "B"},
    )  # fmt: skip
    assert asking.get("audit-events").get_json()["data"] == []
    seal(app)
    found = {row["action"]: row for row in asking.get("audit-events").get_json()["data"]}
    event = found["notices.schedule"]
    assert event["actor"] == cast.thaba.admin.name
    assert "starts_at" in event["fields"]
    assert not {"actor", "label"} & set(event["fields"])
    assert [row["action"] for row in asking.get("audit-events?action=notices.schedule").get_json()["data"]] == [
        "notices.schedule"
    ]


def test_who_asks_again_with_the_etag_hears_that_nothing_changed(program, cast):
    asking = program(cast.thaba.admin)
    first = asking.get("learners")
    again = asking.get("learners", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")


def test_what_is_read_of_people_stands_in_the_audit_log_once_an_hour(program, cast, sql):
    asking = program(cast.thaba.admin)
    for _ in range(3):
        asking.get("learners")
    asking.get(f"learners/{cast.thaba.student.person_id}")
    asking.get("guardians")
    asking.get("classes")  # nobody's data
    events = sql.execute(
        "SELECT v.value FROM audit_event e JOIN audit_value v ON v.event_id = e.id AND v.field = 'read:after'"
        " WHERE e.action = 'api.read' ORDER BY e.seq"
    ).fetchall()
    assert [row[0] for row in events] == ['"learners"', '"guardians"']


def complaints(value: Any, shape: dict[str, Any], told: dict[str, Any], at: str = "") -> list[str]:
    """Where a value is otherwise than its schema says."""
    if "$ref" in shape:
        shape = told["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    kinds = [shape["type"]] if isinstance(shape["type"], str) else shape["type"]
    if not any(type(value) is TYPES[kind] for kind in kinds):
        return [f"{at or '/'} is no {kinds[0]}"]
    found = []
    if value is None:
        return []
    if "enum" in shape and value not in shape["enum"]:
        found.append(f"{at} is none of {shape['enum']}")
    if shape.get("format") in FORMATS:
        try:
            FORMATS[shape["format"]](value)
        except (ValueError, ArithmeticError):
            found.append(f"{at} is no {shape['format']}")
    if isinstance(value, list):
        for number, each in enumerate(value):
            found += complaints(each, shape["items"], told, f"{at}/{number}")
    if isinstance(value, dict):
        found += [f"{at or '/'} lacks {name}" for name in shape.get("required", ()) if name not in value]
        for name, each in value.items():
            known = shape.get("properties", {}).get(name) or shape.get("additionalProperties")
            found += complaints(each, known, told, f"{at}/{name}") if known else [f"{at or '/'} has more than it says: {name}"]
    return found


def seal(app) -> None:
    """Seal what was recorded, as the worker does every minute."""
    with across_schools("test"):
        seal_all()


def add_class(sql, school, name: str) -> UUID:
    made = uuid7()
    sql.execute(
        "INSERT INTO class_group (school_id, id, name, sort_key, year) VALUES (%s, %s, %s, %s, 2026)",
        (school.id, made, name, name.lower()),
    )
    return made


def add_scans(sql, school, number: int) -> list[UUID]:
    """Scans of the school's student, a minute apart, with ids whose order says nothing."""
    made = sorted((uuid7() for _ in range(number)), key=lambda each: each.bytes[::-1])
    for minute, each in enumerate(made):
        sql.execute(
            "INSERT INTO gate_scan (school_id, id, code, learner_id, scanned_at, on_date, direction, by_name)"
            " VALUES (%s, %s, 'SECRETCARD', %s, %s, '2026-05-05', 'in', 'Sipho')",
            (school.id, each, school.student.person_id, dt.datetime(2026, 5, 5, 7, minute, tzinfo=dt.UTC)),
        )
    return made
