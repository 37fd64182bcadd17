"""Duplicates: who is suggested, what a merge would do, and that everything that refers to the duplicate moves."""

from __future__ import annotations

import datetime as dt
import inspect

import pytest

from app.ids import uuid7
from app.tenancy.database import db
from blueprints.people import merging
from tests.leads.arranged import a_lead
from tests.people.conftest import events
from tests.promotion.arranged import add_review

BORN = "2016-03-04"


@pytest.fixture
def twice(somebody, sql):
    """One learner under two records: the one to keep, and the duplicate."""
    kept = somebody("Thabo Nkosi", number="2026-17", birth_date=BORN)
    other = somebody("Thabo Nkosi", number="0202617x", birth_date=BORN, known_as="Tee", photo_consent="given")
    return kept, other


def one(sql, query, *values):
    return sql.execute(query, values).fetchone()


def merge(admin, kept, other, **chosen):
    return admin.post(f"/people/{kept}/merge?other={other}", chosen)


def add_mark(sql, group, learner, day, register=None):
    """A mark with its event; returns the register."""
    made = register or uuid7()
    if register is None:
        sql.execute(
            "INSERT INTO register (school_id, id, class_id, on_date, saved_name) VALUES (1, %s, %s, %s, 'Lerato')",
            (made, group, day),
        )
    for table, more in (("attendance_mark", {"on_date": day}), ("attendance_event", {})):
        columns = {"school_id": 1, "register_id": made, "learner_id": learner, "status": "absent", "by_name": "Lerato", **more}
        marks = ", ".join(["%s"] * len(columns))
        sql.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", list(columns.values()))
    return made


def add_scan(sql, learner, at, direction):
    sql.execute(
        "INSERT INTO gate_scan (school_id, id, code, learner_id, scanned_at, on_date, direction, by_name)"
        " VALUES (1, %s, 'x', %s, %s, %s, %s, 'Sipho')",
        (uuid7(), learner, at, at.date(), direction),
    )


def test_the_same_name_and_birth_date_is_suggested_and_two_names_are_not(admin, twice, somebody):
    somebody("Anna Botha", birth_date=BORN)
    page = admin.get("/people/duplicates")
    assert "Thabo Nkosi" in page.main
    assert "The same name and date of birth" in page.main
    assert "Anna Botha" not in page.main
    assert "may be one person" in admin.get(f"/people/{twice[0]}").main


@pytest.mark.parametrize(
    ("one_of", "other", "why"),
    [
        ({"number": "00-123"}, {"number": "123"}, "The same learner number, written otherwise"),
        ({"phone": "+27825550101"}, {"phone": "+27825550101"}, "The same phone number"),
        ({"email": "a@example.org"}, {"email": "a@example.org"}, "The same email address"),
    ],
)
def test_numbers_and_addresses_give_duplicates_away(admin, somebody, one_of, other, why):
    kind = "learner" if "number" in one_of else "guardian"
    somebody("Anna Botha", kind, **one_of)
    somebody("A. Botha", kind, **other)
    assert why in admin.get("/people/duplicates").main


def test_brothers_and_sisters_with_their_parents_phone_are_no_duplicates(admin, somebody):
    somebody("Anna Botha", phone="+27825550101")
    somebody("Ben Botha", phone="+27825550101")
    assert "No likely duplicates" in admin.get("/people/duplicates").main


def test_the_preview_offers_each_field_that_differs(admin, twice):
    kept, other = twice
    page = admin.get(f"/people/{kept}/merge?other={other}")
    assert "Which value is right?" in page.main
    labels = ["".join(e.itertext()).strip() for e in page.all("legend")]
    assert labels == ["Known as", "Learner number", "Photo consent"]
    checked = {e.get("name"): e.get("value") for e in page.all("input", type="radio") if e.get("checked") is not None}
    assert checked == {"known_as": "other", "number": "kept", "photo_consent": "other"}


