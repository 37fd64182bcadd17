"""Hostile files by name, each with what has to be said of it: the reason, and the row and the column where there is one."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

H = "learner_number,first_name,last_name,known_as,birth_date,class,guardian_name,guardian_relation,guardian_email,guardian_phone,guardian_language\n"
OK = "1,Thabo,Nkosi,,2016-03-04,4A,Anna Nkosi,mother,anna@example.com,0825550101,zu\n"
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKBOOK = f'<workbook {NS} xmlns:r="{RELS}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>'
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{RELS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
HEADINGS = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("learner_number", "first_name", "last_name"))


class Hostile(NamedTuple):
    """`reason` is of refusals.MESSAGES for a file that is refused, or of sentences.PROBLEMS for a row of it that is."""

    name: str
    content: bytes
    reason: str
    row: int | None = None
    column: int | None = None
    file: str = "roster.csv"


def sheet(rows: str) -> str:
    return f"<worksheet {NS}><sheetData>{rows}</sheetData></worksheet>"


def book(rows: str = "", **parts: str | bytes) -> bytes:
    """An XLSX whose sheet has the headings and these rows; `parts` replace or add files (`__` is a slash)."""
    files: dict[str, str | bytes] = {
        "xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/worksheets/sheet1.xml": sheet(f"<row>{HEADINGS}</row>{rows}"),
    }  # fmt: skip
    files |= {name.replace("__", "/").replace("_xml", ".xml"): content for name, content in parts.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def lying() -> bytes:
    """A workbook whose directory says that its sheet is small."""
    content = bytearray(book("<row><c><v>1</v></c></row>" * 200_000))
    at = content.rindex(b"PK\x01\x02", 0, content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02")))
    struct.pack_into("<I", content, at + 24, 100)
    return bytes(content)


def text_files() -> Iterator[Hostile]:
    """CSVs, and what claims to be one."""
    yield Hostile("empty", b"", "empty")
    yield Hostile("only blanks", b" \n\n\t\n", "empty")
    yield Hostile("only a mark", b"\xef\xbb\xbf", "empty")
    yield Hostile("only delimiters", b",,,\n,,,\n", "empty")
    yield Hostile("only a header", H.encode(), "no_rows", 1)
    yield Hostile("one word", b"learners\n", "no_header", 1)
    yield Hostile("one column of nothing", b"a\nb\nc\n", "no_header", 1)
    for row in (2, 3, 500):
        before = OK * (row - 2)
        yield Hostile(f"NUL in row {row}", f"{H}{before}1,Tha\0bo,Nkosi\n".encode(), "nul", row, 1)
        yield Hostile(f"unclosed quote in row {row}", f'{H}{before}1,"Thabo,Nkosi\n{OK}'.encode(), "unclosed", row, 1)
        yield Hostile(f"text behind a quote in row {row}", f'{H}{before}1,Thabo,"Nko"si\n'.encode(), "quotes", row, 2)
        yield Hostile(f"a quote that closes in row {row}", f'{H}{before}1,"Thabo,N\n2,"Lebo",M\n'.encode(), "quotes", row, 1)
        yield Hostile(f"huge cell in row {row}", f"{H}{before}1,Thabo,{'x' * 1500}\n".encode(), "too_long", row, 2)
        yield Hostile(f"endless line in row {row}", f"{H}{before}1,{'y' * 90_000}\n".encode(), "line_too_long", row, 1)
        yield Hostile(f"too many cells in row {row}", f"{H}{before}{'1,' * 150}\n".encode(), "too_many_columns", row, 100)
        yield Hostile(
            f"surrogate in row {row}",
            f"{H}{before}1,Tha".encode("utf-16-le") + b"\x00\xd8" + ",N\n".encode("utf-16-le"),
            "encoding",
            row,
            1,
        )
    yield Hostile("NUL everywhere", b"\0" * 5000, "empty")
    yield Hostile("NUL in the header", b"learner_number,first\0name,last_name\n1,2,3\n", "nul", 1, 1)
    yield Hostile("unclosed quote in the header", b'learner_number,"first_name,last_name\n' + OK.encode(), "unclosed", 1, 1)
    yield Hostile("10,000 columns", (",".join(f"c{n}" for n in range(10_000)) + "\n").encode(), "too_many_columns", 1, 100)
    yield Hostile("101 columns", (",".join(f"c{n}" for n in range(101)) + "\n" + OK).encode(), "too_many_columns", 1, 100)
    yield Hostile("duplicate headers", b"first_name,last_name,First Name\n1,2,3\n", "same_heading", 1, 2)
    yield Hostile("duplicate unknown headers", b"first_name,last_name,x,X\n1,2,3,4\n", "same_heading", 1, 3)
    yield Hostile("a million rows", (H + "1,a,b\n" * 1_000_000).encode(), "too_many_rows", 100_002)
    yield Hostile("a million blank rows", (H + "\n" * 1_000_000).encode(), "too_many_rows", 100_101)
    yield Hostile("100,001 rows in UTF-16", (H + "1,a,b\n" * 100_001).encode("utf-16"), "too_many_rows", 100_002)
    yield Hostile("21 MB", H.encode() + b"1,a,b\n" * (21 * 174_763), "too_large")
    yield Hostile("20 MB without a line end", b"x" * (20 << 20), "line_too_long", 1, 0)
    yield Hostile("20 MB of delimiters", b"," * (20 << 20), "too_many_columns", 1, 100)
    yield Hostile("20 MB of quotes", b'"' * (20 << 20), "line_too_long", 1, 0)
    yield Hostile("UTF-8 mark and then Latin-1", b"\xef\xbb\xbf" + H.encode() + "1,Zoë,N\n".encode("latin-1"), "encoding", 2, 1)
    yield Hostile("UTF-16 cut in half", b"\xff\xfe" + (H + OK).encode("utf-16-le")[:-1], "encoding", 2, 10)
    yield Hostile("UTF-32 mark on bytes", b"\xff\xfe\0\0" + b"\xff" * 400, "encoding", 1, 0)
    for name, magic, reason in (
        ("an old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xls"), ("a PDF", b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        ("a PNG", b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "picture"), ("a JPEG", b"\xff\xd8\xff\xe0" + b"\0" * 90, "picture"),
        ("a GIF", b"GIF89a" + b"\0" * 90, "picture"), ("gzip", b"\x1f\x8b\x08" + b"\0" * 90, "archive"),
        ("7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 90, "archive"), ("RAR", b"Rar!\x1a\x07\x01\0" + b"\0" * 90, "archive"),
        ("bzip2", b"BZh91AY&SY" + b"\1" * 90, "archive"), ("xz", b"\xfd7zXZ\0" + b"\0" * 90, "archive"),
        ("zstd", b"\x28\xb5\x2f\xfd" + b"\0" * 90, "archive"), ("RTF", b"{\\rtf1\\ansi}", "page"),
        ("a web page", b"<!DOCTYPE html><html><table></table></html>", "page"), ("XML", b'<?xml version="1.0"?><a/>', "page"),
        ("a table of HTML", b"<html><table><tr><td>first_name</td></tr></table></html>", "page"),
        ("a program", b"\x7fELF\x02\x01\x01" + b"\0" * 90, "binary"), ("another program", b"MZ\x90\0\x03" + b"\0" * 90, "binary"),
        ("SQLite", b"SQLite format 3\0" + b"\0" * 90, "binary"),
    ):  # fmt: skip
        place = (1, 0) if reason == "binary" else (None, None)
        yield Hostile(name, magic, reason, *place)
        yield Hostile(f"{name} called .xlsx", magic, reason, *place, file="roster.xlsx")


def workbooks() -> Iterator[Hostile]:
    """XLSX files that are none, or more than one wants."""

    def made(name: str, content: bytes, reason: str, row: int | None = None, column: int | None = None) -> Hostile:
        return Hostile(name, content, reason, row, column, "roster.xlsx")

    cell = '<c t="inlineStr"><is><t>x</t></is></c>'
    yield made("a zip without a workbook", zipped({"a.txt": b"x"}), "archive")
    yield made("OpenDocument", zipped({"content.xml": b"<a/>", "mimetype": b"x"}), "ods")
    yield made("an empty zip", zipped({}), "archive")
    yield made("a cut zip", book("<row><c><v>1</v></c></row>")[:300], "broken")
    yield made("a zip of noise", b"PK\x03\x04" + bytes(range(256)) * 8, "broken")
    yield made("a workbook called .csv", book(f"<row>{cell * 101}</row>"), "too_many_columns", 2, 100)
    yield made("10,000 cells in a row", book(f"<row>{cell * 10_000}</row>"), "too_many_columns", 2, 100)
    yield made("a cell in column XFD", book('<row r="2"><c r="XFD2"><v>1</v></c></row>'), "too_many_columns", 2, 100)
    yield made("a huge cell", book(f'<row><c t="inlineStr"><is><t>{"x" * 5000}</t></is></c></row>'), "too_long", 2, 0)
    yield made(
        "a huge shared text",
        book('<row><c t="s"><v>0</v></c></row>', xl__sharedStrings_xml=f"<sst {NS}><si><t>{'x' * 9000}</t></si></sst>"),
        "too_long",
        2,
        0,
    )
    yield made("row 5,000,000", book('<row r="5000000"><c><v>1</v></c></row>'), "too_many_rows", 5_000_000)
    yield made(
        "200,000 rows", book("".join(f"<row><c><v>{n * n}</v></c></row>" for n in range(200_000))), "too_many_rows", 100_101
    )
    yield made("only headings", book(), "no_rows", 1)
    yield made("no rows at all", book(xl__worksheets__sheet1_xml=sheet("")), "empty")
    yield made("damaged in row 3", book("<row><c><v>1</v></c></row><row><c><v>1</v></row>"), "broken_row", 3)
    yield made(
        "cut in the middle", book(xl__worksheets__sheet1_xml=sheet(f"<row>{HEADINGS}</row><row>")[:-30]), "broken_row", 1
    )
    yield made("no sheet", book(xl__workbook_xml=WORKBOOK.replace('r:id="rId1"', 'r:id="rId9"')), "no_sheet")
    yield made("only a hidden sheet", book(xl__workbook_xml=WORKBOOK.replace("sheetId", 'state="hidden" sheetId')), "no_sheet")
    yield made("relations that are no XML", with_relations("x"), "broken")
    yield made(
        "a sheet that is a path",
        with_relations(RELATIONS.replace("worksheets/sheet1.xml", "../../../../etc/passwd")),
        "no_sheet",
    )
    yield made(
        "a sheet on another host",
        with_relations(RELATIONS.replace("worksheets/sheet1.xml", "http://example.com/a")),
        "no_sheet",
    )
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE a [<!ENTITY l0 "lol">{lol}]>'
    for part in ("xl__workbook_xml", "xl__worksheets__sheet1_xml", "xl__sharedStrings_xml", "xl__styles_xml"):
        name = part.replace("__", "/")
        yield made(f"a billion laughs in {name}", book("", **{part: f"{laughs}<a>&l9;</a>"}), "entities")
        outside = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        yield made(f"an entity of a file in {name}", book("", **{part: f"{outside}<a>&x;</a>"}), "entities")
        yield made(f"no XML in {name}", book("", **{part: b"\x00\x01\x02"}), "broken")
    yield made(
        "a billion laughs in UTF-16",
        book("", xl__styles_xml=f'<?xml version="1.0" encoding="UTF-16"?>{laughs}<a/>'.encode("utf-16")),
        "entities",
    )
    yield made("a bomb of blanks", book("", xl__worksheets__sheet1_xml=b" " * (300 << 20)), "bomb")
    yield made("a bomb of texts", book("", xl__sharedStrings_xml=b"<sst>" + b"<si/>" * (9 << 20)), "bomb")
    yield made("a bomb in a part that nobody reads", book("", xl__media__a_xml=b"\0" * (200 << 20)), "bomb")
    yield made("a million styles", book("", xl__styles_xml=f"<styleSheet {NS}><cellXfs>{'<xf/>' * 1_000_000}".encode()), "bomb")
    yield made("elements within elements", book(f"<row>{'<a>' * 100_000}"), "bomb")
    yield made("different elements without end", book("".join(f"<a{n}/>" for n in range(50_000))), "bomb")
    yield made("different attributes without end", book("".join(f'<a b{n}="1"/>' for n in range(50_000))), "bomb")
    yield made("an attribute without end", book(f'<row spans="{noise(3 << 20)}"></row>'), "bomb")
    yield made("3,000 files", zipped({f"a{n}": b"" for n in range(3000)}), "bomb")
    yield made("a password", password(), "xls")
    yield made("a directory that lies", lying(), "broken")


def rows() -> Iterator[Hostile]:
    """Files that are read, with a row that is refused: problem, row, column."""
    cells = OK.rstrip("\n").split(",")
    for column, cell, reason in (
        (1, "=1+1", "formula"), (1, "=cmd|' /C calc'!A0", "formula"), (2, "@SUM(A1)", "formula"), (1, "-1+1", "formula"),
        (1, "+A1", "formula"), (0, "=HYPERLINK(1)", "formula"), (5, "=A1", "formula"), (6, "＝1", "formula"),
        (1, "Tha\x07bo", "invisible"), (2, "N\u202ekosi", "invisible"), (1, "12345", "no_letters"), (1, "x" * 400, "long"),
        (0, "9" * 80, "long"), (4, "2016-02-30", "no_such_day"), (4, "31/31/2016", "no_such_day"), (4, "yesterday", "date"),
        (4, "04/03/16", "date"), (4, "2999-01-01", "future"), (4, "1800-01-01", "long_ago"), (4, "٢٠١٦-٠٣-٠٤", "date"),
        (8, "anna@", "email"), (8, "a@b", "email"), (8, "a b@example.com", "email"), (8, "x" * 300 + "@example.com", "email"),
        (9, "12", "phone"), (9, "2.78E+10", "phone"), (9, "=+27825550101", "phone"), (10, "Klingon", "language"),
        (7, "neighbour", "relation"),
    ):  # fmt: skip
        line = ",".join('"' + value.replace('"', '""') + '"' for value in [*cells[:column], cell, *cells[column + 1 :]])
        yield Hostile(
            f"{reason} {cell[:12]!r} in column {column}", f"{H}{OK.replace('1,', '2,', 1)}{line}\n".encode(), reason, 3, column
        )
    yield Hostile("ragged, too few cells", f"{H}{OK}1,Thabo\n".encode(), "too_narrow", 3)
    yield Hostile("ragged, too many cells", f"{H}{OK}{OK.rstrip()},extra\n".encode(), "too_wide", 3)
    yield Hostile(
        "a formula that was never computed",
        book("<row><c><f>1+1</f></c><c><f>A1</f></c></row>"),
        "formula",
        2,
        0,
        "roster.xlsx",
    )


def everything() -> list[Hostile]:
    """All of them that are refused as a whole."""
    return [*text_files(), *workbooks()]


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def with_relations(relations: str) -> bytes:
    return zipped({
        "xl/workbook.xml": WORKBOOK.encode(), "xl/_rels/workbook.xml.rels": relations.encode(),
        "xl/worksheets/sheet1.xml": sheet(f"<row>{HEADINGS}</row>").encode(),
    })  # fmt: skip


def password() -> bytes:
    """A workbook whose files claim to be encrypted."""
    content = bytearray(book("<row><c><v>1</v></c></row>"))
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 8] |= 1
        at += 4
    return bytes(content)


def noise(size: int) -> str:
    """Text that hardly shrinks, the same at every run."""
    return Random(5).randbytes(size // 2).hex()
