"""A lead becomes a learner and a guardian: new ones, or those whom the school has; its consent and its history stay."""

import datetime as dt

import pytest

from app.ids import uuid7
from tests.cast import add_person
from tests.leads.conftest import BASE

TODAY = dt.datetime.now(dt.UTC).date()
AGREED = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC)


@pytest.fixture
def form(owner):
    return lambda made: owner.get(f"{BASE}/{made}/convert").form()


@pytest.fixture
def group(sql, cast):
    def make(capacity=None, **more):
        made = uuid7()
        values = {"name": "Grade 2A", "year": TODAY.year, "capacity": capacity} | more
        sql.execute(
            "INSERT INTO class_group (school_id, id, name, sort_key, year, capacity) VALUES (1, %s, %s, %s, %s, %s)",
            (made, values["name"], str(made), values["year"], values["capacity"]),
        )
        return made

    return make


def people(sql):
    return dict(
        sql.execute("SELECT name, kind FROM person WHERE school_id = 1 AND created_at > now() - interval '1 minute'").fetchall()
    )


def test_a_lead_becomes_a_learner_and_a_guardian(owner, lead, form, row, sql, events):
    made = lead(consent_at=AGREED, child_birth_date="2019-03-04", next_step="Call", next_due_on="2030-01-01", language="zu")
    given = form(made)
    assert (given["first_name"], given["last_name"], given["birth_date"]) == ("Karabo", "Mahlangu", "2019-03-04")
    assert given["guardian_name"] == "Palesa Mahlangu"
    answer = owner.post(f"{BASE}/{made}/convert", {**given, "relation": "mother"})
    assert answer.location == f"{BASE}/{made}"
    found = row(made)
    assert (found["stage"], found["consent_at"], found["next_due_on"]) == ("enrolled", AGREED, None)
    learner = sql.execute(
        "SELECT p.name, l.birth_date, l.status FROM learner l JOIN person p USING (school_id, id) WHERE id = %s",
        (found["learner_id"],),
    ).fetchone()
    assert learner == ("Karabo Mahlangu", dt.date(2019, 3, 4), "enrolled")
    guardian = sql.execute("SELECT name, email, phone, language FROM person WHERE id = %s", (found["guardian_id"],)).fetchone()
    assert guardian == ("Palesa Mahlangu", "palesa@example.org", "+27825550199", "zu")
    tie = sql.execute("SELECT relation, may_collect FROM guardianship WHERE learner_id = %s", (found["learner_id"],)).fetchall()
    assert tie == [("mother", True)]
    assert [kind for kind, _ in events(made)] == ["created", "converted", "stage"]
    page = owner.get(f"{BASE}/{made}")
    assert "Became the learner Karabo Mahlangu, with the parent or guardian Palesa Mahlangu" in page.main
    assert page.links()["Karabo Mahlangu"] == f"/people/{found['learner_id']}"


def test_a_guardian_with_the_address_is_used_and_not_doubled(owner, lead, form, row, sql, cast):
    known = add_person(sql, cast.thaba.id, "Mrs Mahlangu", "guardian", "palesa@example.org")
    add_person(sql, cast.karoo.id, "Somebody of Karoo", "guardian", "palesa@example.org")
    made = lead()
    page = owner.get(f"{BASE}/{made}/convert")
    assert "The school has somebody with this address or number." in page.main
    assert "Somebody of Karoo" not in page.main
    assert page.form()["guardian"] == str(known)
    owner.post(f"{BASE}/{made}/convert", page.form())
    assert row(made)["guardian_id"] == known
    assert sql.execute("SELECT count(*) FROM person WHERE email = 'palesa@example.org' AND school_id = 1").fetchone() == (1,)


def test_a_learner_of_the_same_name_is_offered(owner, lead, row, sql, cast):
    sql.execute("UPDATE person SET sort_key = 'zungu thandeka' WHERE id = %s", (cast.thaba.student.person_id,))
    made = lead(child_name="Thandeka Zungu")
    student = str(cast.thaba.student.person_id)
    page = owner.get(f"{BASE}/{made}/convert")
    assert student in page.text
    form = page.form()
    assert (form["learner"], "may_collect" in form, "hears_billing" in form) == ("new", False, False), (
        "anybody can write a name"
    )
    unsure = owner.post(f"{BASE}/{made}/convert", {**form, "learner": student})
    problem = "Make sure that this person is a parent or guardian of the learner, and tick the box"
    assert (unsure.status, unsure.problems) == (422, [problem])
    owner.post(f"{BASE}/{made}/convert", {**unsure.form(), "sure": "y"})
    assert row(made)["learner_id"] == cast.thaba.student.person_id
    assert people(sql)["Palesa Mahlangu"] == "guardian"
    assert sql.execute("SELECT may_collect FROM guardianship WHERE learner_id = %s AND guardian_id = %s",
        (student, row(made)["guardian_id"])).fetchone() == (False,)  # fmt: skip


