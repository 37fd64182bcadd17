"""Erasure: review, hold, two confirmations, and afterwards nothing personal is left but what has to stay."""

from __future__ import annotations

from app.audit import sealing, verifying
from app.audit.canonical import Stream
from app.audit.findings import Kind
from app.domain.personal_data.files import file_of
from app.exports.archive import places
from app.ids import uuid7
from app.tenancy.doors import across_schools, outside
from tests.audit.conftest import _alone  # noqa: F401  seals wait for what runs in other databases
from tests.personal_data.arranged import a_certificate, a_hold, a_request
from tests.personal_data.conftest import EMAIL, NAME, NUMBER, PHONE
from tests.promotion.arranged import add_review

CONFIRM = {"law": "popia_24", "reason": f"The family of {NAME} asked for it", "name": NAME}


def erased(stepped, cast, sql, archived, work_off):
    """Ask, confirm twice and have the work done; returns the browser and the request."""
    admin = stepped(cast.thaba.admin, language="en")
    admin.post(f"{archived.page}ask?kind=erasure", {"asked_by": "Ayanda", "reason": f"{NAME} has moved away"})
    request = sql.execute("SELECT id FROM data_request ORDER BY id DESC LIMIT 1").fetchone()[0]
    assert admin.post(f"/people/data/requests/{request}/confirm", CONFIRM).status == 303
    assert admin.post(f"/people/data/requests/{request}/erase").status == 303
    work_off()
    return admin, request


def left(sql) -> dict[str, int]:
    """Every place in the database in which something that names them still stands."""
    found = {}
    columns = sql.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_name)"
        " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
        " AND c.data_type IN ('text', 'character varying', 'jsonb', 'ARRAY')"
    ).fetchall()
    for table, column in columns:
        for word in (NAME, EMAIL, PHONE, NUMBER, "Zozo", "fever", "Peanut", "the flu", "zodwa", "testament"):
            (number,) = sql.execute(
                f'SELECT count(*) FROM "{table}" WHERE strpos(lower("{column}"::text), lower(%s)) > 0', (word,)
            ).fetchone()
            if number:
                found[f"{table}.{column}: {word}"] = number
    return found


def test_nothing_that_names_them_is_left_anywhere(stepped, cast, sql, archived, work_off):
    admin = stepped(cast.thaba.admin, language="en")
    admin.get(archived.page)
    admin.post(f"/people/{archived.learner}/bring-back")
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (archived.learner,))
    admin.post(f"{archived.page}ask?kind=correction", {
        "asked_by": "Ayanda", "reason": f"Not {NAME}", "field": "known_as", "wanted": "Zozo the second"})  # fmt: skip
    add_review(sql, cast.thaba, "enrolled", person=archived.learner, state="shown", name=NAME, body="Zozo likes it.")
    assert left(sql)["review.shown_name: Zodwa Testament"] == 1
    erased(stepped, cast, sql, archived, work_off)
    assert left(sql) == {}


def test_the_rows_that_must_stay_stay_without_a_name(stepped, cast, sql, archived, work_off):
    erased(stepped, cast, sql, archived, work_off)
    assert sql.execute("SELECT status, note FROM attendance_mark").fetchall() == [("absent", None)]
    assert sql.execute("SELECT status, note, reason FROM attendance_event").fetchall() == [("absent", None, "b")]
    assert sql.execute("SELECT count(*) FROM medical_note").fetchone() == (0,)
    (name,) = sql.execute("SELECT name FROM person WHERE id = %s", (archived.learner,)).fetchone()
    assert "1" in name
    assert sql.execute("SELECT birth_date, number FROM learner WHERE id = %s", (archived.learner,)).fetchone() == (None, None)


def test_an_old_card_opens_nothing(stepped, cast, sql, archived, work_off):
    before = sql.execute("SELECT card_code FROM learner WHERE id = %s", (archived.learner,)).fetchone()
    erased(stepped, cast, sql, archived, work_off)
    assert sql.execute("SELECT card_code FROM learner WHERE id = %s", (archived.learner,)).fetchone() != before
    assert sql.execute("SELECT count(*) FROM gate_scan WHERE code = %s", before).fetchone() == (0,)


def test_the_certificate_says_what_was_done_and_not_to_whom(stepped, cast, sql, archived, work_off):
    admin, request = erased(stepped, cast, sql, archived, work_off)
    page = admin.get(f"/people/data/requests/{request}")
    assert "Certificate 1" in page.text
    certificate = sql.execute("SELECT id FROM erasure_certificate").fetchone()[0]
    page = admin.get(f"/people/data/certificates/{certificate}")
    assert "Certificate of erasure 1" in page.text
    assert "Attendance registers and admission records must be kept by law" in page.text
    for word in (NAME, "Zodwa", NUMBER):
        assert word not in page.text


