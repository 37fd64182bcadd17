"""POST /gate/scans: what scanners send."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain import scanning
from app.ids import uuid7
from tests.gate.arranged import CARD, MINUTE, a_scan, add_guardian, add_learner, at, directions, results, send, set_clock, state


@pytest.fixture
def officer(browser, cast):
    return browser.as_(cast.thaba.officer)


@pytest.fixture
def learner(sql, cast):
    return add_learner(sql, cast.thaba)


@pytest.fixture
def now(monkeypatch):
    return set_clock(monkeypatch, at(9))


def test_the_first_scan_of_a_day_is_in_and_the_next_is_out(officer, learner, sql, now):
    page = send(officer, [a_scan(at(7, 31))])
    assert results(page) == ["in"]
    (told,) = page.response.json["scans"]
    assert (told["name"], told["on_site"]) == ("Thandi Cele", True)
    assert state(sql, learner) == (True, at(7, 31))
    assert results(send(officer, [a_scan(at(8, 15))])) == ["out"]
    assert state(sql, learner) == (False, at(8, 15))


def test_the_same_card_held_up_twice_is_one_entry(officer, learner, sql, now):
    assert results(send(officer, [a_scan(at(7, 31)), a_scan(at(7, 32, 59)), a_scan(at(7, 33))])) == ["in", "repeat", "out"]
    assert directions(sql, learner) == ["in", "repeat", "out"]


def test_another_day_begins_outside(officer, learner, sql, now):
    assert results(send(officer, [a_scan(at(7, 31, day=17)), a_scan(at(7, 31))])) == ["in", "in"]


def test_a_scan_sent_again_is_answered_again_and_stored_once(officer, learner, sql, now):
    scan = a_scan(at(7, 31))
    first, again = send(officer, [scan]), send(officer, [scan, scan])
    assert again.response.json["scans"] == first.response.json["scans"] * 2
    assert directions(sql, learner) == ["in"]


def test_one_id_for_two_cards_at_the_same_moment_moves_one_of_them(officer, learner, sql, now, cast, monkeypatch):
    """Between the look for what is stored and the storing the same id comes in by another door."""
    other = add_learner(sql, cast.thaba, "Sizwe Second", "SECOND000001", None)
    scan, read = a_scan(at(7, 31)), scanning._read

    def read_and_lose_the_race(*args):
        found = read(*args)
        sql.execute(
            "INSERT INTO gate_scan (school_id, id, code, learner_id, scanned_at, on_date, direction, by_name)"
            " VALUES (1, %s, 'SECOND000001', %s, %s, '2026-11-18', 'in', 'Another')",
            (scan["id"], other, at(7, 31)),
        )
        return found

    monkeypatch.setattr(scanning, "_read", read_and_lose_the_race)
    page = send(officer, [scan])
    assert (page.status, page.response.json["reason"]) == (503, "busy")
    assert state(sql, learner) is None
    monkeypatch.undo()
    set_clock(monkeypatch, at(9))
    assert send(officer, [scan]).response.json["scans"][0]["result"] == "in", "what is stored under the id is told"
    assert state(sql, learner) is None


def test_one_that_comes_late_changes_what_followed_it(officer, learner, sql, now):
    send(officer, [a_scan(at(8))])
    assert state(sql, learner) == (True, at(8))
    assert results(send(officer, [a_scan(at(7))])) == ["in"]
    assert directions(sql, learner) == ["in", "out"]
    assert state(sql, learner) == (False, at(8))


def test_one_of_yesterday_that_comes_late_does_not_move_today(officer, learner, sql, now):
    send(officer, [a_scan(at(7, 30))])
    assert results(send(officer, [a_scan(at(7, 31, day=17))])) == ["in"]
    assert state(sql, learner) == (True, at(7, 30))


def test_a_learner_number_is_a_code_too_and_a_card_is_read_in_either_case(officer, learner, sql, now):
    assert results(send(officer, [a_scan(at(7), "2026001"), a_scan(at(8), CARD.lower())])) == ["in", "out"]


def test_a_code_that_is_nobodys_is_kept_as_unknown(officer, learner, sql, now):
    page = send(officer, [a_scan(at(7), "https://example.org/qr")])
    assert results(page) == ["unknown"]
    assert page.response.json["scans"][0]["name"] is None
    assert sql.execute("SELECT code, learner_id, direction FROM gate_scan").fetchall() == [
        ("https://example.org/qr", None, "unknown")
    ]
    assert results(send(officer, [a_scan(at(7), "https://example.org/qr")])) == ["unknown"]


def test_a_card_of_another_school_and_of_one_who_left_is_nobodys(officer, cast, sql, now):
    add_learner(sql, cast.karoo, card="KAROO0000001")
    left = add_learner(sql, cast.thaba, "Sizwe Left", "LEFT00000001", None)
    sql.execute("UPDATE learner SET status = 'left' WHERE id = %s", (left,))
    assert results(send(officer, [a_scan(at(7), "KAROO0000001"), a_scan(at(7), "LEFT00000001")])) == ["unknown", "unknown"]


def test_each_scan_is_judged_by_itself(officer, learner, sql, now):
    good = a_scan(at(7, 31))
    wrong = [
        7, {"id": "x"}, good | {"id": "x"}, good | {"code": " "}, good | {"code": "a\0b"}, good | {"code": "manual:out"},
        good | {"scanned_at": "yesterday"}, good | {"scanned_at": "2026-11-18T07:31:00"}, good | {"scanned_at": "0001-01-01T00:00:00+14:00"},
        a_scan(now + 6 * MINUTE), a_scan(now - dt.timedelta(days=15)),
    ]  # fmt: skip
    page = send(officer, [*wrong, good])
    assert results(page) == ["refused"] * len(wrong) + ["in"]
    told = page.response.json["scans"]
    assert [one["error"] for one in told[:-1]] == [
        "not_a_scan", "not_a_scan", "bad_id", "bad_code", "bad_code", "bad_code", "bad_time", "bad_time", "bad_time",
        "in_the_future", "too_old",
    ]  # fmt: skip
    assert all(one["message"] for one in told[:-1])
    assert told[2]["id"] == "x"
    assert sql.execute("SELECT count(*) FROM gate_scan").fetchone() == (1,)


def test_a_clock_that_is_a_little_ahead_is_no_fault(officer, learner, now):
    assert results(send(officer, [a_scan(now + 4 * MINUTE)])) == ["in"]


def test_what_was_kept_on_the_device_is_marked(officer, learner, sql, now):
    send(officer, [a_scan(at(7, 31)), a_scan(now)])
    found = sql.execute("SELECT was_offline, by_name FROM gate_scan ORDER BY scanned_at").fetchall()
    assert found == [(True, "Sipho Ndlovu"), (False, "Sipho Ndlovu")]


def test_what_is_no_list_and_what_is_too_much_is_refused_with_a_reason(officer, now):
    for body, status, reason in (({}, 422, "not_a_list"), ([1] * 501, 413, "too_many"), (None, 422, "not_a_list")):
        page = send(officer, body)
        assert (page.status, page.response.json["reason"]) == (status, reason)
        assert page.response.json["message"]
    assert send(officer, []).response.json == {"scans": []}


def test_a_page_of_another_school_is_refused(officer, learner, sql, now):
    page = send(officer, [a_scan(now)], **{"X-School": "2"})
    assert (page.status, page.response.json["reason"]) == (409, "another_school")


def test_without_the_token_nothing_is_taken(officer, learner, sql, now):
    page = send(officer, [a_scan(now)], token=False)
    assert (page.status, page.response.json["reason"]) == (400, "old_page")


def test_a_teacher_and_a_guardian_may_not_scan(browser, cast, now):
    for someone in (cast.thaba.teacher, cast.thaba.guardian):
        page = send(browser.as_(someone), [a_scan(now)])
        assert (page.status, page.response.json["reason"]) == (403, "not_allowed")


def test_a_stranger_is_led_to_sign_in(browser, now):
    page = send(browser, [a_scan(now)])
    assert (page.status, page.location) == (302, "/login")


@pytest.mark.parametrize("signed_out", [True, False])
def test_a_suspended_school_says_so_in_a_word_for_machines(officer, learner, sql, now, signed_out):
    token = officer.token()
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    if signed_out:
        sql.execute("UPDATE login_session SET revoked_at = now() WHERE active_school = 1")
    page = send(officer, [a_scan(now)], token=False, **{"X-CSRF-Token": token})
    assert (page.status, page.response.json["reason"]) == (403, "suspended")
    assert page.response.json["message"] == (
        "This school is suspended, and scans are refused. What this device has recorded stays on it."
    )
    assert sql.execute("SELECT count(*) FROM gate_scan").fetchone() == (0,)


def test_who_works_elsewhere_since_the_suspension_hears_of_the_school_of_the_scans(browser, cast, sql, now):
    both = browser.as_(cast.multi)
    token = both.token()
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    sql.execute("UPDATE login_session SET active_school = NULL WHERE user_id = %s", (cast.multi.user_id,))
    page = send(both, [a_scan(now)], token=False, **{"X-CSRF-Token": token, "X-School": "1"})
    assert page.response.json["reason"] == "suspended"


def test_a_page_gets_the_answer_as_it_draws_it(officer, cast, learner, sql, now):
    add_guardian(sql, cast.thaba, learner, "Gogo Cele", relation="grandparent")
    add_guardian(sql, cast.thaba, learner, "Uncle Nocollect", may_collect=False)
    add_guardian(sql, cast.thaba, learner, "Father Forbidden", no_contact=True)
    send(officer, [a_scan(at(7))])
    page = send(officer, [a_scan(now)], **{"X-Fragment": "1"})
    drawn = page.response.json["scans"][0]["html"]
    assert 'data-sound="out"' in drawn
    assert "Gogo Cele" in drawn
    assert "Nocollect" not in drawn
    assert "Forbidden" not in drawn
    assert "guarded" in drawn


def test_a_scan_is_two_statements_beside_those_of_every_request(officer, learner, now, caplog):
    caplog.set_level("INFO", "umthi.request")
    send(officer, [a_scan(now)])
    (line,) = [
        record.fields for record in caplog.records if getattr(record, "fields", {}).get("route") == "gate_scans.receive_scans"
    ]
    assert line["queries"] <= 4, "who asks, one that reads, one that writes"


def test_five_hundred_at_once_are_two_statements_too(officer, cast, sql, now, caplog):
    scans = [a_scan(at(7), f"CARD{number:08}") for number in range(500)]
    for number in range(0, 500, 50):
        add_learner(sql, cast.thaba, f"Learner {number}", f"CARD{number:08}", None)
    caplog.set_level("INFO", "umthi.request")
    page = send(officer, scans)
    assert results(page).count("in") == 10
    (line,) = [
        record.fields for record in caplog.records if getattr(record, "fields", {}).get("route") == "gate_scans.receive_scans"
    ]
    assert line["queries"] <= 4


def test_an_id_is_any_uuid(officer, learner, now):
    assert results(send(officer, [a_scan(now, id=uuid7())])) == ["in"]
