"""The heads of the chains: in a file a day, in the platform's own log, on the command line."""

from __future__ import annotations

import json
import shutil

import pytest

from app.audit import heads
from app.extensions import current_settings
from app.tenancy.doors import across_schools
from tests.audit.sealed import PLATFORM, THABA, add, check, found, seal, seqs, tampering
from tests.commands.conftest import flask  # noqa: F401  a fixture


@pytest.fixture
def log(app, cast, sql):
    """Sealed events of both kinds of log, and no file of heads."""
    add(THABA, "a", "b")
    add(PLATFORM, "x")
    seal()
    folder = current_settings().home / heads.FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    yield seqs(sql)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def note(sql, work_off):
    """Let the periodic job run."""

    def note():
        sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, gen_random_uuid(), 'audit.heads')")
        work_off()

    return note


def test_once_a_day_they_are_in_a_file_and_in_the_platforms_log(log, note, sql):
    note()
    note()
    (file,) = (current_settings().home / heads.FOLDER).iterdir()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["stream"], line["number"]) for line in lines] == [("platform", 1), ("school:1", 1)]
    assert lines[1]["hash"] == check().head
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'audit.heads'").fetchone() == (1,)
    with across_schools("test", routine=True):
        of_one, of_all = heads.noted(THABA), heads.noted()
    assert of_one == {THABA: {(1, check().head)}}
    assert of_all == of_one | {PLATFORM: {(1, check(PLATFORM).head)}}
    assert heads.noted_of(1) == {(1, check().head)}


def test_without_seals_there_is_nothing_to_note(app, cast, note, sql):
    note()
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'audit.heads'").fetchone() == (0,)


def test_the_commands_say_when_all_is_sound(log, flask, tmp_path):  # noqa: F811
    said = flask("audit", "verify")
    assert said.exit_code == 0, said.output
    assert "school:1: sound, 2 events in 1 seals, 0 not sealed yet" in said.output
    assert "school:2: sound, 0 events" in said.output
    assert "platform: sound" in said.output
    assert flask("audit", "verify", "--school", "1").output.count("sound") == 1
    assert flask("audit", "verify", "--school", "99").exit_code == 2
    said = flask("audit", "verify", "--json")
    assert json.loads(said.output)["ok"] is True
    assert json.loads(flask("audit", "head").output.splitlines()[0])["stream"] == "platform"


def test_the_command_names_what_is_wrong_and_ends_with_1(log, flask, sql):  # noqa: F811
    with tampering(sql):
        sql.execute("DELETE FROM audit_event WHERE seq = %s", (log[1],))
    said = flask("audit", "verify", "--school", "1")
    assert said.exit_code == 1
    assert f"event {log[1]} of 20" in said.output
    assert "was removed" in said.output
    (of_thaba,) = json.loads(flask("audit", "verify", "--school", "1", "--json").output)["logs"]
    assert (of_thaba["ok"], of_thaba["counts"], of_thaba["first"][0]["kind"]) == (False, {"removed": 1}, "removed")


def test_heads_of_another_day_show_a_tail_that_was_cut(log, flask, sql, tmp_path):  # noqa: F811
    file = tmp_path / "heads.jsonl"
    assert flask("audit", "head", "--out", str(file)).exit_code == 0
    assert flask("audit", "verify", "--heads", str(file)).exit_code == 0
    with tampering(sql):
        sql.execute("DELETE FROM audit_event")
        sql.execute("DELETE FROM audit_value")
        sql.execute("DELETE FROM audit_seal")
    assert flask("audit", "verify", "--school", "1").exit_code == 1, "the mark beside the chain tells"
    sql.execute("DELETE FROM audit_mark")
    assert flask("audit", "verify", "--school", "1").exit_code == 0, "nothing inside tells"
    said = flask("audit", "verify", "--heads", str(file))
    assert said.exit_code == 1
    assert "at seal 1: the end of the chain was cut off" in said.output


def test_a_file_that_is_none_is_refused(log, flask, tmp_path):  # noqa: F811
    (tmp_path / "x").write_text('{"stream": "school:x"}\n')
    assert flask("audit", "verify", "--heads", str(tmp_path / "x")).exit_code == 2
    assert flask("audit", "verify", "--heads", str(tmp_path / "missing")).exit_code == 2


def test_a_chain_that_was_cut_and_went_on_is_found_by_what_the_platform_noted(log, note, sql):
    note()
    with tampering(sql):
        sql.execute("DELETE FROM audit_event WHERE school_id = 1")
        sql.execute("DELETE FROM audit_value")
        sql.execute("DELETE FROM audit_seal")
    add(THABA, "c")
    seal()
    note()
    assert check().is_sound
    assert found(check(noted=heads.noted_of(1))) == [("seal_replaced", 1, None)]