def test_somebody_the_school_knows_is_offered_with_the_learner_of_that_name(owner, lead, sql, cast):
    add_person(sql, cast.thaba.id, "Mrs Mahlangu", "guardian", "palesa@example.org")
    sql.execute("UPDATE person SET sort_key = 'zungu thandeka' WHERE id = %s", (cast.thaba.student.person_id,))
    form = owner.get(f"{BASE}/{lead(child_name='Thandeka Zungu')}/convert").form()
    assert (form["learner"], "may_collect" in form) == (str(cast.thaba.student.person_id), True)


def test_a_class_gives_a_place_and_a_full_one_a_place_on_its_list(owner, lead, form, row, sql, group):
    small = group(1)
    for name, state in (("Anna Nel", "active"), ("Ben Nel", "waiting")):
        made = lead(f"Parent of {name}", email=f"{name[0]}@example.org", phone=None, child_name=name)
        owner.post(f"{BASE}/{made}/convert", {**form(made), "class_id": str(small), "starts_on": TODAY.isoformat()})
        place = sql.execute("SELECT state FROM enrolment WHERE learner_id = %s", (row(made)["learner_id"],)).fetchall()
        assert place == [(state,)]
    assert "Ben Nel is on its waiting list." in " ".join(owner.get(f"{BASE}/").banners)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"first_name": ""}, "Enter the first names"),
        ({"last_name": ""}, "Enter the surname"),
        ({"guardian_name": ""}, "Enter the full name"),
        ({"learner": str(uuid7())}, "Choose whose place it is"),
        ({"guardian": str(uuid7())}, "Choose the parent or guardian"),
        ({"class_id": str(uuid7())}, "Choose a class"),
        ({"birth_date": "2099-01-01"}, "Enter a day that has been"),
    ],
)
def test_errors_keep_what_was_typed_and_make_nobody(owner, lead, form, row, sql, change, problem):
    made = lead()
    before = sql.execute("SELECT count(*) FROM person").fetchone()
    page = owner.post(f"{BASE}/{made}/convert", {**form(made), "number": "77", **change})
    assert (page.status, page.problems) == (422, [problem])
    assert page.form()["number"] == "77"
    assert sql.execute("SELECT count(*) FROM person").fetchone() == before
    assert row(made)["stage"] == "new"


def test_a_number_that_somebody_has_is_refused(owner, lead, form, sql, cast):
    sql.execute("UPDATE learner SET number = '77' WHERE id = %s", (cast.thaba.student.person_id,))
    made = lead()
    page = owner.post(f"{BASE}/{made}/convert", {**form(made), "number": "77"})
    assert page.problems == ["Thandeka Zungu has this learner number"]
    assert "Palesa Mahlangu" not in people(sql), "nobody is left behind"


def test_twice_makes_nobody_twice(owner, lead, form, row, sql):
    made = lead()
    given = form(made)
    owner.post(f"{BASE}/{made}/convert", given)
    learner = row(made)["learner_id"]
    assert owner.post(f"{BASE}/{made}/convert", given).status == 303
    assert row(made)["learner_id"] == learner
    assert sql.execute("SELECT count(*) FROM person WHERE name = 'Karabo Mahlangu'").fetchone() == (1,)
    assert "This lead became a learner already." in owner.get(f"{BASE}/{made}").banners


def test_an_archived_lead_is_brought_back_first(owner, lead, form, row):
    made = lead(stage="archived", archived_from="new")
    owner.post(f"{BASE}/{made}/convert", {**form(made)})
    assert row(made)["learner_id"] is None
    assert "This lead is archived. Bring it back first." in owner.get(f"{BASE}/{made}").banners


def test_leads_that_were_merged_into_it_lead_to_the_people_too(owner, lead, form, row):
    made = lead()
    other = lead(merged_into=made)
    owner.post(f"{BASE}/{made}/convert", form(made))
    assert row(other)["learner_id"] == row(made)["learner_id"] is not None
