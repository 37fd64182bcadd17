"""Two leads become one: suggested, previewed, nothing lost, the history of both kept."""

import datetime as dt

import pytest

from app.domain.leads import hooks
from tests.cast import add_person
from tests.leads.arranged import a_lead, an_event
from tests.leads.conftest import BASE

EARLY = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC)
LATE = dt.datetime(2026, 2, 5, 8, tzinfo=dt.UTC)


@pytest.fixture
def two(lead, sql, cast):
    """The one that stays came later, by telephone, and is further; the other one first, by the form."""
    other = lead(
        "P. Mahlangu", phone=None, created_at=EARLY, source="form", utm={"campaign": "open-day"}, message="First question",
        replied_at=EARLY, consent_at=EARLY, unsubscribed_at=EARLY, next_step="Call", next_due_on="2030-01-02",
    )  # fmt: skip
    kept = lead(
        email="palesa@example.org", created_at=LATE, source="phone", origin="", stage="appointment", child_grade="",
        message="Second question", replied_at=LATE, next_step="Visit", next_due_on="2030-01-09",
    )  # fmt: skip
    an_event(sql, cast.thaba, other, "note", {"text": "Has two cats"})
    an_event(sql, cast.thaba, kept, "note", {"text": "Has a dog"})
    return kept, other


def test_the_same_address_is_suggested(owner, two):
    kept, other = two
    page = owner.get(f"{BASE}/{kept}")
    assert "the lead of P. Mahlangu have the same address or number" in page.main
    assert page.links()["Compare and merge"] == f"{BASE}/{kept}/merge?other={other}"
    assert "P. Mahlangu" in owner.get(f"{BASE}/{kept}/merge").main


def test_another_one_is_found_by_a_search(owner, two, lead):
    kept, _ = two
    somebody = lead("Anna Botha", email="anna@example.org", phone=None)
    assert f"?other={somebody}" in owner.get(f"{BASE}/{kept}/merge?q=botha").text


def test_the_preview_shows_what_comes_out_and_changes_nothing(owner, two, row):
    kept, other = two
    before = row(kept), row(other)
    page = owner.get(f"{BASE}/{kept}/merge?other={other}")
    assert [e.get("name") for e in page.all("input", type="radio", value="kept")] == ["name", "message"]
    result = page.main.partition("What comes out")[2]
    assert "Palesa Mahlangu" in result
    assert "Second question" in result
    assert "Grade 2" in result, "the one that stays has none: the other's fills the gap"
    assert "5 Jan 2026" in result
    assert "Enquiry form" in result, "the first touch counts"
    other_way = owner.get(f"{BASE}/{kept}/merge?other={other}&name=other&message=other").main.partition("What comes out")[2]
    assert "P. Mahlangu" in other_way
    assert "First question" in other_way
    assert (row(kept), row(other)) == before


def test_a_merge_takes_the_best_of_both_and_loses_nothing(owner, two, row, events):
    kept, other = two
    page = owner.get(f"{BASE}/{kept}/merge?other={other}&message=other")
    answer = owner.post(f"{BASE}/{kept}/merge?other={other}", page.form())
    assert answer.location == f"{BASE}/{kept}"
    found = row(kept)
    assert (found["name"], found["message"], found["child_grade"]) == ("Palesa Mahlangu", "First question", "Grade 2")
    assert (found["created_at"], found["source"], found["utm"]) == (EARLY, "form", {"campaign": "open-day"})
    assert (found["replied_at"], found["consent_at"], found["unsubscribed_at"]) == (EARLY, EARLY, EARLY)
    assert (found["stage"], found["next_step"]) == ("appointment", "Call")
    assert found["phone"] == "+27825550199"
    gone = row(other)
    assert (gone["merged_into"], gone["name"], gone["next_due_on"]) == (kept, "P. Mahlangu", None)
    kind, details = events(kept)[-1]
    assert (kind, details["left"]) == ("merged", {"name": "P. Mahlangu", "message": "Second question"})
    page = owner.get(f"{BASE}/{kept}")
    for said in ("Has two cats", "Has a dog", "The lead of P. Mahlangu became part of this one", "What they asked was: Second"):
        assert said in page.main


def test_the_one_that_was_merged_leads_to_the_one_that_stays(owner, two):
    kept, other = two
    owner.post(f"{BASE}/{kept}/merge", {"other": str(other)})
    assert owner.get(f"{BASE}/{other}").location == f"{BASE}/{kept}"
    assert owner.get(f"{BASE}/{other}/edit").status == 404
    assert owner.post(f"{BASE}/{kept}/merge", {"other": str(other)}).status == 404, "twice changes nothing"


def test_a_chain_of_merges_is_one_history(owner, two, lead, row):
    kept, other = two
    last = lead("Third", email="third@example.org")
    owner.post(f"{BASE}/{kept}/merge", {"other": str(other)})
    owner.post(f"{BASE}/{last}/merge", {"other": str(kept)})
    assert row(other)["merged_into"] == row(kept)["merged_into"] == last
    assert "Has two cats" in owner.get(f"{BASE}/{last}").main


