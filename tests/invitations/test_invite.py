"""How an invitation comes into being, wherever it is made."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import NoResultFound

from app.domain.invitations import State, hold, invite, resend, revoke, state_of, token_of
from app.tenancy.doors import across_schools, acting_for, outside


def rows(sql):
    return sql.execute(
        "SELECT school_id, role, email, invited_by, revoked_at IS NOT NULL, expires_at - created_at FROM invitation ORDER BY id"
    ).fetchall()


def test_the_platform_invites_and_the_school_has_the_work(sql, cast, newcomer, invited):
    person = newcomer()
    made = invited(person, cast.thaba)
    ((school, role, email, by, revoked, life),) = rows(sql)
    assert (school, role, email, by, revoked) == (1, "guardian", "lindiwe@example.org", "Olive Operator", False)
    assert 47.99 < life.total_seconds() / 3600 < 48.01
    assert sql.execute("SELECT school_id, job, subject FROM outbox").fetchall() == [(1, "invitations.send", made)]


def test_a_school_invites_its_own(sql, app, cast, newcomer):
    person = newcomer()
    with outside(), acting_for(1) as session:
        invite(session, school_id=1, person_id=person, role="guardian", email="Lindiwe@Example.org", by="Naledi Mokoena")
        session.commit()
    assert [row[2:4] for row in rows(sql)] == [("lindiwe@example.org", "Naledi Mokoena")]
    assert sql.execute("SELECT school_id, job FROM outbox").fetchall() == [(1, "invitations.send")]


def test_asked_twice_it_is_one_invitation_and_one_mail(sql, cast, newcomer, invited):
    person = newcomer()
    assert invited(person, cast.thaba) == invited(person, cast.thaba)
    assert sql.execute("SELECT count(*) FROM outbox").fetchone() == (1,)


def test_one_that_expired_is_replaced_and_still_counts_as_expired(sql, cast, newcomer, invited):
    person = newcomer()
    old = invited(person, cast.thaba)
    sql.execute("UPDATE invitation SET expires_at = now() - interval '1 minute'")
    new = invited(person, cast.thaba)
    assert new != old
    with across_schools("test", routine=True) as session:
        assert state_of(hold(session, school_id=1, invitation_id=old)) is State.EXPIRED
        assert state_of(hold(session, school_id=1, invitation_id=new)) is State.ACTIVE


def test_another_role_takes_the_place_of_the_first(sql, cast, newcomer, invited):
    person = newcomer(kind="staff")
    invited(person, cast.thaba, role="teacher")
    invited(person, cast.thaba, role="officer")
    assert [(row[1], row[4]) for row in rows(sql)] == [("teacher", True), ("officer", False)]


def test_sent_again_the_old_link_is_closed(sql, cast, newcomer, invited):
    old = invited(newcomer(), cast.thaba)
    with across_schools("test", routine=True) as session:
        held = hold(session, school_id=1, invitation_id=old)
        new = resend(session, held, email="other@example.org", by="Somebody")
        session.commit()
        assert (state_of(held), state_of(new), new.role) == (State.REVOKED, State.ACTIVE, "guardian")
        assert token_of(new.id) != token_of(old)


def test_revoked_is_revoked(cast, newcomer, invited):
    made = invited(newcomer(), cast.thaba)
    with across_schools("test", routine=True) as session:
        held = hold(session, school_id=1, invitation_id=made)
        revoke(session, held)
        session.commit()
        assert state_of(held) is State.REVOKED
        assert hold(session, school_id=2, invitation_id=made) is None


def test_somebody_of_another_school_is_not_invited(cast, newcomer):
    person = newcomer(school=cast.karoo)
    with across_schools("test", routine=True) as session, pytest.raises(NoResultFound):
        invite(session, school_id=1, person_id=person, role="guardian", email="x@example.org", by="")


def test_thirty_at_once_make_one(app, sql, cast, newcomer, invited):
    person, start, made, failed = newcomer(), threading.Barrier(30), [], []

    def go():
        with app.app_context(), outside():
            start.wait()
            try:
                made.append(invited(person, cast.thaba))
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=go) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(made) == 30
    assert len(set(made)) == 1
    assert sql.execute("SELECT count(*) FROM outbox").fetchone() == (1,)
