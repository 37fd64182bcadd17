"""`keys vapid` makes what browsers subscribe with, and tells what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app.delivery import keys


@pytest.fixture
def settings_here(app, tmp_path):
    """The application has an instance folder without keys."""
    before = app.extensions["settings"]
    app.extensions["settings"] = here = replace(before, home=tmp_path)
    yield here
    app.extensions["settings"] = before


def test_the_first_run_makes_a_key_and_the_next_leaves_it(flask, settings_here):
    first = flask("keys", "vapid")
    assert first.exit_code == 0, first.output
    key = keys.newest(settings_here)
    assert f"Made {key.id}" in first.output
    assert key.public in first.output
    again = flask("keys", "vapid")
    assert (again.exit_code, "Nothing to make" in again.output) == (0, True)
    assert list(keys.keys_of(settings_here)) == [key.id]


def test_rotating_adds_a_key_and_keeps_the_old(flask, settings_here):
    flask("keys", "vapid")
    old = keys.newest(settings_here)
    said = flask("keys", "vapid", "--rotate", "--json")
    assert said.exit_code == 0, said.output
    report = json.loads(said.output)
    new = keys.newest(settings_here)
    assert (report["newest"], report["made"], report["faults"]) == (new.id, new.id, [])
    assert [(key["id"], key["public"]) for key in report["keys"]] == [(old.id, old.public), (new.id, new.public)]


def test_a_private_key_is_never_shown(flask, settings_here):
    for words in (("keys", "vapid"), ("keys", "vapid", "--json")):
        said = flask(*words).output
        assert "PRIVATE" not in said
        (file,) = (settings_here.home / "keys").iterdir()
        assert file.read_text().splitlines()[1] not in said


def test_a_file_that_is_no_key_is_told(flask, settings_here):
    flask("keys", "vapid")
    (settings_here.home / "keys" / "vapid-old.pem").write_text("no key")
    said = flask("keys", "vapid")
    assert said.exit_code == 1
    assert "vapid-old.pem holds no key" in said.output


def test_a_key_that_others_may_read_is_told(flask, settings_here):
    flask("keys", "vapid")
    (file,) = (settings_here.home / "keys").iterdir()
    file.chmod(0o644)
    said = flask("keys", "vapid", "--json")
    assert said.exit_code == 1
    assert json.loads(said.output)["faults"] == [f"{file} may be read by others: chmod go= {file}."]
    file.chmod(0o600)
    assert flask("keys", "vapid").exit_code == 0


def test_a_folder_that_cannot_be_written_is_a_sentence(flask, settings_here):
    (settings_here.home / "keys").write_text("a file in the way")
    said = flask("keys", "vapid")
    assert said.exit_code == 2
    assert said.exception is None or isinstance(said.exception, SystemExit)
