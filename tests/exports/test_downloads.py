"""/exports/<dataset>.<ending>: a school's own rows, for those who may, in their language, and it is written down who took them."""

from __future__ import annotations

import csv
import io
import json
import resource
import tracemalloc
from operator import itemgetter
from pathlib import Path

import openpyxl
import pytest

from app.access.permissions import GRANTS, Permission
from app.audit.record import Target
from app.exports.dataset import Column, datasets_of
from app.exports.writing import Format, write
from app.exports.xlsx_writer import write_xlsx
from app.i18n.speech import speaking, speech_for
from app.tenancy.doors import acting_for
from tests.cast import add_person
from tests.delivery.sending import only, send
from tests.notices.arranged import add_notice

EN = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")
ENDINGS = ["csv", "xlsx", "jsonl"]


@pytest.fixture(autouse=True)
def _in_english(sql):
    sql.execute("UPDATE app_user SET language = 'en'")


@pytest.fixture
def sent(sql, cast, mailserver, work_off):
    """A notice of Thaba Nkulu that reached one person and not two, and one of Karoo; the ids of their messages."""
    found = []
    for school, emails in (
        (cast.thaba, ("=a@x.example", "r550-b@x.example", "not an address")),
        (cast.karoo, ("k@x.example",)),
    ):
        only(sql, school.id, *emails)
        message = send(school.id)
        add_notice(sql, school, f"Notice of {school.slug}", message_id=message)
        found.append(message)
    work_off()
    return found


def rows_of(browser, path):
    """The rows of a download with its header, as text, numbers and dates, in their order; of JSON lines, the values."""
    response = browser.client.get(f"/exports/{path}")
    assert response.status_code == 200
    raw, ending = response.data, path.partition("?")[0].rpartition(".")[2]
    if ending == "csv":
        return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    if ending == "jsonl":
        return [list(json.loads(line).values()) for line in raw.decode().splitlines()]
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(raw)).active.values]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_school_gets_its_own_deliveries_and_no_others(browser, cast, sent, ending):
    rows = rows_of(browser.as_(cast.thaba.admin), f"deliveries.{ending}")
    if ending != "jsonl":
        assert rows.pop(0)[:5] == ["Notice", "Person", "Channel", "State", "Reason"]
    assert sorted(row[:2] for row in rows) == [["Notice of thaba", f"Person {n}"] for n in range(3)]
    assert "karoo" not in str(rows)


def test_states_and_reasons_are_in_words(browser, cast, sent):
    rows = rows_of(browser.as_(cast.thaba.admin), "deliveries.csv")[1:]
    assert [row[2:5] for row in sorted(rows, key=itemgetter(1))] == [
        ["Email", "Sent", "Accepted by the mail server"],
        ["Email", "Undeliverable", "The mail server says that this address does not exist."],
        ["Email", "Undeliverable", "There is no email address that works."],
    ]


def test_json_has_keys_instead_of_words_in_every_language(browser, cast, sent, sql):
    sql.execute("UPDATE app_user SET language = 'zu'")
    page = browser.as_(cast.thaba.admin).get("/exports/deliveries.jsonl")
    first = next(row for row in map(json.loads, page.text.splitlines()) if row["person"] == "Person 0")
    assert (first["channel"], first["state"], first["reason"]) == ("email", "sent", "Accepted by the mail server")
    assert first["created"].endswith("Z")
    assert first["tries"] == 1


@pytest.mark.parametrize(
    ("asked", "people"),
    [
        ("state=dead", [1, 2]), ("state=sent", [0]), ("addresses=failed", [1, 2]), ("state=", [0, 1, 2]),
        ("reason=there-is-no-email-address-that-works", [2]), ("reason=the-mailbox-is-full", []),
    ],
)  # fmt: skip
def test_it_is_narrowed_by_its_filters(browser, cast, sent, asked, people):
    rows = rows_of(browser.as_(cast.thaba.admin), f"deliveries.csv?{asked}")[1:]
    assert sorted(row[1] for row in rows) == [f"Person {n}" for n in people]


