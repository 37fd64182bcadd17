"""The emergency of each school of the baseline: over, told to everybody whom it was for, and with a board that adds up."""

from __future__ import annotations

from app.tenancy.doors import acting_for
from blueprints.emergency import board, queries
from tests.seed.conftest import Place


def _of(place: Place, school: int):
    with place.app.app_context(), acting_for(school):
        (row,) = queries.newest().rows
        detail = queries.emergency(row.id)
        assert detail
        return row, detail, board.board(detail), board.told(detail)


def test_each_school_has_one_that_is_over(seeded: Place) -> None:
    for school in (1, 2):
        row, detail, stand, told = _of(seeded, school)
        assert row.state == "danger_over"
        assert set(detail.title) == set(detail.message) == {"en", "af", "zu"}
        assert detail.ended_at
        assert stand.people == sum(number for _, number in stand.counts) == row.people
        assert stand.of(standing="on_way") == 0
        assert all(stand.of(standing=each) for each in ("acknowledged", "reached", "not_reached"))
        assert stand.on_site == stand.on_site_safe > 250, "every learner was found before the all-clear"
        assert told
        assert told.is_over
        assert told.reached > 300


def test_it_went_to_those_whom_it_was_for_on_a_day_of_school(seeded: Place) -> None:
    beyond = (
        "SELECT count(*) FROM delivery d JOIN emergency e ON d.message_id IN (e.message_id, e.end_message_id)"
        " WHERE NOT EXISTS (SELECT FROM emergency_person x WHERE x.person_id = d.person_id AND x.emergency_id = e.id)"
    )
    assert seeded.value(beyond) == 0
    assert seeded.value("SELECT count(*) FROM emergency WHERE extract(isodow FROM created_at) > 5") == 0
    assert seeded.value("SELECT count(*) FROM emergency WHERE ended_at <= created_at OR ended_at > now()") == 0


def test_nobody_answered_before_it_was_sent(seeded: Place) -> None:
    early = (
        "SELECT count(*) FROM emergency_person x JOIN emergency e ON e.id = x.emergency_id WHERE acknowledged_at <= created_at"
    )
    assert seeded.value(early) == 0
