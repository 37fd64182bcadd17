"""What is wrong with a file as a whole: then nothing of it is kept."""

from __future__ import annotations

from typing import NamedTuple

from app.i18n.catalogue import N_

SIZE = 20 << 20  # bytes
ROWS = 100_000
COLUMNS = 100
CELL = 1_000  # characters


class At(NamedTuple):
    """A place in a file: its row, and its column counted from 0, as far as there is one."""

    row: int | None = None
    column: int | None = None


NOWHERE = At()


class BadFile(Exception):
    """A file that is not taken: `message` is one of MESSAGES, `values` what it prints, `at` where it is."""

    def __init__(self, reason: str, at: At = NOWHERE, **values: object) -> None:
        super().__init__(reason)
        self.reason, self.at, self.values = reason, at, values

    @property
    def message(self) -> str:
        """A message to be translated."""
        return MESSAGES[self.reason]


#: where a fault is in one place they print %(row)s and %(column)s, a letter as in a spreadsheet
MESSAGES = {
    "missing": N_("Choose a file."),
    "too_large": N_("The file is larger than %(limit)s MB. Split it into several files."),
    "empty": N_("The file is empty."),
    "no_rows": N_("The file has a heading in row %(row)s and no rows below it."),
    "no_header": N_("Row %(row)s: no headings were found. The first row names the columns, such as first_name and last_name."),
    "too_many_rows": N_("Row %(row)s: a file may have at most %(limit)s rows. Split it into several files."),
    "too_many_columns": N_("Row %(row)s, column %(column)s: a file may have at most %(limit)s columns. Remove some."),
    "too_long": N_("Row %(row)s, column %(column)s: the cell has more than %(limit)s characters."),
    "line_too_long": N_("Row %(row)s, column %(column)s: the line is so long that this cannot be a list of learners."),
    "nul": N_("Row %(row)s, column %(column)s: there is a NUL character, which cannot be stored. Save the file anew as CSV."),
    "unsayable": N_("Row %(row)s, column %(column)s: there is a character that cannot be stored. Type the cell anew."),
    "unclosed": N_("Row %(row)s, column %(column)s: a quotation mark is opened there and never closed."),
    "quotes": N_("Row %(row)s, column %(column)s: text follows a closing quotation mark. One inside a cell is written twice."),
    "same_heading": N_("Row %(row)s, column %(column)s: the heading “%(heading)s” stands in column %(other)s too. Rename one."),
    "encoding": N_("Row %(row)s, column %(column)s: this is no text in %(encoding)s. Save the file anew as CSV in UTF-8."),
    "xls": N_("This is an old Excel workbook (.xls) or has a password. Save it as .xlsx without a password, or as CSV."),
    "pdf": N_("This is a PDF. Save the list as .xlsx or as CSV."),
    "picture": N_("This is a picture. Save the list as .xlsx or as CSV."),
    "archive": N_("This is a compressed archive. Unpack it, and choose the list itself."),
    "page": N_("This is a web page or XML, whatever its name says. Save the list as .xlsx or as CSV."),
    "ods": N_("This is an OpenDocument file. Save the list as .xlsx or as CSV."),
    "binary": N_("This is no list: row %(row)s, column %(column)s does not hold text. Save the list as .xlsx or as CSV."),
    "broken": N_("The workbook is damaged and cannot be read. Open it in Excel and save it anew."),
    "broken_row": N_("The workbook is damaged after row %(row)s. Open it in Excel and save it anew."),
    "bomb": N_("The workbook unpacks to far more than a list of learners can be, so it was not opened."),
    "entities": N_("The workbook declares XML entities, which no spreadsheet program does, so it was not opened."),
    "no_sheet": N_("The workbook has no sheet with rows."),
}  # fmt: skip


def letter(column: int | None) -> str:
    """A column as spreadsheets call it: 0 is 'A', 26 is 'AA'."""
    if column is None:
        return ""
    name = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