def test_the_log_then_says_under_which_certificate_and_its_chain_holds(app, stepped, cast, sql, archived, work_off):
    stepped(cast.thaba.admin).get(archived.page)
    with outside(), across_schools("a test") as session:
        sealing.seal_all()
        session.commit()
    erased(stepped, cast, sql, archived, work_off)
    with outside(), across_schools("a test") as session:
        sealing.seal_all()
        session.commit()
        report = verifying.verify(Stream(1))
    assert report.is_sound
    assert report.erased["1"] > 0


def test_a_value_erased_under_a_certificate_that_does_not_exist_is_a_fault(app, stepped, cast, sql, archived, work_off):
    stepped(cast.thaba.admin).get(archived.page)
    sql.execute("UPDATE audit_value SET value = NULL, salt = NULL, erased_under = '9' WHERE field = 'label'")
    with outside(), across_schools("a test") as session:
        sealing.seal_all()
        session.commit()
        assert verifying.verify(Stream(1)).counts[Kind.VALUE_EMPTIED] > 0
    a_certificate(sql, cast.thaba, 9)
    with outside(), across_schools("a test"):
        assert verifying.verify(Stream(1)).is_sound


def test_numbers_have_no_gap_and_each_school_has_its_own(stepped, cast, sql, archived, work_off):
    a_certificate(sql, cast.karoo, 7)
    a_certificate(sql, cast.thaba, 3)
    erased(stepped, cast, sql, archived, work_off)
    assert sql.execute("SELECT number FROM erasure_certificate WHERE school_id = 1 ORDER BY number").fetchall() == [(3,), (4,)]


def test_nobody_is_erased_while_a_hold_stands(stepped, cast, sql, archived, work_off):
    admin = stepped(cast.thaba.admin, language="en")
    request = a_request(sql, cast.thaba, "erasure", archived.learner)
    hold = a_hold(sql, cast.thaba, archived.learner)
    page = admin.post(f"/people/data/requests/{request}/confirm", CONFIRM, follow_redirects=True)
    assert "A legal hold stands" in page.text
    admin.post(f"/people/data/holds/{hold}/lift", {"reason": "The case is over"})
    admin.post(f"/people/data/requests/{request}/confirm", CONFIRM)
    assert sql.execute("SELECT state FROM data_request WHERE id = %s", (request,)).fetchone() == ("confirmed",)


def test_a_hold_that_comes_in_between_stops_the_worker(stepped, cast, sql, archived, work_off):
    admin = stepped(cast.thaba.admin)
    request = a_request(sql, cast.thaba, "erasure", archived.learner)
    admin.post(f"/people/data/requests/{request}/confirm", CONFIRM)
    admin.post(f"/people/data/requests/{request}/erase")
    a_hold(sql, cast.thaba, archived.learner)
    work_off()
    assert sql.execute("SELECT state, error FROM data_request WHERE id = %s", (request,)).fetchone() == (
        "open",
        "a legal hold stands",
    )
    assert sql.execute("SELECT name FROM person WHERE id = %s", (archived.learner,)).fetchone() == (NAME,)


def test_somebody_who_is_still_here_is_not_erased(stepped, cast, sql, family):
    admin = stepped(cast.thaba.admin, language="en")
    request = a_request(sql, cast.thaba, "erasure", family.learner)
    page = admin.post(f"/people/data/requests/{request}/confirm", CONFIRM, follow_redirects=True)
    assert "Archive them first" in page.text


def test_it_takes_two_confirmations_and_the_name(stepped, cast, sql, archived):
    admin = stepped(cast.thaba.admin, language="en")
    request = a_request(sql, cast.thaba, "erasure", archived.learner)
    admin.post(f"/people/data/requests/{request}/erase")
    assert sql.execute("SELECT state FROM data_request").fetchone() == ("open",)
    page = admin.post(f"/people/data/requests/{request}/confirm", CONFIRM | {"name": "Somebody"})
    assert page.status == 422
    assert "This is not the name" in page.text


def test_it_asks_who_somebody_is(browser, cast, sql, archived):
    request = a_request(sql, cast.thaba, "erasure", archived.learner)
    answer = browser.as_(cast.thaba.admin).post(f"/people/data/requests/{request}/erase")
    assert answer.status == 303
    assert "/settings/confirm" in answer.headers["Location"] or "confirm" in answer.headers["Location"]
    assert sql.execute("SELECT state FROM data_request").fetchone() == ("open",)


def test_a_first_confirmation_is_good_for_a_day(stepped, cast, sql, archived):
    admin = stepped(cast.thaba.admin, language="en")
    request = a_request(sql, cast.thaba, "erasure", archived.learner)
    admin.post(f"/people/data/requests/{request}/confirm", CONFIRM)
    sql.execute("UPDATE data_request SET confirmed_at = now() - interval '25 hours'")
    page = admin.post(f"/people/data/requests/{request}/erase", follow_redirects=True)
    assert "older than a day" in page.text


