"""What is written is read back: by another program, as what it was, and nothing of it is ever computed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.permissions import Permission
from app.exports.csv_writer import COMPUTED, INSIDE, harmless, write_csv
from app.exports.dataset import Column, Dataset, Kind, UnknownFilter, one_of
from app.exports.json_writer import write_json_lines
from app.exports.xlsx_writer import write_xlsx
from app.i18n.speech import speech_for

EN = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")
AF = speech_for("af", "Africa/Johannesburg", "af", "ZAR")
COLUMNS = (
    Column("name", "Name"),
    Column("state", "State", Kind.WORD, {"sent": "Sent", "dead": "Undeliverable"}),
    Column("tries", "Tries", Kind.INTEGER),
    Column("at", "Created", Kind.MOMENT),
    Column("price", "Price", Kind.MONEY),
)
AT = dt.datetime(2026, 11, 20, 22, 30, 15, 123456, tzinfo=dt.UTC)  # the 21st in South Africa
ROWS = [
    ("Elsabé “Els” Nel", "sent", 2, AT, 123450),
    ('says "hi", and\r\nmore', "dead", 0, None, -5),
    (None, None, None, None, None),
]


def as_csv(rows, columns=COLUMNS, voice=EN, **options):
    file = io.BytesIO()
    number = write_csv(file, columns, iter(rows), voice, **options)
    return file.getvalue(), number


def as_xlsx(tmp_path, rows, columns=COLUMNS, voice=EN, **options):
    file = io.BytesIO()
    number = write_xlsx(file, columns, iter(rows), voice, folder=tmp_path, **options)
    return openpyxl.load_workbook(io.BytesIO(file.getvalue())), number


def test_csv_is_that_of_the_rfc():
    raw, number = as_csv(ROWS)
    assert raw.decode() == (
        "Name,State,Tries,Created,Price\r\n"
        "Elsabé “Els” Nel,Sent,2,2026-11-21 00:30:15,1234.50\r\n"
        '"says ""hi"", and\r\nmore",Undeliverable,0,,-0.05\r\n'
        ",,,,\r\n"
    )
    assert number == 3
    assert as_csv(ROWS, bom=True)[0] == b"\xef\xbb\xbf" + raw


@pytest.mark.parametrize("first", COMPUTED)
def test_no_cell_of_a_csv_is_a_formula(first):
    raw, _ = as_csv([(f"{first}HYPERLINK(1)",)], COLUMNS[:1])
    (cell,) = list(csv.reader(io.StringIO(raw.decode(), newline="")))[1]
    assert cell == f"'{first}HYPERLINK(1)"


def test_a_number_below_zero_stays_a_number():
    raw, _ = as_csv([(-1,)], (Column("n", "N", Kind.INTEGER),))
    assert raw == b"N\r\n-1\r\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_any_text_comes_back_from_a_csv_and_begins_no_formula(texts):
    raw, _ = as_csv([(text,) for text in texts], COLUMNS[:1])
    read = [row[0] if row else "" for row in csv.reader(io.StringIO(raw.decode(), newline=""))][1:]
    assert read == [harmless(text) for text in texts]
    assert not any(text.startswith(COMPUTED) for text in read)
    assert [text.replace("'", "") for text in read] == [text.replace("'", "") for text in texts]
    assert not any(found[2] for text in read for found in INSIDE.finditer(text))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x;=A1", "x;'=A1"), ("x\t+1", "x\t'+1"), ("x; ;\"@A1", "x; ;\"'@A1"), ("x\r\n-1;＝2", "x\r\n'-1;'＝2"),
        ("a;b\tc=1; d", "a;b\tc=1; d"), (";" * 100_000, ";" * 100_000),
    ],
)  # fmt: skip
def test_no_other_separator_makes_a_formula_of_what_stands_in_a_cell(text, written):
    raw, _ = as_csv([(text,)], COLUMNS[:1])
    assert list(csv.reader(io.StringIO(raw.decode(), newline="")))[1] == [written]


def test_xlsx_has_real_dates_and_numbers_and_a_header_that_stays(tmp_path):
    book, number = as_xlsx(tmp_path, ROWS)
    sheet = book.active
    assert [cell.value for cell in sheet[1]] == ["Name", "State", "Tries", "Created", "Price"]
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[2]] == [
        "Elsabé “Els” Nel", "Sent", 2, dt.datetime(2026, 11, 21, 0, 30, 15), 1234.5,  # noqa: DTZ001  a cell has no zone
    ]  # fmt: skip
    assert sheet["D2"].number_format == "yyyy-mm-dd hh:mm:ss"
    assert [cell.value for cell in sheet[3]] == ['says "hi", and\nmore', "Undeliverable", 0, None, -0.05]
    assert number == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["=1+1", "+27821234567", "{=A1}", "https://example.com", "mailto:x@example.com", "007", "\x07\ufffe"]
)
def test_a_text_in_an_xlsx_is_a_text(tmp_path, text):
    book, _ = as_xlsx(tmp_path, [(text,)], COLUMNS[:1])
    cell = book.active["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert cell.value.replace("_x0007_", "\x07") == text.replace("\ufffe", "�")


def test_what_does_not_fit_onto_a_sheet_goes_on_on_the_next(tmp_path):
    book, number = as_xlsx(tmp_path, [(str(n),) for n in range(5)], COLUMNS[:1], most=3)
    assert [[row[0] for row in sheet.values] for sheet in book] == [["Name", "0", "1"], ["Name", "2", "3"], ["Name", "4"]]
    assert number == 5


def test_a_text_longer_than_a_cell_is_cut(tmp_path):
    book, _ = as_xlsx(tmp_path, [("x" * 40_000,)], COLUMNS[:1])
    assert len(book.active["A2"].value) == 32_767


def test_json_lines_are_the_same_for_every_reader():
    file = io.BytesIO()
    assert write_json_lines(file, COLUMNS, iter(ROWS)) == 3
    first, second, third = map(json.loads, file.getvalue().decode().splitlines())
    assert first == {"name": "Elsabé “Els” Nel", "state": "sent", "tries": 2, "at": "2026-11-20T22:30:15.123Z", "price": 123450}
    assert second["name"] == ROWS[1][0]
    assert list(third) == [column.key for column in COLUMNS]
    assert set(third.values()) == {None}


def test_nothing_gives_a_valid_empty_file_with_its_header(tmp_path):
    assert as_csv([]) == (b"Name,State,Tries,Created,Price\r\n", 0)
    book, number = as_xlsx(tmp_path, [])
    assert ([list(row) for row in book.active.values], number) == ([["Name", "State", "Tries", "Created", "Price"]], 0)
    file = io.BytesIO()
    assert (write_json_lines(file, COLUMNS, iter([])), file.getvalue()) == (0, b"")


def test_people_read_their_own_language():
    raw, _ = as_csv(ROWS[:1], voice=AF)
    header, row = raw.decode().splitlines()
    assert header.split(",")[:2] == [AF.gettext("Name"), AF.gettext("State")]
    assert row.split(",")[1] == AF.gettext("Sent") != "Sent"


def test_a_filter_that_does_not_exist_is_said_so():
    dataset = Dataset("x", "X", Permission.EXPORTS_VIEW, COLUMNS, lambda *_: iter(()), {"state": one_of("sent"), "n": int})
    assert dataset.narrowed({"state": "sent", "n": ""}) == {"state": "sent"}
    for asked in ({"state": "lost"}, {"n": "x"}, {"school_id": "2"}):
        with pytest.raises(UnknownFilter):
            dataset.narrowed(asked)


def test_money_is_exact():
    raw, _ = as_csv([(10**17 + 1,)], (Column("m", "M", Kind.MONEY),))
    assert raw == b"M\r\n1000000000000000.01\r\n"
    assert Decimal("0.07") == Decimal(str(7)).scaleb(-2)
