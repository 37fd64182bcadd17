"""The copy of everything that is held: made by a worker, fetched by those who may, gone after a week."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from app.ids import uuid7
from tests.personal_data.arranged import a_request
from tests.personal_data.conftest import EMAIL, NAME
from tests.promotion.arranged import add_review


def made(browser, family, sql, work_off):
    assert browser.post(f"{family.page}packs").status == 303
    work_off()
    return sql.execute("SELECT id FROM data_pack ORDER BY id DESC LIMIT 1").fetchone()[0]


def opened(browser, address):
    answer = browser.client.get(address)
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.get_data()))


def test_a_copy_has_everything_for_people_and_for_programs(stepped, cast, sql, family, work_off):
    owner = stepped(cast.thaba.owner, language="en")
    add_review(sql, cast.thaba, "enrolled", person=family.learner, state="hidden", body="The gate is far away.")
    pack = made(owner, family, sql, work_off)
    file = opened(owner, f"{family.page}packs/{pack}.zip")
    data, page = json.loads(file.read("data.json")), file.read("index.html").decode()
    assert data["person"]["name"] == NAME
    assert {"person", "learner", "attendance_mark", "absence_report", "medical_note"} <= data["held"].keys()
    assert "The gate is far away." in str(data["held"]["review"]), "what they wrote, though the school does not show it"
    assert any(each["table"] == "roster_row" for each in data["named_in"])
    assert EMAIL in page
    assert "Peanut allergy" in page


def test_without_the_right_to_it_the_medical_note_stays_out_and_that_is_said(stepped, cast, sql, family, work_off):
    admin = stepped(cast.thaba.admin, language="en")
    pack = made(admin, family, sql, work_off)
    page = opened(admin, f"{family.page}packs/{pack}.zip").read("index.html").decode()
    assert "Peanut allergy" not in page
    assert "A medical note is held as well" in page


def test_it_is_fetched_by_whoever_proves_who_they_are_and_that_is_written_down(stepped, browser, cast, sql, family, work_off):
    pack = made(stepped(cast.thaba.admin), family, sql, work_off)
    sql.execute("UPDATE login_session SET stepped_up_at = NULL")
    assert browser.as_(cast.thaba.admin).get(f"{family.page}packs/{pack}.zip").status == 303
    opened(stepped(cast.thaba.admin), f"{family.page}packs/{pack}.zip")
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'personal_data.download'").fetchone() == (1,)


@pytest.mark.parametrize("when", ["expired", "revoked"])
def test_a_download_asks_again(stepped, cast, sql, family, work_off, when):
    admin = stepped(cast.thaba.admin)
    pack = made(admin, family, sql, work_off)
    if when == "expired":
        sql.execute("UPDATE data_pack SET expires_at = now() - interval '1 second'")
        work_off()
    else:
        sql.execute("UPDATE membership SET role = 'teacher' WHERE user_id = %s", (cast.thaba.admin.user_id,))
    assert admin.get(f"{family.page}packs/{pack}.zip").status == (404 if when == "expired" else 403)


def test_one_that_was_made_for_the_owners_eyes_is_not_the_admins(stepped, cast, sql, family, work_off):
    pack = made(stepped(cast.thaba.owner), family, sql, work_off)
    assert stepped(cast.thaba.admin).get(f"{family.page}packs/{pack}.zip").status == 404


def test_a_guardian_asks_for_a_copy_is_told_and_fetches_it(stepped, cast, sql, family, work_off):
    guardian = stepped(cast.thaba.guardian, language="en")
    guardian.post(f"{family.own}ask?kind=access", {"reason": "We want to know"})
    request = sql.execute("SELECT id FROM data_request").fetchone()[0]
    stepped(cast.thaba.owner).post(f"/people/data/requests/{request}/accept")
    work_off(rounds=5)
    pack = sql.execute("SELECT id FROM data_pack").fetchone()[0]
    assert "The copy that you asked for is ready" in guardian.get(family.own).text
    assert NAME in opened(guardian, f"{family.own}packs/{pack}.zip").read("index.html").decode()
    assert sql.execute("SELECT count(*) FROM message WHERE person_id = %s AND url LIKE '%%/family/data/%%'", (cast.thaba.guardian.person_id,)).fetchone() == (1,)  # fmt: skip


def test_a_copy_that_was_not_asked_for_is_not_the_guardians(stepped, cast, sql, family, work_off):
    a_request(sql, cast.thaba, "access", family.learner)
    pack = made(stepped(cast.thaba.owner), family, sql, work_off)
    assert stepped(cast.thaba.guardian).get(f"{family.own}packs/{pack}.zip").status == 404


def test_of_somebody_elses_row_it_has_what_stands_around_the_name_and_no_medical_note(stepped, cast, sql, family, work_off):
    sql.execute(
        "INSERT INTO medical_note (school_id, id, learner_id, note, updated_by) VALUES (%s, %s, %s, %s, 'Nomvula')",
        (family.school, uuid7(), family.other, f"Had a seizure beside {NAME}"),
    )
    sql.execute(
        "UPDATE absence_report SET learner_id = %s, person_id = %s, note = %s, answer = 'Nothing to do with her'",
        (family.other, cast.thaba.guardian.person_id, f"{'Her own secret. ' * 20}She was with {NAME}."),
    )
    owner = stepped(cast.thaba.owner, language="en")
    pack = made(owner, family, sql, work_off)
    data = json.loads(opened(owner, f"{family.page}packs/{pack}.zip").read("data.json"))
    named = {each["table"]: each["words"] for each in data["named_in"]}
    assert "medical_note" not in named
    assert named["absence_report"].keys() == {"note"}
    assert NAME in named["absence_report"]["note"]
    assert len(named["absence_report"]["note"]) <= len(NAME) + 80


@pytest.mark.parametrize(("runs", "state"), [(0, "done"), (4, "open")])
def test_a_request_is_done_when_the_copy_is_there(stepped, cast, sql, family, work_off, runs, state):
    request = a_request(sql, cast.thaba, "access", family.learner)
    stepped(cast.thaba.owner).post(f"/people/data/requests/{request}/accept")
    assert sql.execute("SELECT state FROM data_request").fetchone() == ("running",)
    sql.execute("UPDATE outbox SET runs = %s WHERE job = 'personal_data.pack'", (runs,))
    work_off()
    assert sql.execute("SELECT state, error IS NULL FROM data_request").fetchone() == (state, state == "done")
