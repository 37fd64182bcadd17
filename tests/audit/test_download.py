"""/operator/audit/events.csv: what the page shows, as a file that no spreadsheet computes; and that it was taken is on record."""

import csv
import io
import json

import pytest

from app.access.actor import Actor
from app.audit.record import Target, record, record_platform
from app.extensions import current_settings
from app.tenancy.doors import acting_for
from blueprints.audit import taking_out

FILE = "/operator/audit/events.csv"
FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
def operator(browser, cast, sql):
    """An operator, in English."""
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.operator, language="en")


@pytest.fixture
def events(app, cast):
    """Seven events of Thaba Nkulu, one of Karoo with a hostile name, and one of the platform."""
    naledi = Actor("user", cast.thaba.admin.user_id, "Naledi Mokoena")
    with acting_for(1) as session:
        for number in range(7):
            record("notices.edit", Target("notice", number), label=f"Notice {number}", by=naledi)
            session.commit()
    with acting_for(2) as session:
        record("notices.remove", Target("notice", 1), label=FORMULA, by=Actor("user", cast.karoo.admin.user_id, "@SUM(1)"))
        session.commit()
    record_platform(
        "operator.add", Target("app_user", cast.operator.user_id), label="x@example.com", by=Actor("command", None, "")
    )


def read(page):
    assert page.status == 200
    return list(csv.DictReader(io.StringIO(page.text)))


def test_it_has_the_rows_of_the_page_with_the_same_filters(operator, events):
    assert len(read(operator.get(FILE))) == 9
    rows = read(operator.get(f"{FILE}?school=1&action=notices&actor=naledi"))
    assert [row["On what"] for row in rows] == [f"Notice {number}" for number in range(6, -1, -1)]
    assert {(row["Who"], row["Action"], row["School"]) for row in rows} == {
        ("Naledi Mokoena", "Edited a notice", "Thaba Nkulu Primary")
    }
    assert read(operator.get(f"{FILE}?actor=nobody")) == []


def test_it_leaves_out_looks_across_schools_as_the_page_does(operator, events):
    operator.get("/operator/audit")
    codes = {row["Code of the action"] for row in read(operator.get(FILE))}
    assert "tenancy.crossed" not in codes
    codes = {row["Code of the action"] for row in read(operator.get(f"{FILE}?looks=shown"))}
    assert "tenancy.crossed" in codes


def test_no_cell_is_a_formula(operator, events):
    (row,) = read(operator.get(f"{FILE}?school=2"))
    assert row["On what"] == f"'{FORMULA}"
    assert row["Who"] == "'@SUM(1)"


def test_it_is_a_file_with_a_name(operator, events):
    page = operator.get(FILE)
    assert page.headers["Content-Disposition"].startswith("attachment; filename=umthi-audit-")
    assert page.response.mimetype == "text/csv"
    assert int(page.headers["Content-Length"]) == len(page.response.data)


def test_who_took_how_much_is_on_record(operator, events, sql, cast):
    operator.get(f"{FILE}?school=1&q=notice")
    (event, actor) = sql.execute("SELECT id, actor_id FROM platform_event WHERE action = 'audit.download'").fetchone()
    values = dict(sql.execute("SELECT field, value FROM platform_value WHERE event_id = %s", (event,)).fetchall())
    assert actor == cast.operator.user_id
    assert json.loads(values["rows:after"]) == 7
    assert (json.loads(values["school:after"]), json.loads(values["q:after"])) == ("1", "notice")


def test_it_ends_at_its_limit_and_is_read_in_pieces(operator, events, monkeypatch):
    monkeypatch.setattr(taking_out, "AT_ONCE", 2)
    monkeypatch.setattr(taking_out, "MOST", 5)
    assert [row["On what"] for row in read(operator.get(f"{FILE}?school=1"))] == [
        f"Notice {number}" for number in range(6, 1, -1)
    ]
    monkeypatch.setattr(taking_out, "MOST", 100)
    assert len(read(operator.get(f"{FILE}?school=1"))) == 7


def test_its_header_is_in_the_readers_language(browser, cast, events, sql):
    sql.execute("UPDATE app_user SET language = 'af'")
    header = browser.as_(cast.operator, language="af").get(FILE).text.splitlines()[0]
    assert "Skool" in header


def test_no_file_is_left_behind(operator, events, app):
    folder = current_settings().home / taking_out.FOLDER
    before = set(folder.rglob("*"))
    operator.get(FILE).response.close()
    assert set(folder.rglob("*")) == before
