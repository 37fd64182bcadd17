"""`flask --app wsgi invite`: invitations from the machine, for one school."""

from __future__ import annotations

import pytest

from tests.cast import add_person


@pytest.fixture
def people(sql, cast):
    return {
        name: add_person(sql, 1, name, kind, f"{name}@example.org" if name != "nomail" else None)
        for name, kind in (("mother", "guardian"), ("father", "guardian"), ("nomail", "guardian"), ("teacher", "staff"))
    }


def invited(sql):
    return sql.execute("SELECT email, role, school_id, invited_by FROM invitation ORDER BY email").fetchall()


def test_people_are_invited_by_their_address(flask, sql, people, mailserver, work_off):
    said = flask("invite", "--school", "1", "Mother@Example.org", "teacher@example.org")
    assert (said.exit_code, said.output) == (0, "2 invited to Thaba Nkulu Primary; each link works once, for 48 hours.\n")
    assert invited(sql) == [
        ("mother@example.org", "guardian", 1, "Umthi"), ("teacher@example.org", "teacher", 1, "Umthi")
    ]  # fmt: skip
    work_off()
    assert len(mailserver.mails) == 2


def test_a_role_can_be_named(flask, sql, people):
    assert flask("invite", "--school", "1", "--role", "admin", "teacher@example.org").exit_code == 0
    assert [row[1] for row in invited(sql)] == ["admin"]


def test_all_guardians_at_once_and_nobody_twice(flask, sql, people):
    assert flask("invite", "--school", "1", "--all-guardians").output.startswith("2 invited")
    assert flask("invite", "--school", "1", "--all-guardians").output.startswith("0 invited")
    assert [row[0] for row in invited(sql)] == ["father@example.org", "mother@example.org"]


def test_it_stands_in_both_logs(flask, sql, people):
    flask("invite", "--school", "1", "--all-guardians")
    for log in ("platform_event", "audit_event"):
        assert sql.execute(
            f"SELECT actor_kind FROM {log} WHERE action = 'invitations.invite_many'"
        ).fetchall() == [("command",)]  # fmt: skip


def test_who_has_an_account_is_left_out(flask, sql, cast):
    assert flask("invite", "--school", "1", cast.thaba.teacher.email).output.startswith("0 invited")
    assert invited(sql) == []


def test_a_stranger_is_named_and_the_others_are_invited(flask, sql, people):
    said = flask("invite", "--school", "1", "mother@example.org", "stranger@example.org")
    assert said.exit_code == 1
    assert "Not on record at Thaba Nkulu Primary: stranger@example.org." in said.output
    assert [row[0] for row in invited(sql)] == ["mother@example.org"]


@pytest.mark.parametrize(
    "words",
    [
        ("--school", "9", "--all-guardians"),
        ("--school", "1"),
        ("--school", "1", "--all-guardians", "mother@example.org"),
        ("--school", "1", "--role", "owner", "mother@example.org"),
    ],
)
def test_what_cannot_be_done_ends_with_two_and_does_nothing(flask, sql, people, words):
    assert flask("invite", *words).exit_code == 2
    assert invited(sql) == []
