"""A lead: entered by hand, edited, answered, planned, assigned; its page in plain words, and what was typed is never lost."""

import datetime as dt
import threading

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import ProgrammingError

from app.domain.leads.records import NewLead, add_lead
from app.models.lead import LeadEvent, Source
from app.tenancy.doors import acting_for, outside
from tests.leads.conftest import BASE, BY

GIVEN = {
    "name": "Lerato  Moloi", "email": "Lerato@Example.org", "phone": "082 555 0101", "language": "zu", "source": "phone",
    "child_name": "Thabo Moloi", "child_grade": "Grade R", "child_birth_date": "2020-05-01",
    "message": "Is there a place?\r\nWe move in June.", "consented": "y",
}  # fmt: skip


def ids(sql):
    return [each for (each,) in sql.execute("SELECT id FROM lead ORDER BY id").fetchall()]


def test_somebody_who_calls_is_entered_by_hand(owner, row, sql, events):
    form = owner.get(f"{BASE}/new").form()
    answer = owner.post(f"{BASE}/new", {**form, **GIVEN})
    (made,) = ids(sql)
    assert (answer.status, answer.location) == (303, f"{BASE}/{made}")
    found = row(made)
    assert (found["name"], found["email"], found["phone"]) == ("Lerato Moloi", "lerato@example.org", "+27825550101")
    assert (found["language"], found["source"], found["stage"]) == ("zu", "phone", "new")
    assert found["child_birth_date"] == dt.date(2020, 5, 1)
    assert found["message"] == "Is there a place?\nWe move in June."
    assert found["consent_at"] is not None
    assert events(made) == [("created", {"source": "phone", "origin": ""})]
    actions = [a for (a,) in sql.execute("SELECT action FROM audit_event WHERE target_id = %s", (str(made),)).fetchall()]
    assert actions == ["leads.add"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": ""}, "Enter the name of whoever asks"),
        ({"email": "", "phone": ""}, "Enter an email address or a phone number"),
        ({"email": "nowhere"}, "Enter an email address in the form name@example.com"),
        ({"phone": "12"}, "Enter a phone number like 082 555 0101 or +27 82 555 0101"),
        ({"child_birth_date": "May 2020"}, "Enter a day, like 2027-03-31"),
        ({"child_birth_date": "2099-01-01"}, "Enter a day that has been"),
        ({"name": "x" * 101}, "Too long: at most 100 characters"),
    ],
)
def test_errors_keep_what_was_typed(owner, sql, change, problem):
    form = owner.get(f"{BASE}/new").form()
    page = owner.post(f"{BASE}/new", {**form, **GIVEN, **change})
    assert (page.status, page.problems) == (422, [problem])
    kept = page.form()
    assert kept["submission_key"] == form["submission_key"]
    assert (kept["child_name"], kept["language"], kept["consented"]) == ("Thabo Moloi", "zu", "y")
    for name, value in change.items():
        assert kept[name] == value
    assert ids(sql) == []


def test_a_source_that_a_person_cannot_choose_is_refused(owner, sql):
    assert owner.post(f"{BASE}/new", {**GIVEN, "source": "form"}).status == 422
    assert ids(sql) == []


def test_a_form_sent_twice_makes_one_lead(owner, sql):
    form = owner.get(f"{BASE}/new").form()
    first = owner.post(f"{BASE}/new", {**form, **GIVEN})
    second = owner.post(f"{BASE}/new", {**form, **GIVEN})
    assert first.location == second.location
    assert len(ids(sql)) == 1
    assert sql.execute("SELECT count(*) FROM lead_event").fetchone() == (1,)


def test_of_many_at_once_with_one_key_there_is_one_lead(app, sql):
    made, errors = [], []
    gate = threading.Barrier(6)

    def send():
        try:
            with app.app_context(), outside(), acting_for(1) as session:
                gate.wait()
                new = NewLead(name="Anna", source=Source.FORM, language="en", email="a@example.org", submission_key="once")
                made.append(add_lead(new, by=BY).id)
                session.commit()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []
    assert len(made) == 6
    assert len(set(made)) == 1
    assert sql.execute("SELECT count(*) FROM lead").fetchone() == (1,)
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'leads.add'").fetchone() == (1,)