def test_a_merge_moves_everything_and_the_duplicate_leads_to_the_one_that_is_kept(admin, twice, somebody, tied, placed, sql):
    kept, other = twice
    mother = somebody("Lindiwe Nkosi", "guardian")
    tied(mother, other)
    group = placed("4A", other)
    add_mark(sql, group, other, dt.date(2026, 3, 2))
    sql.execute(
        "INSERT INTO absence_report (school_id, id, learner_id, person_id, from_on, until_on, reason)"
        " VALUES (1, %s, %s, %s, '2026-03-02', '2026-03-02', 'b')", (uuid7(), other, mother)
    )  # fmt: skip
    sql.execute(
        "INSERT INTO medical_note (school_id, id, learner_id, note, updated_by) VALUES (1, %s, %s, 'Asthma', 'N')",
        (uuid7(), other),
    )
    answer = merge(admin, kept, other, number="kept", known_as="other", photo_consent="other")
    assert answer.status == 303
    for table in ("guardianship", "enrolment", "attendance_mark", "absence_report", "medical_note"):
        assert one(sql, f"SELECT array_agg(DISTINCT learner_id) FROM {table}")[0] == [kept], table
    assert one(sql, "SELECT count(*) FROM attendance_event WHERE learner_id = %s", kept) == (1,)
    assert one(sql, "SELECT known_as, number, photo_consent FROM learner WHERE id = %s", kept) == ("Tee", "2026-17", "given")
    assert one(sql, "SELECT ended_at IS NOT NULL, merged_into FROM person WHERE id = %s", other) == (True, kept)
    assert admin.get(f"/people/{other}").location.endswith(f"/people/{kept}")
    assert "No likely duplicates" in admin.get("/people/duplicates").main
    assert events(sql)[-1] == "people.merge"


def test_the_number_of_the_duplicate_can_win(admin, twice, sql):
    kept, other = twice
    merge(admin, kept, other, number="other")
    assert one(sql, "SELECT number FROM learner WHERE id = %s", kept) == ("0202617x",)
    assert one(sql, "SELECT number FROM learner WHERE id = %s", other) == (None,)


def test_what_both_have_stands_once(admin, twice, somebody, tied, placed, sql):
    kept, other = twice
    mother = somebody("Lindiwe Nkosi", "guardian")
    tied(mother, kept)
    tied(mother, other, no_contact=True)
    group = placed("4A", kept, other)
    register = add_mark(sql, group, kept, dt.date(2026, 3, 2))
    add_mark(sql, group, other, dt.date(2026, 3, 2), register)
    for learner, note in ((kept, "Asthma"), (other, "Peanuts")):
        sql.execute(
            "INSERT INTO medical_note (school_id, id, learner_id, note, updated_by) VALUES (1, %s, %s, %s, 'N')",
            (uuid7(), learner, note),
        )
    assert merge(admin, kept, other).status == 303
    assert one(sql, "SELECT count(*), bool_and(no_contact), bool_or(may_collect) FROM guardianship") == (1, True, False)
    assert one(sql, "SELECT count(*) FROM enrolment") == (1,)
    assert one(sql, "SELECT note FROM medical_note") == ("Asthma\n\nPeanuts",)
    assert one(sql, "SELECT count(*) FROM attendance_mark WHERE learner_id = %s", kept) == (1,)


def test_the_gate_is_told_anew_from_all_scans(admin, twice, sql):
    kept, other = twice
    morning = dt.datetime(2026, 3, 2, 5, 30, tzinfo=dt.UTC)
    for learner, hours, direction in ((kept, 0, "in"), (other, 1, "in"), (other, 6, "out")):
        add_scan(sql, learner, morning + dt.timedelta(hours=hours), direction)
    for learner, at, on_site in ((kept, 0, True), (other, 6, False)):
        sql.execute(
            "INSERT INTO gate_state (school_id, id, on_site, since, on_date) VALUES (1, %s, %s, %s, '2026-03-02')",
            (learner, on_site, morning + dt.timedelta(hours=at)),
        )
    merge(admin, kept, other)
    found = sql.execute("SELECT direction FROM gate_scan WHERE learner_id = %s ORDER BY scanned_at", (kept,)).fetchall()
    assert [direction for (direction,) in found] == ["in", "out", "in"]
    assert sql.execute("SELECT id, on_site FROM gate_state").fetchall() == [(kept, True)]


def test_the_account_of_the_duplicate_opens_the_record_that_is_kept(admin, english, cast, somebody, tied, sql):
    kept, child = somebody("Ayanda Dube", "guardian"), somebody("Thabo Dube")
    tied(kept, child)
    assert merge(admin, kept, cast.thaba.guardian.person_id, email="other").status == 303
    assert "Thabo Dube" in english(cast.thaba.guardian).get("/family/").main
    assert one(sql, "SELECT email FROM person WHERE id = %s", kept) == (cast.thaba.guardian.email,)


@pytest.mark.parametrize("which", ["of another kind", "of another school", "the same", "nobody"])
def test_only_two_records_of_a_kind_can_be_merged(admin, twice, cast, which):
    other = {
        "of another kind": cast.thaba.guardian.person_id, "of another school": cast.karoo.student.person_id,
        "the same": twice[0], "nobody": uuid7(),
    }[which]  # fmt: skip
    assert admin.get(f"/people/{twice[0]}/merge?other={other}").status == 404
    assert merge(admin, twice[0], other).status == 404


