"""A backup comes back with every row of every table, or nothing changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.local import backup
from app.local.refusal import Refusal
from app.local.roles import drop_database
from app.local.testing import Run
from tests.conftest import WORKER, superuser


@pytest.fixture
def admin(app, sql: psycopg.Connection[Any], test_run: Run) -> Iterator[str]:
    """The superuser's address of the test's database, and no database left that a restore kept."""
    address = superuser(test_run, test_run.addresses(WORKER))
    name = sql.info.dbname
    yield address
    with psycopg.connect(address.replace(name, "postgres"), autocommit=True) as connection:
        kept = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{name}_before_%"]).fetchall()
    for (database,) in kept:
        drop_database(address, database)


@pytest.fixture
def taken(admin: str, tmp_path: Path) -> Path:
    backup.take(admin, tmp_path / "taken")
    return tmp_path / "taken"


def test_a_backup_counts_every_table_and_is_for_its_owner_alone(taken, sql):
    manifest = backup.Manifest.read(taken)
    assert manifest.rows == backup.rows(sql)
    assert (manifest.rows["school"], manifest.revision) == (
        2,
        sql.execute("SELECT version_num FROM alembic_version").fetchone()[0],
    )
    assert (taken.stat().st_mode & 0o777, (taken / "database.dump").stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_backup_holds_no_folder_that_is_there(taken, admin):
    with pytest.raises(Refusal, match="there already"):
        backup.take(admin, taken)
    assert backup.Manifest.read(taken)


def test_a_role_that_may_not_see_everything_takes_no_backup(app, admin, tmp_path):
    with pytest.raises(Refusal, match="may not read everything"):
        backup.take(app.extensions["settings"].platform_database_url, tmp_path / "half")
    assert not (tmp_path / "half").exists()


def test_a_drill_finds_every_row_again_and_leaves_no_database(taken, admin, sql):
    assert backup.drill(taken, admin) == {}
    assert sql.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'umthi_drill_%'").fetchone() == (0,)


def test_a_drill_names_the_table_that_does_not_come_back(taken, admin):
    manifest = json.loads((taken / "manifest.json").read_text())
    manifest["rows"]["person"] += 1
    (taken / "manifest.json").write_text(json.dumps(manifest))
    assert backup.drill(taken, admin) == {"person": (manifest["rows"]["person"], manifest["rows"]["person"] - 1)}


def test_a_restore_takes_the_place_of_the_database_which_is_kept(taken, admin, sql):
    sql.execute("UPDATE school SET name = 'Changed since'")
    before = backup.restore(taken, admin)
    with psycopg.connect(admin) as connection:
        assert connection.execute("SELECT name FROM school ORDER BY id").fetchall() == [
            ("Thaba Nkulu Primary",),
            ("Laerskool Karoo",),
        ]
        assert connection.execute("SELECT relowner::regrole::text FROM pg_class WHERE relname = 'school'").fetchone() == (
            "umthi_owner",
        )
    with psycopg.connect(admin.rsplit("?", 1)[0].rsplit("/", 1)[0] + f"/{before}?" + admin.rsplit("?", 1)[1]) as connection:
        assert connection.execute("SELECT DISTINCT name FROM school").fetchall() == [("Changed since",)]


def test_after_a_restore_the_walls_stand_and_the_audit_is_append_only(taken, admin, app, cast, browser):
    backup.restore(taken, admin)
    assert "Thaba Nkulu Primary" in browser.as_(cast.thaba.admin).get("/dashboard/").text
    with psycopg.connect(app.extensions["settings"].database_url) as connection:
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (0,), "no school, no rows"
    with psycopg.connect(admin) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("TRUNCATE audit_event")


def test_a_restore_that_misses_rows_changes_nothing(taken, admin, sql):
    manifest = json.loads((taken / "manifest.json").read_text())
    manifest["rows"]["membership"] += 7
    (taken / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(Refusal, match="membership"):
        backup.restore(taken, admin)
    assert sql.execute("SELECT count(*) FROM school").fetchone() == (2,)
    assert sql.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'umthi_restore_%'").fetchone() == (0,)


def test_what_is_no_backup_is_refused(tmp_path, admin):
    (tmp_path / "manifest.json").write_text("{}")
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Refusal, match="is not a backup"):
            backup.drill(folder, admin)


def test_what_is_recorded_after_a_restore_on_another_server_sorts_above_what_was_sealed(taken_sealed, admin, sql):
    """The other server's transactions begin at small numbers: as if this one's had been a billion further."""
    backup.restore(taken_sealed, admin)
    with psycopg.connect(admin) as connection:
        (known,) = connection.execute("SELECT max(until_xid) FROM audit_seal").fetchone()
        (epoch, new) = connection.execute(
            "INSERT INTO audit_event (school_id, id, action, actor_kind, target_kind, changes)"
            " VALUES (1, gen_random_uuid(), 'x', 'job', 'x', '{}') RETURNING (SELECT xid FROM audit_epoch), xid"
        ).fetchone()
    assert known >= 1_000_000_000
    assert new > epoch >= known


@pytest.fixture
def taken_sealed(admin: str, sql: psycopg.Connection[Any], tmp_path: Path) -> Path:
    """A backup of a database with a seal from a server that was a billion transactions further."""
    sql.execute(
        "INSERT INTO audit_seal (school_id, id, number, from_xid, from_seq, until_xid, until_seq, events, seqs, digests, previous, hash)"
        " VALUES (1, gen_random_uuid(), 1, 0, 0, 1000000000, 0, 0, '{}', '', '', '')"
    )
    backup.take(admin, tmp_path / "sealed")
    return tmp_path / "sealed"