def test_a_message_of_another_school_gives_nothing(browser, cast, sent):
    admin = browser.as_(cast.thaba.admin)
    assert len(rows_of(admin, f"deliveries.csv?message={sent[0]}")) == 4
    assert len(rows_of(admin, f"deliveries.csv?message={sent[1]}")) == 1


@pytest.mark.parametrize(
    "path",
    ["nothing.csv", "deliveries.pdf", "deliveries.csv?message=1", "deliveries.csv?state=lost", "deliveries.csv?school_id=2", "deliveries"],
)  # fmt: skip
def test_what_does_not_exist_is_404(browser, cast, path):
    assert browser.as_(cast.thaba.admin).get(f"/exports/{path}").status == 404


def test_the_people_whom_no_email_reaches(browser, sql, cast):
    only(sql, cast.thaba.id, "fine@x.example", "flagged@x.example", "left@x.example", None)
    add_person(sql, cast.thaba.id, "A Young Learner", "learner", None)
    sql.execute("UPDATE person SET email_flagged_at = now(), phone = '+27821234567' WHERE email = 'flagged@x.example'")
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, unsubscribed_at)"
        " SELECT school_id, uuid7(), id, now() FROM person WHERE email = 'left@x.example'"
    )
    admin = browser.as_(cast.thaba.admin)
    assert rows_of(admin, "addresses.csv") == [
        ["Name", "Kind", "Email", "Phone", "Why"],
        ["Person 1", "Parent or guardian", "flagged@x.example", "'+27821234567", "The address does not work"],
        ["Person 2", "Parent or guardian", "left@x.example", "", "Unsubscribed from email"],
        ["Person 3", "Parent or guardian", "", "", "No address"],
    ]
    assert [row[0] for row in rows_of(admin, "addresses.xlsx?why=flagged")] == ["Name", "Person 1"]
    assert rows_of(admin, "addresses.xlsx?why=flagged")[1][3] == "+27821234567"


def test_messages_are_counted_by_month_of_the_schools_clock(browser, cast, sent, sql):
    sql.execute("UPDATE delivery SET ended_at = '2026-10-31 22:30+00' WHERE state = 'sent'")  # November here already
    sql.execute("UPDATE delivery SET ended_at = '2026-10-31 21:30+00' WHERE state = 'dead'")
    rows = rows_of(browser.as_(cast.thaba.admin), "usage.csv")
    assert rows[1:] == [["2026-11", "Email", "Sent", "1"], ["2026-10", "Email", "Undeliverable", "2"]]


def test_what_somebody_can_put_right_leaves_out_who_unsubscribed(browser, cast, sql):
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, unsubscribed_at) VALUES (1, uuid7(), %s, now())",
        (cast.thaba.guardian.person_id,),
    )
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.thaba.teacher.person_id,))
    admin = browser.as_(cast.thaba.admin)
    assert [row[4] for row in rows_of(admin, "addresses.csv?why=mendable")[1:]] == ["No address"]
    assert len(rows_of(admin, "addresses.csv")) == 3


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_dataset_is_a_valid_file(browser, cast, ending):
    assert len(rows_of(browser.as_(cast.karoo.owner), f"deliveries.{ending}")) == (0 if ending == "jsonl" else 1)


def test_the_file_has_a_name_that_says_what_it_is(browser, cast, monkeypatch):
    page = browser.as_(cast.thaba.admin).get("/exports/deliveries.csv")
    named = page.headers["Content-Disposition"]
    assert named.startswith("attachment; filename=thaba-deliveries-20")
    assert named.endswith(".csv")
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert page.headers["Content-Length"] == str(len(page.response.data))
    assert page.headers["Cache-Control"] == "no-store"


def test_a_byte_order_mark_comes_on_request(browser, cast):
    admin = browser.as_(cast.thaba.admin)
    assert admin.get("/exports/deliveries.csv?bom=1").response.data.startswith(b"\xef\xbb\xbfNotice,")
    assert admin.get("/exports/deliveries.csv").response.data.startswith(b"Notice,")


@pytest.mark.parametrize("role", GRANTS)
def test_only_owner_and_admin_may(browser, cast, role):
    status = browser.as_(getattr(cast.thaba, role)).get("/exports/deliveries.csv").status
    assert status == (200 if role in ("owner", "admin") else 403)


