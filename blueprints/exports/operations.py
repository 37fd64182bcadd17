"""Taking something out: written to a file first, so that who took how much is known before a byte leaves."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from app import clock
from app.audit.record import Actor, Target, record_read
from app.exports.dataset import Dataset
from app.exports.writing import Format, write
from app.extensions import current_settings
from app.i18n.speech import Speech
from blueprints.exports import queries

FOLDER = "exports"  # in UMTHI_HOME


class Export(NamedTuple):
    """A written export: its file at the beginning, how long that is, and what to call it."""

    file: BinaryIO
    size: int
    name: str


def take_out(dataset: Dataset, filters: Mapping[str, object], *, to: Format, bom: bool, voice: Speech, by: Actor) -> Export:
    """Write the rows of a dataset for somebody, audited with their number.

    The file has no name any more: once it is closed, it is gone.
    """
    folder = current_settings().home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file = (Path(place) / "export").open("w+b")
        try:
            rows = write(dataset, filters, file, to=to, voice=voice, folder=Path(place), bom=bom)
        except BaseException:
            file.close()
            raise
    size = file.tell()
    file.seek(0)
    taken = {"format": to.value, "rows": rows, **{name: str(value) for name, value in filters.items()}}
    record_read("exports.download", Target("export", dataset.name), label=voice.gettext(dataset.label), by=by, after=taken)
    today = clock.now().astimezone(ZoneInfo(voice.timezone)).date()
    return Export(file, size, f"{queries.slug()}-{dataset.name}-{today}.{to}")