def test_the_same_key_at_another_school_is_another_lead(app):
    made = set()
    for school in (1, 2):
        with outside(), acting_for(school) as session:
            made.add(add_lead(NewLead(name="A", source=Source.FORM, language="en", submission_key="k"), by=BY).id)
            session.commit()
    assert len(made) == 2


def test_somebody_who_is_there_already_is_shown_first(owner, lead, sql):
    lead("Anna Botha", email="lerato@example.org")
    form = owner.get(f"{BASE}/new").form()
    page = owner.post(f"{BASE}/new", {**form, **GIVEN})
    assert page.status == 422
    assert "Is it one of these?" in page.main
    assert "Anna Botha" in page.main
    assert owner.post(f"{BASE}/new", page.form()).status == 303
    assert len(ids(sql)) == 2


def test_an_edit_says_what_was_before(owner, lead, row):
    made = lead()
    form = owner.get(f"{BASE}/{made}/edit").form()
    assert "consented" not in form
    assert owner.post(f"{BASE}/{made}/edit", form).status == 303
    assert "Nothing was changed." in owner.get(f"{BASE}/{made}").banners
    owner.post(f"{BASE}/{made}/edit", {**form, "phone": "083 555 0102", "language": "af"})
    assert (row(made)["phone"], row(made)["source"]) == ("+27835550102", "form")
    page = owner.get(f"{BASE}/{made}")
    assert "Changed: Language, Phone number" in page.main
    assert "Phone number was: +27825550199" in page.main
    assert "Language was: English" in page.main


def test_of_two_who_edit_the_second_sees_what_the_first_has_saved(owner, lead, row):
    made = lead()
    address = f"{BASE}/{made}/edit"
    first, second = owner.get(address).form(), owner.get(address).form()
    owner.post(address, {**first, "email": "right@example.org"})
    page = owner.post(address, {**second, "child_grade": "Grade 3"})
    assert page.status == 409
    assert "right@example.org" in page.main
    assert page.form()["child_grade"] == "Grade 3"
    assert row(made)["email"] == "right@example.org"
    owner.post(address, {**page.form(), "email": "right@example.org"})
    assert (row(made)["email"], row(made)["child_grade"]) == ("right@example.org", "Grade 3")


def test_the_first_answer_ends_the_wait_and_the_next_does_not_move_it(owner, lead, row, sql):
    made = lead(created_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=3))
    assert "they have waited for 3 hours" in owner.get(f"{BASE}/{made}").main
    owner.post(f"{BASE}/{made}/replies", {"how": "phone", "said": "They visit on Friday"})
    first = row(made)
    assert (first["stage"], first["replied_at"] is not None) == ("contacted", True)
    page = owner.get(f"{BASE}/{made}")
    assert "Answered: By telephone" in page.main
    assert "They visit on Friday" in page.main
    assert "Time to the first answer3 hours" in page.main.replace("answer 3", "answer3")
    owner.post(f"{BASE}/{made}/replies", {"how": "email"})
    assert row(made)["replied_at"] == first["replied_at"]


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ({"seconds": 59}, "0 minutes"),
        ({"minutes": 59, "seconds": 59}, "59 minutes"),
        ({"minutes": 60}, "1 hour"),
        ({"hours": 1, "minutes": 50}, "2 hours"),
        ({"hours": 47}, "47 hours"),
        ({"hours": 70}, "3 days"),
    ],
)
def test_how_long_somebody_waited_is_said_in_the_nearest_unit(owner, lead, time, said):
    now = dt.datetime.now(dt.UTC)
    made = lead(created_at=now - dt.timedelta(**time), replied_at=now)
    assert f"Time to the first answer{said}" in owner.get(f"{BASE}/{made}").main.replace("answer ", "answer")


def test_a_step_of_a_lead_that_is_enrolled_can_be_ended(owner, lead, row):
    made = lead(stage="enrolled", next_step="Call", next_due_on="2026-01-02")
    assert "It is done" in owner.get(f"{BASE}/{made}").main
    owner.post(f"{BASE}/{made}/step/done")
    assert row(made)["next_due_on"] is None
    assert "It is done" not in owner.get(f"{BASE}/{made}").main


