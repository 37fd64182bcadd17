"""The baseline as a stranger finds it: schools, people, accounts, and that it can be run again."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from app.access import demo
from app.access.passwords import verify
from app.config import BadSettings, Environment
from app.domain.names import sort_key
from app.models.user import User
from app.seed import baseline
from app.tenancy.doors import across_schools
from tests.seed.conftest import Place

TABLES = (
    "school", "app_user", "person", "membership", "contact_preference", "notice", "message", "delivery", "attempt", "progress",
    "outbox", "audit_event",
)  # fmt: skip


def counts(place: Place) -> dict[str, int]:
    return {table: place.value(f"SELECT count(*) FROM {table}") for table in TABLES}


def test_it_says_in_a_line_what_it_made(seeded: Place) -> None:
    assert re.fullmatch(
        r"2 schools, 1,\d{3} people, \d\d classes, \d\d contact preferences, 3\d notices(, [\d,]+ [A-Za-z -]+)*", seeded.said
    )


def test_two_schools_each_with_its_language_and_money(seeded: Place) -> None:
    found = seeded.rows("SELECT slug, name, language, money, currency, timezone, state FROM school ORDER BY id")
    assert found == [
        ("thaba", "Thaba Nkulu Primary", "zu", "en_ZA", "ZAR", "Africa/Johannesburg", "active"),
        ("karoo", "Laerskool Karoo", "af", "af", "ZAR", "Africa/Johannesburg", "active"),
    ]
    for email, phone, address in seeded.rows("SELECT contact_email, contact_phone, contact_address FROM school"):
        assert email.endswith(".example.com")
        assert phone.startswith("+27 ")
        assert address


def test_every_account_of_the_contract_can_sign_in(seeded: Place) -> None:
    with seeded.app.app_context(), across_schools("test", routine=True) as session:
        users = {user.email: user for user in session.scalars(select(User))}
        assert set(users) == {account.email for account in demo.ACCOUNTS}
        assert all(verify(user, "password123") for user in [users["admin@thaba.example.com"], users["operator@example.com"]])
        assert len({user.password_hash for user in users.values()}) == 1


def test_pages_and_mail_speak_to_an_account_in_the_same_language(seeded: Place) -> None:
    """A page asks the user, mail asks the person: whoever has chosen nothing gets both in the school's."""
    found = seeded.rows(
        "SELECT DISTINCT u.language, p.language FROM membership m JOIN app_user u ON u.id = m.user_id"
        " JOIN person p ON p.school_id = m.school_id AND p.id = m.person_id"
    )
    assert found == [(None, None)]


def test_each_account_has_its_role_and_is_a_person_of_its_kind(seeded: Place) -> None:
    found = {(email, slug): (role, kind) for email, slug, role, kind in seeded.rows(
        "SELECT u.email, s.slug, m.role, p.kind FROM membership m JOIN app_user u ON u.id = m.user_id JOIN school s ON s.id = m.school_id"
        " JOIN person p ON p.school_id = m.school_id AND p.id = m.person_id"
    )}  # fmt: skip
    kinds = {"guardian": "guardian", "student": "learner"}
    wanted = {
        (f"{role}@{slug}.example.com", slug): (role, kinds.get(role, "staff"))
        for slug in ("thaba", "karoo")
        for role in ("owner", "admin", "teacher", "officer", "guardian", "student")
    }
    assert found == wanted | {("multi@example.com", slug): ("admin", "staff") for slug in ("thaba", "karoo")}
    platform = dict(seeded.rows("SELECT email, platform_role FROM app_user WHERE platform_role IS NOT NULL"))
    assert platform == {"operator@example.com": "operator", "superuser@example.com": "superuser"}


@pytest.mark.parametrize("school", [1, 2])
def test_a_school_has_people_in_the_numbers_of_a_real_one(seeded: Place, school: int) -> None:
    found = dict(seeded.rows("SELECT kind, count(*) FROM person WHERE school_id = %s GROUP BY kind", school))
    assert found == {"learner": 306, "guardian": 400, "staff": 25}
    without, flagged = seeded.rows(
        "SELECT count(*) FILTER (WHERE email IS NULL), count(*) FILTER (WHERE email_flagged_at IS NOT NULL) FROM person"
        " WHERE school_id = %s AND kind = 'guardian'", school,
    )[0]  # fmt: skip
    assert (without, flagged) == (16, 5)
    assert seeded.value("SELECT count(email) FROM person WHERE school_id = %s AND kind = 'learner'", school) < 15


@pytest.mark.parametrize(("school", "own"), [(1, "zu"), (2, "af")])
def test_guardians_read_all_three_languages_most_of_them_the_schools(seeded: Place, school: int, own: str) -> None:
    found = dict(seeded.rows(
        "SELECT coalesce(language, %s), count(*) FROM person WHERE school_id = %s AND kind = 'guardian' GROUP BY 1", own, school
    ))  # fmt: skip
    assert set(found) == {"en", "af", "zu"}
    assert max(found, key=found.__getitem__) == own
    assert min(found.values()) > 10


def test_learners_share_their_surname_with_a_guardian(seeded: Place) -> None:
    alone = seeded.value(
        "SELECT count(*) FROM person l WHERE kind = 'learner' AND ended_at IS NULL AND NOT EXISTS (SELECT FROM person g WHERE g.kind = 'guardian'"
        " AND g.school_id = l.school_id AND split_part(g.sort_key, ' ', 1) = split_part(l.sort_key, ' ', 1))"
    )
    assert alone == 0


