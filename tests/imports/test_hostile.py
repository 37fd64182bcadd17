"""Hostile files: each is refused with a sentence that says why and where, in little memory; nothing of it is kept."""

from __future__ import annotations

import datetime as dt
import io

import pytest

from app.i18n.catalogue import catalogue
from app.ids import uuid7
from blueprints.imports.headings import best_guess
from blueprints.imports.intake import open_roster
from blueprints.imports.planning import read_row
from blueprints.imports.refusals import MESSAGES, BadFile, letter
from blueprints.imports.sentences import PROBLEMS
from tests.imports.hostile import H, everything, rows
from tests.pages import Page

FILES, ROWS = everything(), list(rows())


def test_there_are_more_than_a_hundred():
    assert len(FILES) + len(ROWS) > 100
    assert len({one.name for one in FILES}) == len(FILES)


@pytest.mark.parametrize("number", range(len(FILES)), ids=lambda n: FILES[n].name)
def test_a_hostile_file_is_refused_where_it_is_bad(number):
    one = FILES[number]
    with pytest.raises(BadFile) as refused:
        for _ in open_roster(io.BytesIO(one.content)).rows:
            pass
    assert (refused.value.reason, refused.value.at.row, refused.value.at.column) == (one.reason, one.row, one.column)
    if one.row is not None:
        assert "%(row)s" in MESSAGES[one.reason]
    if one.column is not None:
        assert "%(column)s" in MESSAGES[one.reason]


@pytest.mark.parametrize("number", range(len(ROWS)), ids=lambda n: ROWS[n].name)
def test_a_hostile_row_is_refused_where_it_is_bad(number):
    one = ROWS[number]
    roster = open_roster(io.BytesIO(one.content))
    mapping, width = best_guess(roster.header), len(roster.header)
    found = {
        at: read_row(uuid7(), at, cells, mapping=mapping, width=width, strict=roster.format == "csv", today=dt.date(2026, 6, 1))
        for at, cells in roster.rows
    }
    assert [one.column, one.reason] in [problem[:2] for problem in found[one.row].problems]
    assert [at for at, row in found.items() if row.problems] == [one.row]
    assert one.reason in PROBLEMS


def test_an_upload_that_is_refused_says_so_on_its_field_and_keeps_nothing(upload, rows):
    page = upload(f"{H}1,Tha\0bo,Nkosi\n".encode())
    assert page.status == 422
    assert page.problems == ["Row 2, column B: there is a NUL character, which cannot be stored. Save the file anew as CSV."]
    assert rows("SELECT count(*) FROM roster_import") == rows("SELECT count(*) FROM roster_row") == [(0,)]


def test_an_upload_without_a_file_says_so(admin):
    page = admin.post("/imports/", {}, content_type="multipart/form-data")
    assert (page.status, page.problems) == (422, ["Choose a file."])


def raw(browser, size: int):
    """A post of so many bytes that say they are a form with a file."""
    return Page(browser.client.post("/imports/", data=b"x" * size, content_type="multipart/form-data; boundary=b"))


def test_a_file_that_is_far_too_large_is_refused_before_it_is_read(admin):
    page = raw(admin, 24 << 20)
    assert page.status == 413
    assert "A file may have at most 20 MB" in page.main


def test_only_who_may_import_may_send_large_bodies(browser, cast):
    page = raw(browser.as_(cast.thaba.teacher), 2 << 20)
    assert page.status == 413
    assert "20 MB" not in page.main


def test_columns_are_called_as_spreadsheets_do():
    assert [letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_every_message_prints_in_every_language():
    values = dict.fromkeys(("row", "column", "limit", "heading", "other", "encoding", "cells", "headings", "text"), "x")
    for language in ("en", "af", "zu"):
        for message in (*MESSAGES.values(), *PROBLEMS.values()):
            assert catalogue(language).gettext(message) % values
