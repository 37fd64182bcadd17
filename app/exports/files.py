"""The files of exports, below UMTHI_HOME: a whole file under its name, or none. Whatever is not whole stands elsewhere."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

from app.extensions import current_settings

FOLDER = "exports"
HALF = ".half"  # behind the id and the run of a folder with what is being written
STALE = 24 * 3600  # seconds after which what is half written is nobody's any more


class Written(NamedTuple):
    """A whole file: its rows, its bytes, and the SHA-256 of what stands on the disk (hex)."""

    rows: int
    bytes: int
    sha256: str


def path_of(school_id: int, export_id: UUID, ending: str) -> Path:
    """Where the whole file of an export stands."""
    return _folder(school_id) / f"{export_id}.{ending}"


def write_whole(school_id: int, export_id: UUID, run: int, ending: str, fill: Callable[[BinaryIO, Path], int]) -> Written:
    """Let `fill` write into a file, which gets its name only when all of it is on the disk; what it returns are the rows.

    `fill` is given the file and a folder for what goes with it. What an earlier run left is cleared away first, what this one
    leaves if anything is raised too. Raises OSError where the disk has no room.
    """
    forget_half(school_id, export_id)
    place = _folder(school_id) / f"{export_id}.{run}{HALF}"
    place.mkdir(mode=0o700)
    try:
        half = place / "file"
        with half.open("xb") as file:
            rows = fill(file, place)
            file.flush()
            os.fsync(file.fileno())
        with half.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = half.stat().st_size
        half.replace(whole := path_of(school_id, export_id, ending))
        _sync(whole.parent)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return Written(rows, size, digest)


def forget_half(school_id: int, export_id: UUID) -> None:
    """Remove what runs that were cut off left of an export."""
    for place in _folder(school_id).glob(f"{export_id}.*{HALF}"):
        shutil.rmtree(place, ignore_errors=True)


def sweep() -> None:
    """Remove what is half written in any school and has not been touched for long."""
    for place in (current_settings().home / FOLDER).glob(f"*/*{HALF}"):
        if place.stat().st_mtime < time.time() - STALE:
            shutil.rmtree(place, ignore_errors=True)


def _folder(school_id: int) -> Path:
    folder = current_settings().home / FOLDER / str(school_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sync(folder: Path) -> None:
    """Let the name of a file outlast a crash of the machine too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
