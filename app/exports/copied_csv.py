"""CSV that PostgreSQL writes: `COPY … TO STDOUT`, with words, moments, amounts and the taming of formulas as SQL.

What it writes reads as what `csv_writer` writes; a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO

from psycopg.abc import Buffer

from app.exports.csv_writer import COMPUTED, harmless, write_header
from app.exports.dataset import Column, Dataset, Kind, Tick
from app.exports.selected import Selected
from app.i18n.speech import Speech, speaking
from app.tenancy.reading import reading

#: the white space of `\\s` in csv_writer.INSIDE; PostgreSQL's own `\\s` asks the locale of the database
BLANKS = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
SEPARATORS = ";\t\r\n"
SIGNS = "=+@＝＋－＠-"  # the last one stands last in its brackets, where it means itself
SAID = {"separators": SEPARATORS, "inside": f'([{SEPARATORS}][;{BLANKS}"]*)([{SIGNS}])', "apart": r"\1'\2", "apostrophe": "'"}
FIRST = ", ".join(str(ord(character)) for character in COMPUTED)
AT_ONCE = 1000  # lines
LINE_END = b"\r\n"


def write_copied(
    file: BinaryIO, dataset: Dataset, filters: Mapping[str, object], voice: Speech, *, bom: bool = False, tick: Tick
) -> int:
    """Write a header and the rows of a dataset whose rows are Selected; returns how many. `tick` is told how many so far."""
    write_header(file, dataset.columns, voice, bom=bom)
    number = 0
    lines = copied_lines(dataset, filters, voice)
    try:
        while some := list(islice(lines, AT_ONCE)):
            file.write(LINE_END.join([line[:-1] for line in some]))  # each ends with PostgreSQL's \n, RFC 4180 wants \r\n
            file.write(LINE_END)
            number += len(some)
            tick(number)
    finally:
        lines.close()  # type: ignore[attr-defined]  # with it its transaction
    return number


def copied_lines(dataset: Dataset, filters: Mapping[str, object], voice: Speech) -> Iterator[Buffer]:
    """The lines of a dataset of the current school, in a transaction that begins with the first and ends with the last."""
    assert isinstance(dataset.rows, Selected)
    cells, said = cells_of(dataset.columns, voice)
    with speaking(voice), reading() as cursor:
        yield from dataset.rows.copied(cursor, filters, cells, said)


def cells_of(columns: Sequence[Column], voice: Speech) -> tuple[list[str], dict[str, str]]:
    """The SQL of each column over `taken.c0`, `taken.c1`, …, and the texts that it names."""
    said = {**SAID, "zone": voice.timezone}
    return [_cell(column, f"taken.c{number}", f"c{number}", said, voice) for number, column in enumerate(columns)], said


def harmless_sql(text: str) -> str:
    """`csv_writer.harmless` of an SQL expression: most texts are let through by the first look at them."""
    is_first = f"ascii({text}) IN ({FIRST})"
    tamed = f"CASE WHEN {is_first} THEN %(apostrophe)s || {text} ELSE {text} END"
    tamed = f"regexp_replace({tamed}, %(inside)s, %(apart)s, 'g')"
    return f"CASE WHEN {is_first} OR translate({text}, %(separators)s, '') <> {text} THEN {tamed} ELSE {text} END"


def _cell(column: Column, value: str, name: str, said: dict[str, str], voice: Speech) -> str:
    match column.kind:
        case Kind.TEXT:
            return harmless_sql(f"{value}::text")
        case Kind.WORD:
            return _word(column, value, name, said, voice)
        case Kind.INTEGER:
            return value
        case Kind.MOMENT:
            return f"to_char({value} AT TIME ZONE %(zone)s, 'YYYY-MM-DD HH24:MI:SS')"
        case Kind.MONEY:  # times, for a division rounds what is large
            return f"{value}::numeric * 0.01"
        case Kind.SHARE:
            return f"{value}::numeric * 0.1"
        case Kind.DAY:
            return f"to_char({value}::date, 'YYYY-MM-DD')"


def _word(column: Column, value: str, name: str, said: dict[str, str], voice: Speech) -> str:
    """Each key's word in the language of the file; a key without one as it is."""
    if column.words is None:
        raise TypeError(f"the words of {column.key} are known only in Python: give its rows there")
    cases = []
    for number, key in enumerate(column.words):
        said |= {f"{name}_key{number}": key, f"{name}_word{number}": harmless(voice.gettext(column.message(key)))}
        cases.append(f"WHEN %({name}_key{number})s THEN %({name}_word{number})s")
    return f"CASE {value} {' '.join(cases)} ELSE {harmless_sql(value)} END"
