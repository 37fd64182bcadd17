"""Archive, empty school, archive: the baseline's school comes out the same to the byte, and its annexes verify without Umthi."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from app.audit.sealing import seal_all
from app.exports.archive import places, tables, writing
from app.exports.archive.bringing import bring_in
from app.exports.archive.opening import Opened
from app.models.school import School
from app.seed.thaba import THABA
from app.tenancy.doors import across_schools, outside
from tests.archives.conftest import empty_school, parts_of, voice

SCRIPT = Path(__file__).parents[2] / "deploy" / "verify_audit.py"
#: tables in which the baseline has no row for Thaba Nkulu
WITHOUT_ROWS = {"column_mapping", "roll_over"}


@pytest.fixture
def round_trip(filled, tmp_path):
    """The archive of Thaba Nkulu, and that of the school that it was brought into; with the place."""
    with filled.app.app_context(), outside():
        with across_schools("a test", routine=True) as session:
            seal_all()
            thaba = session.scalar(select(School.id).where(School.slug == THABA.slug))
            session.commit()
        first, second = tmp_path / "first.zip", tmp_path / "second.zip"
        writing.write(thaba, first, voice=voice())
        new = empty_school()
        with Opened(first) as opened:
            opened.check(lambda _: None)
            with across_schools("a test", routine=True) as session:
                bring_in(session, new, opened)
                session.commit()
        writing.write(new, second, voice=voice())
        yield filled, first, second, thaba, new


def test_it_comes_out_the_same(round_trip, tmp_path):
    place, first, second, thaba, new = round_trip
    with Opened(first) as one, Opened(second) as two:
        mine, theirs = one.manifest.carried(), two.manifest.carried()
    assert [name for name, part in mine.items() if part.sha256 != theirs[name].sha256] == []
    assert {name for name, part in mine.items() if not part.rows} <= WITHOUT_ROWS | empty_of(place, thaba)
    assert parts_of(first)["annexes/accounts.jsonl"] == parts_of(second)["annexes/accounts.jsonl"]
    audit = tmp_path / "audit.jsonl"
    audit.write_bytes(parts_of(first)["annexes/audit.jsonl"])
    verified = subprocess.run([sys.executable, "-I", str(SCRIPT), str(audit)], capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout
    for table in ("audit_event", "delivery", "attempt", "invitation"):
        assert place.value(f"SELECT count(*) FROM {table} WHERE school_id = %s", new) == 0, "an annex is never brought in"
    words = "SELECT count(*), md5(string_agg(word || person_id, ',' ORDER BY word, person_id)) FROM person_word WHERE school_id = %s"
    assert place.rows(words, new) == place.rows(words, thaba), "the words of the search are made anew"


def empty_of(place, school) -> set[str]:
    """Tables that the seed leaves empty: asked of the database, so that one that loses its rows on the way is no excuse."""
    return {
        table for table in tables.order()[1:] if not place.value(f"SELECT count(*) FROM {table} WHERE school_id = %s", school)
    }


def test_the_seed_has_a_row_in_nearly_every_table(round_trip):
    place, _, _, thaba, _ = round_trip
    assert len(tables.order()[1:]) - len(empty_of(place, thaba)) >= 26


def test_the_baseline_has_an_archive_that_can_be_opened(filled):
    (school, made, digest) = filled.rows("SELECT school_id, id, sha256 FROM archive WHERE state = 'done'")[0]
    with filled.app.app_context():
        path = places.archive_of(school, made)
        assert writing.digest_of(path) == digest
        with Opened(path) as opened:
            opened.check(lambda _: None)
            assert opened.manifest.school == THABA.name
