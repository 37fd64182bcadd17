"""The walk along the keys: every table that leads to a person is reached, and something is decided about each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from psycopg.rows import namedtuple_row

from app.domain.personal_data import mentions, pack, policies, walk
from app.ids import uuid7
from app.tenancy.doors import across_schools, acting_for, outside
from app.tenancy.keys import Hand, Tables, checked, tables
from app.tenancy.reading import driving
from blueprints.personal_data.words import COLUMNS, PLUMBING, TABLES
from tests.personal_data.conftest import EMAIL, NAME, NUMBER, PHONE

#: what the database makes up by itself where a column may not be empty; the rest is given
FILLED = {
    "text": "'x'", "integer": "1", "bigint": "1", "boolean": "false", "date": "current_date", "jsonb": "'{}'", "bytea": "'x'",
    "timestamp with time zone": "now()", "time without time zone": "'08:00'", "text[]": "'{}'", "character varying": "'x'",
    "uuid": "gen_random_uuid()",
}  # fmt: skip


@contextmanager
def hand(school: int = 1) -> Iterator[Hand]:
    with outside(), acting_for(school), driving() as cursor:
        yield Hand(cursor)


def keyed(known: Tables) -> set[str]:
    """The tables with a key that says about whom a row is."""
    return {table for table in known.columns if walk.about(known, table)}


def test_every_table_with_a_key_to_a_person_is_reached(app, cast, sql, family):
    """One row is planted into each, with the learner (or the membership) in that key, past all checks; the walk finds it."""
    member = sql.execute("SELECT id FROM membership WHERE person_id = %s", (cast.thaba.student.person_id,)).fetchone()[0]
    missed = []
    with outside(), acting_for(1), sql.cursor(row_factory=namedtuple_row) as cursor:
        held = Hand(cursor)
        known = tables(cursor)
        sql.execute("BEGIN")
        sql.execute("SET LOCAL session_replication_role = replica")
        for table in sorted(keyed(known) - {"person", "learner", "membership"}):
            for column, target in walk.about(known, table).items():
                whose = member if target == "membership" else family.learner
                about = cast.thaba.student.person_id if target == "membership" else family.learner
                if target != "app_user":
                    sql.execute("SAVEPOINT planted")
                    key = _plant(sql, known, table, column, whose)
                    if not walk.walk(held, known, about).is_theirs(table, key):
                        missed.append(f"{table}.{column}")
                    sql.execute("ROLLBACK TO planted")
        sql.execute("ROLLBACK")
    assert missed == []


def _plant(sql, known: Tables, table: str, column: str, whose: UUID) -> UUID:
    """Put a row into a table that is about somebody, whatever its checks say; returns its id."""
    for constraint, *_ in sql.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u')", (table,)
    ).fetchall():
        sql.execute(f'ALTER TABLE {checked(table)} DROP CONSTRAINT "{constraint}"')
    key = whose if column == "id" else uuid7()
    values = {"school_id": "1", "id": f"'{key}'", column: f"'{whose}'"}
    for each in known.columns[table].values():
        if each.name not in values and not each.is_nullable:
            values[each.name] = FILLED[each.type]
    names = ", ".join(f'"{name}"' for name in values)
    sql.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join(values.values())})")
    return key


def test_something_is_decided_about_every_table_that_is_about_people(app, sql):
    with hand() as held:
        undecided = {table for table in keyed(tables(held.cursor)) if not policies.is_decided(table)}
    assert undecided == set()


def test_a_table_of_which_nothing_is_decided_is_noticed(app, sql):
    sql.execute("CREATE TABLE planted_wish (school_id int, id uuid, learner_id uuid,"
                " FOREIGN KEY (school_id, learner_id) REFERENCES learner (school_id, id))")  # fmt: skip
    try:
        with hand() as held:
            undecided = {table for table in keyed(tables(held.cursor)) if not policies.is_decided(table)}
        assert undecided == {"planted_wish"}
    finally:
        sql.execute("DROP TABLE planted_wish")


def test_every_column_of_a_table_with_a_name_is_named_or_left_out_on_purpose(app, sql):
    with hand() as held:
        known = tables(held.cursor).columns
    nameless = {
        f"{table}.{column}"
        for table in TABLES
        for column in known.get(table, ())
        if not walk.is_hidden(column) and column not in COLUMNS and column not in PLUMBING
    }
    assert nameless == set()


def test_a_message_to_everybody_leads_to_nobody_elses_deliveries(app, cast, sql):
    """Whoever wrote it did something: what others were sent is not about them."""
    message, batch = uuid7(), uuid7()
    sql.execute(
        "INSERT INTO message (school_id, id, audience, author_id, urgent, url) VALUES (1, %s, 'everyone', %s, false, '/')",
        (message, cast.thaba.teacher.person_id),
    )
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (1, %s, 'x')", (batch,))
    sql.execute(
        "INSERT INTO delivery (school_id, id, message_id, person_id, channel, batch_id) VALUES (1, %s, %s, %s, 'email', %s)",
        (uuid7(), message, cast.thaba.guardian.person_id, batch),
    )
    with hand() as held:
        found = walk.walk(held, tables(held.cursor), cast.thaba.teacher.person_id)
    assert "delivery" not in found.own
    assert found.deeds["message", "author_id"] == 1


def test_a_pack_names_another_learner_only_as_that(app, cast, sql, family):
    with hand() as held:
        packed = pack.gather(held, cast.thaba.guardian.person_id)
    told = str(packed)
    assert NAME in told  # their own child
    sql.execute("DELETE FROM guardianship")
    with hand() as held:
        packed = pack.gather(held, cast.thaba.guardian.person_id, mentions=False)
    report = next(section for section in packed.sections if section.table == "absence_report")
    assert report.rows[0]["learner_id"] == pack.ANOTHER


def test_a_pack_leaves_out_what_opens_doors(app, cast, sql, family):
    sql.execute(
        "INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device)"
        " VALUES (1, %s, %s, 'https://push.example/1', 'secret-p', 'secret-a', 'secret-k', 'Firefox')",
        (uuid7(), family.learner),
    )
    with hand() as held:
        told = str(pack.gather(held, family.learner))
    assert "Firefox" in told
    assert "secret-" not in told


def test_words_name_nobody_else(app, sql, family):
    with hand() as held:
        assert set(mentions.words_of(held, [family.learner])) == {NAME, EMAIL, PHONE, NUMBER}
    sql.execute("UPDATE person SET name = %s, email = %s WHERE id = %s", (NAME, EMAIL, family.other))
    with hand() as held:
        assert set(mentions.words_of(held, [family.learner])) == {PHONE, NUMBER}


def test_lines_and_letters_that_name_them_are_found(app, family):
    with hand() as held:
        found = {each.table for each in pack.gather(held, family.learner).mentions}
    assert {"roster_row", "message_text"} <= found


def test_a_hand_keeps_to_its_school(app, cast, family):
    with hand(cast.karoo.id) as held:
        assert held.rows("SELECT p.id FROM person p WHERE p.school_id = %(school)s AND p.id = %(id)s", id=family.learner) == []
    with outside(), across_schools("a test") as _, driving() as cursor, pytest.raises(ValueError, match="has to be named"):
        Hand(cursor)
