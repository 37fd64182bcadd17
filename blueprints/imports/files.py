"""The files that people are given: a template to fill in, and the rows that were left out, to be mended and imported again."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

from app.domain.roster import Field
from app.exports.csv_writer import harmless
from app.i18n.speech import speech
from app.models.roster import RosterImport, RowResult
from blueprints.imports.headings import PROBLEM
from blueprints.imports.queries import RowLine
from blueprints.imports.refusals import CELL
from blueprints.imports.sentences import problems, question

EXAMPLES = (
    ("20240017", "Thandeka", "Zungu", "Thandi", "2016-03-04", "4A", "Nomsa Zungu", "mother",
     "nomsa@example.com", "082 555 0101", "zu"),
    ("20240017", "Thandeka", "Zungu", "Thandi", "2016-03-04", "4A", "Bheki Zungu", "father",
     "bheki@example.com", "082 555 0102", "zu"),
)  # fmt: skip


def template() -> bytes:
    """A CSV with our own headings and one learner with two parents, as Excel opens it."""
    return _csv([[field.value for field in Field], *EXAMPLES], ",")


def mendable(work: RosterImport, rows: Iterable[RowLine]) -> bytes:
    """Rows that were left out, under the header of their file, and what is wrong: in a column that an import ignores."""
    header = [cell for cell in work.header if cell != PROBLEM]
    drop = work.header.index(PROBLEM) if PROBLEM in work.header else None
    lines = [_mendable(work, row, len(header), drop) for row in rows]
    return _csv([[*header, PROBLEM], *lines], work.delimiter or ",")


def _mendable(work: RosterImport, row: RowLine, width: int, drop: int | None) -> list[str]:
    cells = [cell for column, cell in enumerate(row.cells) if column != drop]
    cells += [""] * (width - len(cells))
    return [*cells[:width], _said(work, row)[: CELL - 1], *cells[width:]]


def _said(work: RosterImport, row: RowLine) -> str:
    words = speech()
    if row.result == RowResult.ASK:
        return question(row.plan["ask"])
    return " ".join(f"{one.place}: {one.text}" if one.place else one.text for one in problems(row.problems, work.header, words))


def _csv(rows: Iterable[Sequence[str]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return codecs.BOM_UTF8 + text.getvalue().encode()
