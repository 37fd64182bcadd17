"""A school's archive as the product makes it, and hostile copies of it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.access.sessions import hash_of
from app.exports.archive import writing
from app.i18n.speech import Speech, speech_for
from app.models.school import School
from app.tenancy.doors import across_schools, outside
from tests.access.sweeping import a_class, a_guardianship


@pytest.fixture(autouse=True)
def _own_files(app, tmp_path):
    """Each test keeps its files in a place of its own."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, home=tmp_path / "home")
    yield
    app.extensions["settings"] = settings


Change = Callable[[dict[str, bytes]], None]


def voice() -> Speech:
    return speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")


def stepped_up(sql, *people):
    """Whoever it is has just proven who they are."""
    for someone in people:
        sql.execute("UPDATE login_session SET stepped_up_at = now() WHERE token_hash = %s", (hash_of(someone.token),))


def empty_school(name: str = "Zamani Primary") -> int:
    """A school without anything in it; needs to be outside."""
    with outside(), across_schools("a test", routine=True) as session:
        school = School(slug=name.lower().replace(" ", "-"), name=name)
        session.add(school)
        session.commit()
        return school.id


@pytest.fixture
def archived(app, cast, sql, tmp_path) -> Path:
    """An archive of Thaba Nkulu of the cast, with a class, an enrolment and a merged person."""
    a_class(sql, cast.thaba)
    a_guardianship(sql, cast.thaba)
    place = tmp_path / "thaba.zip"
    writing.write(cast.thaba.id, place, voice=voice())
    return place


def parts_of(place: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(place) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def changed(place: Path, change: Change, *, honest: bool = True) -> io.BytesIO:
    """The archive with its parts changed; `honest`: its manifest says so, with the right hashes and numbers."""
    parts = parts_of(place)
    change(parts)
    if honest:
        manifest = json.loads(parts["manifest.json"])
        for part in manifest["parts"]:
            if (content := parts.get(part["path"])) is not None:
                part["sha256"] = hashlib.sha256(content).hexdigest()
                part["rows"], part["size"] = content.count(b"\n"), len(content)
        parts["manifest.json"] = json.dumps(manifest).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def rows(sql: Any, table: str, school: int) -> int:
    return sql.execute(f"SELECT count(*) FROM {table} WHERE school_id = %s", (school,)).fetchone()[0]


def lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def joined(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