def test_a_dataset_asks_for_its_own_right_too(browser, cast, sql, monkeypatch):
    lacking = GRANTS["admin"] - {Permission.NOTICES_MANAGE}
    monkeypatch.setitem(GRANTS, "admin", lacking)
    page = browser.as_(cast.thaba.admin).get("/exports/deliveries.csv")
    assert page.status == 403
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'access.turned_away'").fetchone() == (1,)
    assert sql.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)


def test_who_took_what_out_is_in_the_audit(browser, cast, sent, sql):
    admin = browser.as_(cast.thaba.admin)
    admin.get("/exports/deliveries.csv?state=dead")
    event, kind, target = sql.execute(
        "SELECT id, target_kind, target_id FROM audit_event WHERE action = 'exports.download'"
    ).fetchone()
    assert Target(kind, target) == Target("export", "deliveries")
    values = dict(sql.execute("SELECT field, value FROM audit_value WHERE event_id = %s", [event]).fetchall())
    assert values == {
        "actor": cast.thaba.admin.name, "label": "Deliveries", "format:after": '"csv"', "rows:after": "2", "state:after": '"dead"',
    }  # fmt: skip
    assert "Downloaded an export" in admin.get("/audit/").main
    assert sql.execute("SELECT count(*) FROM audit_event WHERE school_id = 2 AND action LIKE 'exports.%'").fetchone() == (0,)


def test_no_file_is_left_behind(app, browser, cast, sent):
    folder = app.extensions["settings"].home / "exports"
    before = set(folder.rglob("*"))
    for ending in ENDINGS:
        rows_of(browser.as_(cast.thaba.admin), f"deliveries.{ending}")
    assert set(folder.rglob("*")) == before


def test_the_header_is_in_the_readers_language(browser, cast, sql):
    for language in ("en", "af", "zu"):
        sql.execute("UPDATE app_user SET language = %s", [language])
        words = speech_for(language, "Africa/Johannesburg", "en_ZA", "ZAR")
        assert rows_of(browser.as_(cast.thaba.admin), "addresses.csv")[0][:2] == [words.gettext("Name"), words.gettext("Kind")]


class Watching(io.BytesIO):
    """A file that keeps nothing, and notes how much memory the process has at most while it is written."""

    most = 0
    looks = 0

    def write(self, data):
        self.looks += 1
        if self.looks % 50 == 1:
            self.most = max(self.most, memory())
        return len(data)


def memory():
    """Bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("to", [Format.CSV, Format.JSON_LINES])
def test_a_long_export_needs_little_memory(app, cast, sql, tmp_path, to):
    """200,000 rows, which are 120 MB when they are read at once."""
    sql.execute("UPDATE person SET ended_at = now()")
    sql.execute(
        "INSERT INTO person (school_id, id, kind, name, sort_key, phone) SELECT 1, uuid7(), 'guardian', 'Person ' || n, 'p', "
        "'082 123 4567' FROM generate_series(1, 200000) n"
    )
    dataset, file = datasets_of(app)["addresses"], Watching()
    with acting_for(1), speaking(EN):
        write(dataset, {"why": "flagged"}, file, to=to, voice=EN, folder=tmp_path)  # what is made once is not counted
        before, file.most = memory(), 0
        assert write(dataset, {}, file, to=to, voice=EN, folder=tmp_path) == 200_000
    assert 0 < file.most < before + (16 << 20), f"{(file.most - before) / 2**20:.1f} MB"


def test_a_long_workbook_needs_little_memory(app, tmp_path):
    """8,000 rows of ten cells are 16 MB when XlsxWriter keeps them."""
    columns = tuple(Column(f"c{n}", f"Column {n}") for n in range(10))
    tracemalloc.start()
    try:
        with (tmp_path / "export").open("wb") as file:
            rows = ([f"cell {n} of row {row}" for n in range(10)] for row in range(8_000))
            assert write_xlsx(file, columns, rows, EN, folder=tmp_path) == 8_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20, f"{peak / 2**20:.1f} MB"