def test_names_are_sorted_by_the_one_rule_and_addresses_are_of_the_school(seeded: Place) -> None:
    for name, key, email, phone, slug in seeded.rows(
        "SELECT p.name, sort_key, email, phone, slug FROM person p JOIN school s ON s.id = school_id"
    ):
        assert key == sort_key(name)
        assert email is None or email.endswith(f"@{slug}.example.com") or email == "multi@example.com"
        assert email is None or email.isascii()
        assert phone is None or re.fullmatch(r"\+27[78]\d{8}", phone)


def test_no_two_people_of_a_school_have_the_same_address(seeded: Place) -> None:
    assert not seeded.rows("SELECT email FROM person WHERE email IS NOT NULL GROUP BY school_id, email HAVING count(*) > 1")


def test_it_makes_the_same_people_everywhere(seeded: Place, empty: Place) -> None:
    baseline.seed(empty.app)
    people = "SELECT id, name, sort_key, language, email, phone, kind FROM person ORDER BY school_id, id"
    assert empty.rows(people) == seeded.rows(people)


def test_a_second_run_adds_nothing_and_changes_nothing(filled: Place) -> None:
    before, rows = counts(filled), filled.rows("SELECT * FROM notice ORDER BY school_id, id")
    assert baseline.seed(filled.app) == "kept, nothing added"
    assert counts(filled) == before
    assert filled.rows("SELECT * FROM notice ORDER BY school_id, id") == rows


def test_what_people_edited_stays_as_they_left_it(filled: Place) -> None:
    edits = (
        "UPDATE school SET name = 'Thaba Nkulu Combined', contact_phone = NULL WHERE slug = 'thaba'",
        "UPDATE app_user SET email = 'naledi@example.com', password_hash = 'changed' WHERE email = 'admin@thaba.example.com'",
        "UPDATE membership SET ended_at = now() WHERE role = 'teacher'",
        "UPDATE person SET name = 'Somebody Else', email = NULL WHERE kind = 'guardian' AND name LIKE 'A%'",
        'UPDATE notice SET removed_at = now(), title = \'{"en": "Edited"}\'',
        "UPDATE school SET quiet_from = '21:00', quiet_until = '06:00'",
        "UPDATE contact_preference SET push = true, quiet_from = NULL, quiet_until = NULL, unsubscribed_at = NULL",
    )
    for edit in edits:
        filled.sql.execute(edit)
    tables = ("school", "person", "contact_preference", "notice")
    before, rows = counts(filled), [filled.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]
    assert baseline.seed(filled.app) == "kept, nothing added"
    assert counts(filled) == before
    assert [filled.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables] == rows


def test_what_was_deleted_comes_back_and_nothing_else(filled: Place) -> None:
    filled.sql.execute(
        "DELETE FROM membership WHERE user_id = (SELECT id FROM app_user WHERE email = 'teacher@karoo.example.com')"
    )
    filled.sql.execute("DELETE FROM app_user WHERE email IN ('teacher@karoo.example.com', 'operator@example.com')")
    filled.sql.execute("SET session_replication_role = replica")  # whatever refers to them stays: registers, scans, classes
    filled.sql.execute(
        "DELETE FROM person WHERE kind = 'learner' AND name LIKE 'A%' AND school_id = 1 AND email IS NULL"
        " AND (SELECT status FROM learner l WHERE l.id = person.id) = 'enrolled'"
    )
    filled.sql.execute("DELETE FROM learner l WHERE NOT EXISTS (SELECT FROM person p WHERE p.id = l.id)")
    filled.sql.execute("SET session_replication_role = DEFAULT")
    filled.sql.execute("DELETE FROM notice WHERE title->>'en' IN ('Sports day', 'Class photos')")
    gone = 1462 - counts(filled)["person"]
    assert re.fullmatch(
        rf"{gone} people, 3 notices(, [\d,]+ scans at the gate)?", baseline.seed(filled.app)
    )  # those by the hour
    assert counts(filled) | {"school": 2, "app_user": 15, "person": 1462, "membership": 14, "notice": 32} == counts(filled)


def test_it_fills_up_schools_that_others_began(app: Flask, sql) -> None:
    """The cast of the tests has both schools and all accounts already, with people of their own."""
    users = sql.execute("SELECT id, email, password_hash FROM app_user ORDER BY id").fetchall()
    people = sql.execute("SELECT count(*) FROM person").fetchone()[0]
    added = (
        r"1,446 people, 68 classes, 82 contact preferences, 32 notices(, [\d,]+ [A-Za-z -]+)*"  # scans by the day and the hour
    )
    assert re.fullmatch(added, baseline.seed(app))
    assert sql.execute("SELECT id, email, password_hash FROM app_user ORDER BY id").fetchall() == users
    assert sql.execute("SELECT count(*) FROM person").fetchone()[0] == people + 1448  # two of them were erased


def test_production_refuses_it(empty: Place) -> None:
    empty.app.extensions["settings"] = replace(empty.app.extensions["settings"], environment=Environment.PRODUCTION)
    with pytest.raises(BadSettings, match="not made in production"):
        baseline.seed(empty.app)
    assert counts(empty)["school"] == 0
