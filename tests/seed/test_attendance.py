"""The registers of the baseline, and what families reported and were told."""

from __future__ import annotations

from app.seed import baseline
from tests.seed.conftest import Place


def test_the_last_school_days_have_their_registers(seeded: Place) -> None:
    days = seeded.rows("SELECT school_id, count(DISTINCT on_date), count(*) FROM register GROUP BY 1 ORDER BY 1")
    assert [number for _, number, _ in days] == [15, 15]
    assert all(registers >= 15 * 15 for *_, registers in days)


def test_every_mark_is_the_newest_thing_that_was_said(seeded: Place) -> None:
    wrong = seeded.value(
        "SELECT count(*) FROM attendance_mark m WHERE ROW(m.status, m.reason, m.minutes, m.note)::text IS DISTINCT FROM"
        " (SELECT ROW(e.status, e.reason, e.minutes, e.note)::text FROM attendance_event e WHERE e.school_id = m.school_id"
        " AND e.register_id = m.register_id AND e.learner_id = m.learner_id ORDER BY e.at DESC LIMIT 1)"
    )
    assert wrong == 0


def test_absences_are_as_many_as_in_a_school(seeded: Place) -> None:
    (shares,) = seeded.rows(
        "SELECT avg((status = 'absent')::int), avg((status = 'late')::int), avg((status = 'absent' AND reason IS NULL)::int)"
        " FROM attendance_mark"
    )
    absent, late, unexplained = map(float, shares)
    assert 0.02 < absent < 0.10
    assert 0.01 < late < 0.05
    assert 0.003 < unexplained < 0.03


def test_somebody_has_been_away_for_ten_days_in_each_school(seeded: Place) -> None:
    away = seeded.rows(
        "SELECT school_id, max(days) FROM (SELECT school_id, learner_id, count(*) AS days FROM attendance_mark"
        " WHERE status = 'absent' AND reason IS NULL GROUP BY 1, 2) t GROUP BY 1 ORDER BY 1"
    )
    assert [days >= 10 for _, days in away] == [True, True]


def test_there_are_alerts_and_reports_of_every_state(seeded: Place) -> None:
    for school in (1, 2):
        states = seeded.rows(f"SELECT DISTINCT state FROM absence_alert WHERE school_id = {school}")
        assert {state for (state,) in states} >= {"sent", "undone", "withheld"}
        states = seeded.rows(f"SELECT DISTINCT state FROM absence_report WHERE school_id = {school}")
        assert {state for (state,) in states} == {"waiting", "accepted", "declined", "withdrawn"}
    assert seeded.value("SELECT count(*) FROM absence_alert WHERE followed_up_at IS NOT NULL") > 0
    assert seeded.value("SELECT count(*) FROM attendance_event WHERE why IS NOT NULL") > 0
    assert seeded.value("SELECT count(*) FROM outbox WHERE job IN ('attendance.alert', 'attendance.follow_up')") == 0


def test_a_second_run_adds_nothing_and_a_missing_day_comes_back(filled: Place) -> None:
    def marks() -> object:
        return filled.value("SELECT count(*) FROM attendance_mark")

    before = marks()
    assert "register" not in baseline.seed(filled.app)
    assert marks() == before