def test_a_number_in_json_stays_a_number_and_a_string_beside_it_loses_the_name(stepped, cast, sql, archived, work_off):
    """Beforehand the mark stood where the number was, what came of it was no JSON, and the erasure failed for ever."""
    sql.execute(
        "UPDATE roster_import SET options = jsonb_build_object('header_row', %s::bigint, 'sheet', %s::text)",
        (NUMBER, f"List:\n{NAME}"),
    )
    erased(stepped, cast, sql, archived, work_off)
    (options,) = sql.execute("SELECT options FROM roster_import").fetchone()
    assert options["header_row"] == int(NUMBER)
    assert options["sheet"].startswith("List:\n")
    assert NAME not in options["sheet"]


def test_what_fails_again_and_again_waits_and_says_so(stepped, cast, sql, archived, work_off):
    admin = stepped(cast.thaba.admin, language="en")
    request = a_request(sql, cast.thaba, "erasure", archived.learner)
    admin.post(f"/people/data/requests/{request}/confirm", CONFIRM)
    admin.post(f"/people/data/requests/{request}/erase")
    sql.execute("UPDATE outbox SET runs = 4 WHERE job = 'personal_data.erase'")
    work_off()
    assert sql.execute("SELECT state FROM data_request WHERE id = %s", (request,)).fetchone() == ("open",)
    assert "Something went wrong on our side" in admin.get(f"/people/data/requests/{request}").text
    assert sql.execute("SELECT count(*) FROM erasure_certificate").fetchone() == (0,)


def test_a_hold_on_a_record_that_was_merged_into_theirs_stands(stepped, cast, sql, archived, work_off):
    sql.execute(
        "UPDATE person SET merged_into = %s, ended_at = now() WHERE id = %s", (archived.learner, archived.other)
    )  # fmt: skip
    admin = stepped(cast.thaba.admin, language="en")
    request = a_request(sql, cast.thaba, "erasure", archived.learner)
    hold = a_hold(sql, cast.thaba, archived.other)
    admin.post(f"/people/data/requests/{request}/confirm", CONFIRM)
    assert sql.execute("SELECT state FROM data_request WHERE id = %s", (request,)).fetchone() == ("open",)
    sql.execute("UPDATE legal_hold SET lifted_at = now() WHERE id = %s", (hold,))
    admin.post(f"/people/data/requests/{request}/confirm", CONFIRM)
    admin.post(f"/people/data/requests/{request}/erase")
    a_hold(sql, cast.thaba, archived.other)
    work_off()
    assert sql.execute("SELECT state, error FROM data_request WHERE id = %s", (request,)).fetchone() == (
        "open", "a legal hold stands",
    )  # fmt: skip


def test_files_that_were_made_or_are_being_made_end_with_it(app, stepped, cast, sql, archived, work_off):
    """An export and an archive in the making, an annex, a merged record's pack, somebody else's, and one left by a crash."""
    school, export, archive, brought = cast.thaba.id, uuid7(), uuid7(), uuid7()
    sql.execute("UPDATE person SET merged_into = %s, ended_at = now() WHERE id = %s", (archived.learner, archived.other))
    sql.execute(
        "INSERT INTO export (school_id, id, dataset, format, language, state, run, person_id, by_name)"
        " VALUES (%s, %s, 'learners', 'csv', 'en', 'running', 1, %s, 'Naledi')",
        (school, export, cast.thaba.owner.person_id),
    )
    sql.execute(
        "INSERT INTO archive (school_id, id, state, by_name, language, tries) VALUES (%s, %s, 'running', 'Naledi', 'en', 1)",
        (school, archive),
    )
    sql.execute(
        "INSERT INTO archive_import (school_id, id, state, by_id, by_name, file_name, size, sha256, annexes)"
        " VALUES (%s, %s, 'done', %s, 'Naledi', 'a.zip', 1, 'x', %s)",
        (school, brought, cast.thaba.owner.user_id, '[{"name": "audit", "rows": 1, "sha256": "x", "size": 1}]'),
    )
    packs = {}
    for whose in (archived.other, cast.thaba.guardian.person_id):
        packs[whose] = uuid7()
        sql.execute(
            "INSERT INTO data_pack (school_id, id, person_id, language, state, by_name, expires_at)"
            " VALUES (%s, %s, %s, 'en', 'done', 'Naledi', now() + interval '7 days')",
            (school, packs[whose], whose),
        )
    with app.app_context():
        annex, orphan = places.annex_of(school, brought, "audit"), file_of(school, uuid7())
        files = [file_of(school, packs[archived.other]), orphan]
    orphan.parent.mkdir(parents=True, exist_ok=True)
    for path in (annex, *files):
        path.write_text(NAME)
    erased(stepped, cast, sql, archived, work_off)
    assert [path.exists() for path in (annex, *files)] == [False, False, False]
    assert sql.execute("SELECT annexes FROM archive_import").fetchone() == ([],)
    assert sql.execute("SELECT state, error FROM archive").fetchone() == ("running", "outdated")
    assert sql.execute("SELECT run = 1 AND state = 'running' FROM export").fetchone() == (False,)
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'exports.make' AND subject = %s", (export,)).fetchone() == (1,)
    assert sql.execute("SELECT expires_at <= now() FROM data_pack").fetchall() == [(True,)]
