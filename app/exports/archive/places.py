"""Where archives lie: in folders that only this program reads, one for each school."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app

from app.exports.archive.manifest import AUDIT, Part
from app.exports.archive.opening import Opened
from app.extensions import current_settings

FOLDER = "archives"  # in UMTHI_HOME
SCRIPT = Path("deploy") / "verify_audit.py"
LOOK = 1.0  # seconds between two looks at a script that runs


def folder(school_id: int) -> Path:
    """The folder of a school's archives."""
    found = current_settings().home / FOLDER / str(school_id)
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def archive_of(school_id: int, archive_id: UUID) -> Path:
    """The file of an archive that was made."""
    return folder(school_id) / f"{archive_id}.zip"


def unfinished(school_id: int, archive_id: UUID) -> Path:
    """The file of an archive that is being made: it has the other name once it is whole."""
    return folder(school_id) / f"{archive_id}.part"


def import_of(school_id: int, import_id: UUID) -> Path:
    """The folder of an archive that is brought in: the file that was uploaded, and the annexes that stay."""
    found = folder(school_id) / f"import-{import_id}"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def upload_of(school_id: int, import_id: UUID) -> Path:
    """The file that was uploaded; it goes when it was brought in, or was not."""
    return import_of(school_id, import_id) / "upload.zip"


def annex_of(school_id: int, import_id: UUID, name: str) -> Path:
    """An annex that stays."""
    return import_of(school_id, import_id) / f"{name}.jsonl"


def forget_import(school_id: int, import_id: UUID) -> None:
    """Remove everything of an import that was not brought in."""
    shutil.rmtree(import_of(school_id, import_id), ignore_errors=True)


def keep_annexes(
    opened: Opened, school_id: int, import_id: UUID, *, told: Callable[[int], None] = lambda _: None
) -> list[dict[str, Any]]:
    """Keep the annexes of a checked archive as files that are only read; returns what came of checking each."""
    return [_keep(opened, part, annex_of(school_id, import_id, part.name), told) for part in opened.manifest.annexes()]


def _keep(opened: Opened, part: Part, to: Path, told: Callable[[int], None]) -> dict[str, Any]:
    to.unlink(missing_ok=True)
    with to.open("wb") as file:
        opened.unpack(part, file, told)
    to.chmod(0o400)
    kept: dict[str, Any] = {"name": part.name, "rows": part.rows, "sha256": part.sha256, "size": part.size, "seals": None}
    if part.path == AUDIT:
        kept["seals"], kept["said"] = verify(to, told=lambda: told(0))
    return kept


def verify(audit: Path, *, told: Callable[[], None] = lambda: None) -> tuple[bool, list[str]]:
    """Whether a sealed log verifies by the script that everybody has, in a process of its own; and what that said."""
    script = Path(current_app.root_path).parent / SCRIPT
    command = [sys.executable, "-I", str(script), str(audit)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:  # noqa: S603
        try:
            while True:
                try:
                    said, _ = running.communicate(timeout=LOOK)
                    break
                except subprocess.TimeoutExpired:
                    told()
        except BaseException:
            running.kill()
            raise
    return running.returncode == 0, said.splitlines()[:5]
