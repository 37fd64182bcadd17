"""The reviews, posters and cards of the demo schools: each state, each language, one poster out of date."""

from __future__ import annotations

from app.domain.promotion.kinds import KINDS
from app.models.promotion import ReviewState
from app.seed import promotion
from app.tenancy.doors import across_schools, acting_for, outside
from blueprints.promotion import queries
from tests.seed.conftest import Place


def test_there_are_reviews_in_every_state_and_language(seeded: Place) -> None:
    assert {state for (state,) in seeded.rows("SELECT DISTINCT state FROM review WHERE school_id = 1")} == set(ReviewState)
    shown = "SELECT DISTINCT language FROM review WHERE school_id = 1 AND state = 'shown'"
    assert {code for (code,) in seeded.rows(shown)} == {"en", "af", "zu"}
    assert seeded.value("SELECT count(*) FROM review WHERE state = 'new' AND decided_at IS NOT NULL") == 1
    assert seeded.value("SELECT count(*) FROM review WHERE reminded_at IS NOT NULL") == 1
    assert seeded.value("SELECT count(*) FROM review WHERE state = 'asked' AND unsent_why IS NOT NULL") == 1
    assert seeded.value("SELECT count(*) FROM review WHERE asked_at > now() OR given_at > now() OR answered_at > now()") == 0


def test_the_sheets_are_drawn_once_and_one_is_out_of_date(filled: Place) -> None:
    for times in (1, 0):
        with filled.app.app_context(), outside(), across_schools("test") as session:
            assert bool(promotion.top_up(session)) == bool(times)
            session.commit()
    assert {kind for (kind,) in filled.rows("SELECT DISTINCT kind FROM promotion_asset")} == set(KINDS)
    drawn = filled.rows("SELECT language, count(*) FROM promotion_drawing GROUP BY language ORDER BY language")
    assert [code for code, _ in drawn] == ["af", "en", "zu"]
    with filled.app.app_context(), outside():
        for school, states in ((1, ["up_to_date"] * 3), (2, ["outdated", "up_to_date"])):
            with acting_for(school):
                assert sorted(each.state for each in queries.newest(None).rows) == sorted(states)
