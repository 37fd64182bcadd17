"""The invitations of the demo: each school has some of every state, and one whose mail did not arrive."""

from __future__ import annotations

import pytest

from app.access.actor import Actor, acting_as
from app.domain.invitations import token_of
from app.seed import invitations
from app.tenancy.doors import across_schools, outside
from blueprints.invitations import every_school
from blueprints.invitations.every_school import Narrow


def top_up(place):
    """As the seed does it; returns how many were added."""
    with place.app.app_context(), outside(), acting_as(Actor("command", None, "seed")), across_schools("test") as session:
        added = invitations.top_up(session)
        session.commit()
    return added


@pytest.fixture
def topped(filled):
    filled.rows("DELETE FROM invitation RETURNING id")
    assert top_up(filled) == 20
    return filled


def test_each_school_has_some_of_every_state(topped):
    for school_id in (1, 2):
        with topped.app.app_context(), outside(), across_schools("test") as session:
            found = every_school.counts(session, Narrow(school_id, False, ""))
        assert found == {"": 10, "active": 4, "used": 3, "expired": 2, "revoked": 1}
    assert topped.rows("SELECT school_id, count(*) FROM invitation WHERE error IS NOT NULL GROUP BY 1 ORDER BY 1") == [
        (1, 1), (2, 1)
    ]  # fmt: skip


def test_no_mail_goes_out_for_them(topped):
    assert topped.value("SELECT count(*) FROM outbox WHERE job = 'invitations.send'") == 0


def test_the_newest_stand_first_and_their_links_open(topped):
    assert topped.rows("SELECT id FROM invitation ORDER BY id") == topped.rows(
        "SELECT id FROM invitation ORDER BY created_at, id"
    )
    (newest,) = topped.rows("SELECT id FROM invitation ORDER BY id DESC LIMIT 1")[0]
    with topped.app.app_context():
        assert topped.app.test_client().get(f"/invitations/{token_of(newest)}").status_code == 200


def test_a_second_time_adds_nothing(topped):
    assert top_up(topped) == 0
