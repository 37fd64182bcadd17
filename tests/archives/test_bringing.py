"""/operator/schools/<id>/archive: an archive goes into an empty school, equal to the byte, or not at all."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from app.exports.archive import bringing, places, writing
from app.exports.archive.opening import Opened
from app.exports.archive.wrong import WORDS, Wrong
from blueprints.archives import bringing_jobs
from tests.archives.conftest import (
    changed,
    empty_school,
    joined,
    lines,
    parts_of,
    rows,
    stepped_up,
    voice,
)

PERSON, CLASS, ACCOUNTS = "tables/person.jsonl", "tables/class_group.jsonl", "annexes/accounts.jsonl"
MEMBERS = "tables/membership.jsonl"
NOBODY = "01a00000-0000-7000-8000-000000000000"
NAME = "Zamani Primary"


@pytest.fixture
def operator(browser, cast, sql):
    stepped_up(sql, cast.operator)
    return browser.as_(cast.operator)


@pytest.fixture
def school(app):
    return empty_school(NAME)


@pytest.fixture
def send(operator, school, sql, work_off):
    """Upload a file as the operator, have it worked on; returns the page where it leads or that refuses it."""

    def sent(file, *, name=NAME, work=True, to=school):
        answer = operator.post(
            f"/operator/schools/{to}/archive", {"file": (file, "archive.zip"), "confirm_name": name},
            content_type="multipart/form-data",
        )  # fmt: skip
        if answer.status != 303:
            return answer
        if work:
            work_off()
        return operator.get(answer.location)

    return sent


def state(sql):
    return sql.execute("SELECT state, problem FROM archive_import ORDER BY id DESC LIMIT 1").fetchone()


def test_an_archive_is_brought_in_equal_to_the_byte(archived, send, school, sql, cast, tmp_path):
    page = send(archived.open("rb"))
    assert "Everything was brought in, and reads as the archive says." in page.main
    again = tmp_path / "again.zip"
    writing.write(school, again, voice=voice())
    with Opened(archived) as one, Opened(again) as two:
        first, second = one.manifest.carried(), two.manifest.carried()
    assert {name: part.sha256 for name, part in first.items()} == {name: part.sha256 for name, part in second.items()}
    assert rows(sql, "person", school) == rows(sql, "person", cast.thaba.id)
    assert rows(sql, "delivery", school) == rows(sql, "outbox", school) == 0, "nothing is sent because of it"
    assert sql.execute("SELECT name FROM school WHERE id = %s", (school,)).fetchone() == (NAME,)
    actions = {row[0] for row in sql.execute("SELECT action FROM audit_event WHERE school_id = %s", (school,))}
    assert actions == {"archives.bring", "archives.brought"}


def test_search_finds_the_people_that_were_brought_in(archived, send, school, sql, cast):
    send(archived.open("rb"))
    assert rows(sql, "person_word", school) == rows(sql, "person_word", cast.thaba.id) > 0


def test_the_people_that_onboarding_made_give_way(archived, send, school, sql):
    sql.execute(
        "INSERT INTO app_user (id, email, name, theme, mode) VALUES (%s, 'first@zamani.example', 'First Admin', 'fynbos', 'auto')",
        (NOBODY,),
    )
    sql.execute(
        "INSERT INTO person (school_id, id, kind, name, sort_key) VALUES (%s, %s, 'staff', 'First Admin', 'a')",
        (school, NOBODY),
    )
    sql.execute(
        "INSERT INTO membership (school_id, id, user_id, person_id, role) VALUES (%s, %s, %s, %s, 'admin')",
        (school, NOBODY, NOBODY, NOBODY),
    )
    send(archived.open("rb"))
    assert state(sql) == ("done", None)
    assert not sql.execute("SELECT FROM person WHERE school_id = %s AND id = %s", (school, NOBODY)).fetchall()
    assert sql.execute("SELECT name FROM app_user WHERE id = %s", (NOBODY,)).fetchone() == ("First Admin",)


def test_people_are_tied_by_address_and_no_password_is_touched(archived, send, school, sql, cast):
    before = sql.execute("SELECT id, email, name, password_hash FROM app_user ORDER BY id").fetchall()
    send(archived.open("rb"))
    assert sql.execute("SELECT id, email, name, password_hash FROM app_user ORDER BY id").fetchall() == before
    mine = "SELECT role FROM membership WHERE school_id = %s AND user_id = %s"
    assert sql.execute(mine, (school, cast.thaba.owner.user_id)).fetchone() == ("owner",)


def test_whoever_has_no_account_gets_one_that_opens_nothing(archived, send, school, sql, browser):
    def another(parts):
        people, members = lines(parts[ACCOUNTS]), lines(parts[MEMBERS])
        gone = people[0]["address"]
        people[0]["address"] = "new@zamani.example"
        for row in members:
            if row["user_id"] == gone:
                row["user_id"] = "new@zamani.example"
        parts[ACCOUNTS] = joined(people)
        parts[MEMBERS] = b"".join(
            line.replace(json.dumps(gone).encode(), b'"new@zamani.example"') + b"\n" for line in parts[MEMBERS].splitlines()
        )

    send(changed(archived, another))
    assert state(sql) == ("done", None)
    found = sql.execute("SELECT password_hash, last_sign_in_at FROM app_user WHERE email = 'new@zamani.example'").fetchone()
    assert found == (None, None)
    answer = browser.post("/login", {"email": "new@zamani.example", "password": "password123"})
    assert answer.status in (401, 422)


@pytest.mark.parametrize(
    ("deed", "key"),
    [
        ("UPDATE app_user SET address_unproven_at = now() WHERE email = %s", "account"),
        ("UPDATE app_user SET disabled_at = now() WHERE email = %s", "account_off"),
        ("UPDATE app_user SET platform_role = 'operator' WHERE email = %s", "staff"),
    ],
)
def test_an_account_that_must_not_be_tied_by_its_address_stops_it(archived, send, school, sql, cast, deed, key):
    sql.execute(deed, (cast.thaba.teacher.email,))
    send(archived.open("rb"))
    assert (state(sql)[0], state(sql)[1]["key"], state(sql)[1]["file"]) == ("failed", key, ACCOUNTS)
    assert rows(sql, "person", school) == 0


def edit(path, number, **values):
    """Change values of a line; the file is otherwise as it was."""

    def change(parts):
        found = lines(parts[path])
        found[number].update(values)
        parts[path] = joined(found)

    return change


def twice(parts):
    parts[PERSON] = parts[PERSON].splitlines(keepends=True)[0] + parts[PERSON]


def backwards(parts):
    parts[PERSON] = b"".join(reversed(parts[PERSON].splitlines(keepends=True)))


def with_school(parts):
    found = lines(parts[PERSON])
    found[0]["school_id"] = 1
    parts[PERSON] = joined(found)


def no_json(parts):
    parts[PERSON] = b"{" * 100_000 + b"\n"


def other_spelling(parts):
    parts[PERSON] = joined(lines(parts[PERSON])).replace(b", ", b",")


def not_utf8(parts):
    parts[PERSON] = parts[PERSON].splitlines(keepends=True)[0].replace(b'"staff"', b'"st\xff"')


HOSTILE = {
    "an id that is there twice": (twice, "twice", PERSON, 2),
    "rows in another order": (backwards, "order", PERSON, 2),
    "a field that the table does not have": (with_school, "keys", PERSON, 1),
    "what is no JSON, deep enough to break a reader": (no_json, "no_json", PERSON, 1),
    "bytes that are no text": (not_utf8, "no_json", PERSON, 1),
    "a NUL": (edit(PERSON, 1, name="a\0b"), "nul", PERSON, 2),
    "an id that is none": (edit(PERSON, 0, id="1"), "id", PERSON, 1),
    "a row that points outside": (edit(CLASS, 0, came_from=NOBODY), "outside", CLASS, 1),
    "a member whom the people do not have": (edit(MEMBERS, 0, person_id=NOBODY), "outside", MEMBERS, 1),
    "a member without an account": (edit(MEMBERS, 0, user_id="x@example.org"), "value", MEMBERS, 1),
    "a value that is not allowed": (edit("tables/school.jsonl", 0, language="xx"), "value", "tables/school.jsonl", 1),
    "a moment that is none": (edit(PERSON, 1, created_at="some day"), "value", PERSON, 2),
    "half a letter": (edit(PERSON, 1, name="\ud800"), "value", PERSON, 2),
    "a text that is a number": (edit(PERSON, 1, name=5), "differs", PERSON, 2),
    "the same words in another spelling": (other_spelling, "differs", PERSON, 1),
    "an address that is none": (edit(ACCOUNTS, 0, address="nobody"), "address", ACCOUNTS, 1),
    "a language that nobody speaks here": (edit(ACCOUNTS, 0, language="xx"), "value", ACCOUNTS, 1),
}


@pytest.mark.parametrize(("change", "key", "file", "line"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_wrong_is_named_with_its_file_and_line_and_nothing_stays(archived, send, school, sql, change, key, file, line):
    page = send(changed(archived, change))
    found, problem = state(sql)
    assert (found, problem["key"], problem["file"], problem["line"]) == ("failed", key, file, line)
    assert f"{file}, line {line}" in page.main
    assert "Nothing was brought in" in page.main
    for table in ("person", "class_group", "membership", "notice"):
        assert rows(sql, table, school) == 0
    assert not list(places.folder(school).iterdir()), "the file that was uploaded stays"


def no_manifest(parts):
    del parts["manifest.json"]


def other_format(parts):
    parts["manifest.json"] = parts["manifest.json"].replace(b"umthi archive 1", b"umthi archive 9")


def escapes(parts):
    parts["../../evil.sh"] = b"rm -rf"


def absolute(parts):
    parts["/etc/passwd"] = b""


def without_people(parts):
    del parts[PERSON]


def manifest(change):
    def apply(parts):
        told = json.loads(parts["manifest.json"])
        change(told)
        parts["manifest.json"] = json.dumps(told).encode()

    return apply


def other_columns(told):
    next(part for part in told["parts"] if part["path"] == PERSON)["columns"].append(["shoe_size", "INTEGER"])


def without_table(told):
    told["parts"] = [part for part in told["parts"] if part["path"] != PERSON]


def twice_named(told):
    told["parts"].append(told["parts"][0])


def walks_out(told):
    told["parts"].append({**told["parts"][-1], "path": "annexes/../../x.jsonl"})


def far_too_large(told):
    told["parts"][-1]["size"] = 1 << 40


REFUSED = {
    "no manifest": (no_manifest, "no_manifest"),
    "another format": (other_format, "format"),
    "a name that walks out of the archive": (escapes, "path"),
    "a name from the root": (absolute, "path"),
    "a part that is missing": (without_people, "missing"),
    "other columns": (manifest(other_columns), "columns"),
    "a table that is missing": (manifest(without_table), "columns"),
    "a part that is named twice": (manifest(twice_named), "no_manifest"),
    "a path that walks out": (manifest(walks_out), "path"),
    "a manifest that is no object": (lambda parts: parts.update({"manifest.json": b"[]"}), "no_manifest"),
    "a manifest of a billion laughs": (lambda parts: parts.update({"manifest.json": b"[" * 100_000}), "no_manifest"),
    "parts that unpack to a terabyte": (manifest(far_too_large), "too_large"),
}


@pytest.mark.parametrize(("change", "key"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_archive_of_ours_is_refused_at_once(archived, send, sql, school, change, key):
    page = send(changed(archived, change, honest=False))
    assert page.status == 422
    assert WORDS[key].partition("%")[0].partition("(")[0].strip(" ‘") in page.text
    assert state(sql) is None
    assert not list(places.folder(school).iterdir())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hello", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_zip_is_refused_at_once(send, sql, content):
    assert send(io.BytesIO(content)).status == 422
    assert state(sql) is None


def test_a_file_that_was_cut_off_is_refused(archived, send, sql):
    content = archived.read_bytes()
    assert send(io.BytesIO(content[: len(content) // 2])).status == 422
    assert state(sql) is None


def test_a_part_that_was_changed_on_the_way_is_found_by_its_hash(archived, send, sql, school):
    def flip(parts):
        parts["annexes/audit.jsonl"] = parts["annexes/audit.jsonl"].replace(b"school", b"schooI", 1)

    send(changed(archived, flip, honest=False))
    assert state(sql)[1]["key"] == "hash"
    assert rows(sql, "person", school) == 0


def test_a_bomb_is_never_unpacked(archived, send, sql):
    def bomb(parts):
        parts[PERSON] = bytes(64 << 20)

    page = send(changed(archived, bomb, honest=False))
    assert page.status == 422
    assert "larger than the manifest" in page.text


def test_a_bomb_that_lies_about_its_size_is_stopped(archived, tmp_path):
    """Its headers say that it is small; what comes out of it is counted."""
    parts = parts_of(archived)
    size = len(parts[PERSON])
    lies = tmp_path / "lies.zip"
    with zipfile.ZipFile(lies, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content + bytes(50 << 20) if name == PERSON else content)
    raw = lies.read_bytes().replace((size + (50 << 20)).to_bytes(4, "little"), size.to_bytes(4, "little"))
    lies.write_bytes(raw)
    with Opened(lies) as opened, pytest.raises(Wrong) as fault:
        opened.check(lambda _: None)
    assert fault.value.key in ("broken", "bomb", "nul", "no_json")


def test_a_line_without_an_end_is_refused(archived, send, sql, monkeypatch):
    monkeypatch.setattr("app.exports.archive.opening.LINE", 50)
    send(archived.open("rb"))
    assert state(sql)[1]["key"] == "long_line"


def test_a_school_that_is_not_empty_is_refused_with_the_reason(archived, send, school, sql):
    sql.execute(
        "INSERT INTO term (school_id, id, name, starts_on, ends_on) VALUES (%s, uuid7(), 'Term 1', '2026-01-14', '2026-03-27')",
        (school,),
    )
    page = send(archived.open("rb"))
    assert page.status == 422
    assert "it has rows of ‘term’" in page.text
    assert rows(sql, "person", school) == 0


def test_the_same_school_does_not_take_it_twice(archived, send, sql):
    send(archived.open("rb"))
    assert send(archived.open("rb")).status == 422


def test_a_school_that_is_suspended_is_refused_before_and_in_the_middle(archived, send, school, sql, work_off, monkeypatch):
    page = send(archived.open("rb"), work=False)
    assert page.one("progress") is not None
    sql.execute("UPDATE school SET state = 'disabled', state_before = 'active' WHERE id = %s", (school,))
    work_off()
    assert state(sql)[1]["key"] == "suspended"
    assert send(archived.open("rb")).status == 422


def test_the_name_of_the_school_is_typed_out(archived, send, sql):
    assert send(archived.open("rb"), name="Somewhere else").status == 422
    assert state(sql) is None


def test_nothing_happens_without_a_file(operator, school):
    page = operator.post(f"/operator/schools/{school}/archive", {"confirm_name": NAME})
    assert page.status == 422
    assert "Choose the file of an archive" in page.text


def test_operators_prove_anew_who_they_are(browser, cast, school, archived, sql):
    answer = browser.as_(cast.superuser).post(
        f"/operator/schools/{school}/archive", {"file": (archived.open("rb"), "a.zip"), "confirm_name": NAME},
        content_type="multipart/form-data", check=False,
    )  # fmt: skip
    assert answer.status == 303
    assert state(sql) is None


def test_a_school_that_never_was_is_404(operator):
    assert operator.client.get("/operator/schools/999999/archive").status_code == 404


def test_a_worker_that_dies_leaves_nothing_and_the_next_one_does_it(archived, send, school, sql, work_off, monkeypatch):
    def killed(*_):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(bringing_jobs, "_finish", killed)
        send(archived.open("rb"))
    assert state(sql) == ("running", None)
    assert rows(sql, "person", school) == 0
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
    work_off()
    assert state(sql) == ("done", None)


def test_what_is_written_otherwise_than_it_was_read_is_noticed(archived, send, school, sql, monkeypatch):
    """A statement that loses a value: the rows are read back and held against the file."""
    real = bringing.adding

    def loses(table):
        statement = real(table)
        if table == "person":
            statement = bringing.Bulk(statement.sql.replace('r."phone"', "'1'"))
        return statement

    monkeypatch.setattr(bringing, "adding", loses)
    send(archived.open("rb"))
    assert state(sql)[1]["key"] == "differs"
    assert rows(sql, "person", school) == 0


def test_the_annexes_are_kept_read_only_checked_and_downloaded_by_the_school(archived, send, school, sql, browser, cast):
    page = send(archived.open("rb"))
    assert "the seals hold" in page.main
    (brought,) = sql.execute("SELECT id FROM archive_import").fetchone()
    kept = places.annex_of(school, brought, "audit")
    assert kept.stat().st_mode & 0o777 == 0o400
    assert kept.read_bytes() == parts_of(archived)["annexes/audit.jsonl"]
    assert not places.upload_of(school, brought).exists()
    owner = cast.thaba.owner
    sql.execute(
        "UPDATE login_session SET active_school = %s, stepped_up_at = now() WHERE user_id = %s", (school, owner.user_id)
    )
    client = browser.as_(owner).client
    assert "/audit.jsonl" in client.get("/exports/everything").get_data(as_text=True)  # in the language of the owner
    address = f"/exports/everything/brought/{brought}/audit.jsonl"
    assert client.get(address).get_data() == kept.read_bytes()
    assert client.get(address.replace("audit", "passwords")).status_code == 404
    sql.execute("UPDATE login_session SET active_school = %s WHERE user_id = %s", (cast.thaba.id, owner.user_id))
    assert client.get(address).status_code == 404


def test_an_audit_whose_seals_do_not_hold_is_kept_and_says_so(archived, send, sql):
    def forge(parts):
        parts["annexes/audit.jsonl"] = parts["annexes/audit.jsonl"].replace(b'"seals":', b'"seals":1', 1)

    page = send(changed(archived, forge))
    assert "The seals do not hold" in page.main