def test_a_next_step_is_planned_done_and_told(owner, lead, row):
    made = lead()
    page = owner.post(f"{BASE}/{made}/step", {"step": "", "due": "2030-01-15"})
    assert page.problems == ["Enter what is to be done by that day"]
    assert page.form(f"{BASE}/{made}/step")["due"] == "2030-01-15"
    page = owner.post(f"{BASE}/{made}/step", {"step": "Call", "due": "soon"})
    assert (page.status, page.form(f"{BASE}/{made}/step")["step"]) == (422, "Call")
    owner.post(f"{BASE}/{made}/step", {"step": "Call the mother", "due": "2030-01-15"})
    assert (row(made)["next_step"], row(made)["next_due_on"]) == ("Call the mother", dt.date(2030, 1, 15))
    assert "Next step by 15 Jan 2030: Call the mother" in owner.get(f"{BASE}/{made}").main
    owner.post(f"{BASE}/{made}/step/done")
    assert (row(made)["next_step"], row(made)["next_due_on"]) == ("", None)
    assert "The next step is done" in owner.get(f"{BASE}/{made}").main


def test_a_note_stands_in_the_history_and_an_empty_one_does_not(owner, lead):
    made = lead()
    assert owner.post(f"{BASE}/{made}/notes", {"text": "  "}).problems == ["Enter a note"]
    owner.post(f"{BASE}/{made}/notes", {"text": "Has <b>two</b> cats"})
    page = owner.get(f"{BASE}/{made}")
    assert "Has <b>two</b> cats" in page.main
    assert "Nomvula Khumalo" in page.main


def test_a_colleague_looks_after_a_lead(owner, lead, row, cast):
    made = lead()
    owner.post(f"{BASE}/{made}/owner", {"owner": str(cast.thaba.teacher.person_id)})
    assert row(made)["owner_id"] == cast.thaba.teacher.person_id
    assert "Lerato Dlamini looks after the lead" in owner.get(f"{BASE}/{made}").main
    for nobody_of_ours in (cast.karoo.teacher.person_id, cast.thaba.guardian.person_id, "x"):
        page = owner.post(f"{BASE}/{made}/owner", {"owner": str(nobody_of_ours)})
        assert page.problems == ["Choose somebody of the staff"]
    owner.post(f"{BASE}/{made}/owner", {"owner": ""})
    assert row(made)["owner_id"] is None


def test_the_page_says_where_a_lead_came_from(owner, lead):
    utm = {"source": "newsletter", "medium": "email", "campaign": "open-day"}
    page = owner.get(f"{BASE}/{lead(utm=utm)}")
    for said in (
        "Enquiry form",
        "www.example.org",
        "newsletter",
        "open-day",
        "The lead came: Enquiry form, from www.example.org",
    ):
        assert said in page.main


def test_hostile_texts_are_shown_as_text(owner, lead):
    attack = "<script>alert(1)</script>"
    made = lead(attack, child_name=attack, message=attack, origin=attack, utm={"source": attack}, next_step=attack)
    for path in ("/", "/board", f"/{made}", f"/{made}/edit", f"/{made}/convert", f"/{made}/archive"):
        assert attack not in owner.get(f"{BASE}{path}").text, path


def test_they_want_no_more_messages_and_then_again(owner, lead, row):
    made = lead()
    owner.post(f"{BASE}/{made}/unsubscribe")
    assert row(made)["unsubscribed_at"] is not None
    assert "they asked the school not to write" in owner.get(f"{BASE}/{made}").main
    owner.post(f"{BASE}/{made}/subscribe")
    assert row(made)["unsubscribed_at"] is None


def test_history_is_append_only_for_the_school(app, lead, sql):
    made = lead()
    for statement in (update(LeadEvent).values(kind="note"), delete(LeadEvent)):
        with outside(), acting_for(1) as session, pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(statement.where(LeadEvent.lead_id == made))


def test_the_page_leads_to_what_was_and_will_be_written_to_them(owner, lead):
    address = "/marketing/outbox/?q=palesa%40example.org"
    assert f'href="{address}"' in owner.get(f"{BASE}/{lead()}").text
    assert owner.get(address).status == 200
