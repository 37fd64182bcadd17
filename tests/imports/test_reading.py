"""Files as people have them: encodings, delimiters, workbooks of a spreadsheet program."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest

from blueprints.imports.intake import open_roster

HEADER = ["learner_number", "first_name", "last_name", "birth_date"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encoding_delimiter_and_line_ends_are_found_out(encoding, delimiter, end):
    text = end.join([delimiter.join(HEADER), "", delimiter.join(["7", "Zoë", '"De ""Wet"""', "2016-03-04"]), ""])
    roster = open_roster(io.BytesIO(text.encode(encoding)))
    assert (roster.header, roster.delimiter) == (HEADER, delimiter)
    assert list(roster.rows) == [(3, ["7", "Zoë", 'De "Wet"', "2016-03-04"])]


def test_headings_below_a_title_and_excels_own_first_line_are_found():
    roster = open_roster(io.BytesIO(b"Laerskool Karoo\n\nLeerders 2026\nLeerdernommer;Voornaam;Van\n7;Mieke;Nel\n"))
    assert (roster.header_row, roster.delimiter, list(roster.rows)) == (4, ";", [(5, ["7", "Mieke", "Nel"])])
    assert open_roster(io.BytesIO(b"sep=;\nfirst_name;last_name\na;b\n")).header == ["first_name", "last_name"]


def test_a_workbook_is_read_as_its_reader_sees_it():
    book = openpyxl.Workbook()
    book.active.title = "Hidden"
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("Learners")
    sheet.append(["Class lists"])
    sheet.append([])
    sheet.append(HEADER)
    sheet.append([1007.0, "Zoë", "De Wet", dt.date(2016, 3, 4)])
    sheet.append([1008, "  Thabo ", None, dt.datetime(1900, 1, 1)])  # noqa: DTZ001  a cell has no zone
    sheet.append([1008.5, True, "0082", "2016-03-04"])
    made = io.BytesIO()
    book.save(made)
    roster = open_roster(made)
    assert (roster.format, roster.header_row, roster.header) == ("xlsx", 3, HEADER)
    assert list(roster.rows) == [
        (4, ["1007", "Zoë", "De Wet", "2016-03-04"]),
        (5, ["1008", "  Thabo ", "", "1900-01-01"]),
        (6, ["1008.5", "1", "0082", "2016-03-04"]),
    ]
