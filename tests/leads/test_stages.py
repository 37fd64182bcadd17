"""The table of stages: what it allows happens, and nothing else, by every way that leads to a change."""

import pytest

from app.domain.leads import hooks, stages
from app.domain.leads.records import lead_for_change
from app.models.lead import Stage
from tests.leads.conftest import BASE, BY

EVERY = [stage.value for stage in Stage]
PAIRS = [(old, new) for old in EVERY for new in EVERY]


def arranged(lead, stage):
    return lead(stage=stage, archived_from="contacted" if stage == "archived" else None)


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_a_change_of_stage_happens_exactly_where_the_table_allows_it(here, lead, row, old, new):
    made = arranged(lead, old)
    allowed = new == "contacted" if old == "archived" else new in stages.ALLOWED[old]
    with here():
        held = lead_for_change(made)
        try:
            stages.change(held, new, by=BY)
            happened = True
        except stages.NotFromHere:
            happened = False
    assert happened == allowed == stages.may_follow(old, new, "contacted" if old == "archived" else None)
    assert row(made)["stage"] == (new if allowed else old)


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_the_address_of_a_change_goes_by_the_same_table(owner, lead, row, events, old, new):
    made = arranged(lead, old)
    owner.post(f"{BASE}/{made}/stage", {"stage": new})
    by_hand = old != new and new in stages.BY_HAND and old != "archived" and new in stages.ALLOWED[old]
    assert row(made)["stage"] == (new if by_hand else old)
    assert [kind for kind, _ in events(made)] == (["created", "stage"] if by_hand else ["created"])


def test_every_stage_but_the_archive_leads_on_and_none_to_itself():
    assert set(stages.ALLOWED) == set(EVERY) == set(stages.STAGES)
    assert all(old not in following for old, following in stages.ALLOWED.items())
    assert all("archived" in following for old, following in stages.ALLOWED.items() if old != "archived")


def test_a_stage_that_nobody_knows_changes_nothing(owner, lead, row):
    made = lead()
    assert owner.post(f"{BASE}/{made}/stage", {"stage": "won"}).status == 303
    assert row(made)["stage"] == "new"


def test_who_wants_to_hear_of_stages_does(here, lead, monkeypatch):
    heard = []
    monkeypatch.setattr(hooks, "_stage", [lambda session, lead, old, new: heard.append((lead.id, old, new))])
    made = lead()
    with here():
        stages.move(lead_for_change(made), "contacted", by=BY)
        stages.move(lead_for_change(made), "contacted", by=BY)
    assert heard == [(made, "new", "contacted")]


def test_the_archive_keeps_the_reason_and_gives_the_stage_back(owner, lead, row):
    made = lead(stage="trial", next_step="Call", next_due_on="2030-01-01")
    assert owner.post(f"{BASE}/{made}/archive", {"why": " "}).problems == ["Enter a reason"]
    owner.post(f"{BASE}/{made}/archive", {"why": "Moved to Durban"})
    found = row(made)
    assert (found["stage"], found["archived_from"], found["archived_why"]) == ("archived", "trial", "Moved to Durban")
    assert (found["next_step"], found["next_due_on"]) == ("", None)
    assert "Archived: Moved to Durban" in owner.get(f"{BASE}/{made}").main
    owner.post(f"{BASE}/{made}/bring-back")
    found = row(made)
    assert (found["stage"], found["archived_from"], found["archived_why"]) == ("trial", None, None)


def test_the_board_works_without_a_script(owner, lead, row):
    made = lead()
    lead("Ben Nel", stage="enrolled")
    page = owner.get(f"{BASE}/board")
    form = page.form(f"{BASE}/{made}/stage")
    assert (form["stage"], form["back"]) == ("new", "board")
    options = [o.get("value") for o in page.one("select", id=f"to-{made}").iter() if o.get("value")]
    assert options == ["new", "contacted", "appointment", "trial"]
    answer = owner.post(f"{BASE}/{made}/stage", {**form, "stage": "appointment"})
    assert (answer.status, answer.location) == (303, f"{BASE}/board")
    assert row(made)["stage"] == "appointment"
    assert "Palesa Mahlangu is now in “Appointment made”." in owner.get(f"{BASE}/board").banners
    cards = [e for e in owner.get(f"{BASE}/board").all("li") if "lead-card" in (e.get("class") or "")]
    assert [card.get("data-moves") for card in cards] == ["contacted trial", None]


def test_a_column_shows_the_newest_and_leads_to_the_rest(owner, lead):
    for number in range(14):
        lead(f"Lead {number:02}")
    page = owner.get(f"{BASE}/board")
    assert "Lead 13" in page.main
    assert "Lead 01" not in page.main
    assert page.links()["2 more"] == f"{BASE}/?stage=new"