def test_an_admin_does_not_merge_an_owner(admin, cast, somebody, sql):
    page = merge(admin, somebody("Nomvula Khumalo", "staff"), cast.thaba.owner.person_id)
    assert page.status == 422
    assert "Only an owner can do that." in page.main
    assert one(sql, "SELECT count(*) FROM person WHERE merged_into IS NOT NULL") == (0,)


def test_a_record_that_was_merged_away_is_no_longer_changed(admin, twice):
    kept, other = twice
    merge(admin, kept, other)
    assert admin.get(f"/people/{other}/edit").status == 404
    assert admin.post(f"/people/{other}/bring-back").status == 404
    assert admin.get(f"/people/{kept}/merge?other={other}").status == 404


def test_the_other_record_is_looked_for_by_its_words(admin, twice, somebody):
    somebody("Thabiso Zulu")
    page = admin.get(f"/people/{twice[0]}/merge?q=tha")
    assert "Compare: Thabiso Zulu" in page.links()
    assert "Compare: Thandeka Zungu" in page.links()


def test_an_account_does_not_go_over_to_a_record_that_is_archived(admin, twice, sql):
    kept, other = twice
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (kept,))
    page = merge(admin, kept, other)
    assert page.status == 422
    assert "This record is archived and the other one is not." in page.main
    assert one(sql, "SELECT merged_into FROM person WHERE id = %s", other) == (None,)


def test_marketing_goes_along_and_a_family_keeps_one_open_code(admin, cast, somebody, sql):
    kept, other = somebody("Ayanda Dube", "guardian"), somebody("A. Dube", "guardian")
    mine, theirs = a_lead(sql, cast.thaba, owner_id=other), a_lead(sql, cast.thaba, "Zodwa Cele", guardian_id=other)
    for person, code in ((kept, "BCDFGHJ"), (other, "KMNPQRT")):
        sql.execute(
            "INSERT INTO referral_code (school_id, id, guardian_id, code, by_name) VALUES (1, %s, %s, %s, 'Naledi')",
            (uuid7(), person, code),
        )
    add_review(sql, cast.thaba, "enrolled", person=kept)
    stays = add_review(sql, cast.thaba, "enrolled", person=other)
    goes = add_review(sql, cast.thaba, "year:2026", person=other)
    assert merge(admin, kept, other).status == 303
    assert one(sql, "SELECT owner_id FROM lead WHERE id = %s", mine) == (kept,)
    assert one(sql, "SELECT guardian_id FROM lead WHERE id = %s", theirs) == (kept,)
    found = "SELECT code, guardian_id = %s, closed_at IS NULL FROM referral_code ORDER BY code"
    assert sql.execute(found, (kept,)).fetchall() == [("BCDFGHJ", True, True), ("KMNPQRT", True, False)]
    assert one(sql, "SELECT person_id FROM review WHERE id = %s", stays) == (other,)
    assert one(sql, "SELECT person_id FROM review WHERE id = %s", goes) == (kept,)


#: what stays at the duplicate -> why
STAYS = {
    ("breach_person", "person_id"): "found by all records of somebody",
    ("consent", "person_id"): "found by all records of somebody",
    ("data_pack", "person_id"): "found by all records of somebody",
    ("data_request", "asked_by_id"): "found by all records of somebody",
    ("data_request", "person_id"): "found by all records of somebody",
    ("delivery", "person_id"): "what was sent stays as it was",
    ("emergency_person", "person_id"): "a board says who was where then",
    ("erasure_certificate", "person_id"): "found by all records of somebody",
    ("invitation", "person_id"): "an open one is taken back",
    ("learner", "id"): "the profile itself",
    ("legal_hold", "person_id"): "found by all records of somebody",
    ("message", "author_id"): "what was sent stays as it was",
    ("message", "person_id"): "what was sent stays as it was",
    ("person", "merged_into"): "the way to the kept record",
    ("person_word", "person_id"): "the search follows names",
}


def test_nothing_that_refers_to_a_person_was_forgotten(sql):
    """Each foreign key to a person or learner is moved by a merge (its model's attribute is named there), or stays for a reason."""
    found = sql.execute(
        "SELECT conrelid::regclass::text, attname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)"
        " WHERE contype = 'f' AND confrelid IN ('person'::regclass, 'learner'::regclass) AND attname <> 'school_id'"
    ).fetchall()
    classes = {mapper.local_table.name: mapper.class_.__name__ for mapper in db.Model.registry.mappers}
    source = inspect.getsource(merging)
    left = {(table, column) for table, column in found if f"{classes[table]}.{column}" not in source} - STAYS.keys()
    assert left == set()
    assert STAYS.keys() - set(found) == set()