def test_with_itself_with_another_schools_and_with_nobody_is_not_found(owner, two, sql, cast):
    kept, _ = two
    theirs = a_lead(sql, cast.karoo)
    for other in (kept, theirs, "01890000-0000-7000-8000-000000000000", "x"):
        assert owner.get(f"{BASE}/{kept}/merge?other={other}").status == 404
        assert owner.post(f"{BASE}/{kept}/merge", {"other": str(other)}).status == 404


def test_two_that_became_different_learners_are_not_merged(owner, lead, row, cast, sql):
    second = add_person(sql, cast.thaba.id, "Karabo Two", "learner", None)
    one = lead(stage="enrolled", learner_id=cast.thaba.student.person_id)
    two = lead(stage="enrolled", learner_id=second)
    page = owner.post(f"{BASE}/{one}/merge", {"other": str(two)})
    assert page.status == 422
    assert "Both became learners of the school" in page.main
    assert row(two)["merged_into"] is None


def test_who_holds_something_about_both_hears_of_it_first(owner, two, monkeypatch):
    heard = []
    monkeypatch.setattr(hooks, "_merge", [lambda session, kept, other: heard.append((kept.id, other.id, other.merged_into))])
    kept, other = two
    owner.post(f"{BASE}/{kept}/merge", {"other": str(other)})
    assert heard == [(kept, other, None)]


ARCHIVED = {"stage": "archived", "archived_why": "Left", "archived_from": "enrolled"}
STEP = {"next_step": "Call", "next_due_on": "2026-01-02"}


@pytest.mark.parametrize("is_kept", [True, False], ids=["the learner's stays", "the learner's goes"])
@pytest.mark.parametrize(
    ("learners", "others", "comes_out"),
    [
        ({"stage": "enrolled"}, {"stage": "trial", **STEP}, ("enrolled", None, None)),
        (ARCHIVED, {"stage": "new", **STEP}, ("enrolled", None, None)),
        (ARCHIVED, {"stage": "archived", "archived_from": "new", "archived_why": "Left"}, ("archived", "enrolled", "Left")),
    ],
)
def test_whoever_became_a_learner_is_enrolled_and_has_no_step(owner, lead, row, cast, learners, others, comes_out, is_kept):
    one, two = lead(learner_id=cast.thaba.student.person_id, stage_at=EARLY, **learners), lead(**others)
    kept, other = (one, two) if is_kept else (two, one)
    owner.post(f"{BASE}/{kept}/merge", {"other": str(other)})
    found = row(kept)
    assert (found["stage"], found["archived_from"], found["archived_why"]) == comes_out
    assert (found["learner_id"], found["next_step"], found["next_due_on"]) == (cast.thaba.student.person_id, "", None)
    if comes_out[0] == "enrolled":
        assert found["stage_at"] == EARLY
    owner.post(f"{BASE}/{kept}/bring-back")
    assert row(kept)["stage"] == "enrolled"


def test_an_enrolled_lead_without_a_learner_has_no_step_either(owner, lead, row):
    kept, other = lead(stage="contacted", **STEP), lead(stage="enrolled")
    owner.post(f"{BASE}/{kept}/merge", {"other": str(other)})
    assert (row(kept)["stage"], row(kept)["next_step"], row(kept)["next_due_on"]) == ("enrolled", "", None)


def test_what_was_typed_for_a_lead_that_was_merged_meanwhile_goes_to_the_one_that_stays(owner, two, lead, row, events):
    kept, other = two
    owner.post(f"{BASE}/{kept}/merge", {"other": str(other)})
    answer = owner.post(f"{BASE}/{other}/notes", {"text": "Called back"})
    assert answer.location == f"{BASE}/{kept}#history"
    banners = owner.get(f"{BASE}/{kept}").banners
    assert "P. Mahlangu became part of this lead." in banners
    assert "The note is added." in banners
    assert events(kept)[-1] == ("note", {"text": "Called back"})
    answer = owner.post(f"{BASE}/{other}/replies", {"how": "phone", "said": "They visit on Friday"})
    assert answer.location == f"{BASE}/{kept}#history"
    assert "P. Mahlangu became part of this lead." in owner.get(f"{BASE}/{kept}").banners
    assert events(kept)[-1] == ("reply", {"how": "phone", "text": "They visit on Friday"})
    page = owner.post(f"{BASE}/{other}/replies", {"how": "nowhere", "said": "They visit on Friday"})
    assert (page.status, page.form(f"{BASE}/{kept}/replies")["said"]) == (422, "They visit on Friday")
    last = lead("Third", email="third@example.org")
    owner.post(f"{BASE}/{last}/merge", {"other": str(kept)})
    assert owner.post(f"{BASE}/{other}/notes", {"text": "And again"}).location == f"{BASE}/{last}#history"
