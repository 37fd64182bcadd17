"""Templates: what is checked when one is saved, how it reads for a real lead, and what stays of what was sent."""

from __future__ import annotations

import pytest

from app.domain.leads import stages
from tests.follow_ups.conftest import EMAIL

LIST, NEW = "/marketing/templates/", "/marketing/templates/new"
GOOD = {
    "name": "First answer", "occasion": "stage", "stage": "new", "subject_en": "Welcome, {name}",
    "body_en": "Dear {name}\r\n\r\nThank you for asking about {child}.", "subject_zu": "Siyakwamukela", "body_zu": "Sawubona {name}",
}  # fmt: skip


@pytest.fixture
def made(owner, sql):
    """The address of a template that was just written."""
    answer = owner.post(NEW, GOOD)
    assert answer.status == 303
    return answer.location


def test_it_is_the_owners_alone(browser, cast):
    assert browser.as_(cast.thaba.admin).get(LIST).status == 403
    assert browser.as_(cast.thaba.admin).get(NEW).status == 403


def test_no_templates_says_what_to_do(owner):
    page = owner.get(LIST)
    assert "Follow-ups are templates that a person sends" in page.main
    assert page.links()["Write a template"] == NEW


def test_a_template_is_written_and_stands_in_the_list(sql, owner, made):
    assert "First answer" in owner.get(LIST).main
    assert "At once: New" in owner.get(LIST).main
    body = sql.execute("SELECT body->>'en' FROM follow_up_template").fetchone()[0]
    assert body == "Dear {name}\n\nThank you for asking about {child}."
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'follow_ups.add_template'").fetchone() == (1,)


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"name": ""}, ["Enter a name"]),
        ({"occasion": "never"}, ["Choose when it is made"]),
        ({"stage": "archived"}, ["Choose a stage"]),
        ({"occasion": "days", "days": ""}, ["Enter a number of days from 1 to 365"]),
        ({"occasion": "days", "days": "soon"}, ["Enter a number of days from 1 to 365"]),
        ({"occasion": "days", "days": "366"}, ["Enter a number of days from 1 to 365"]),
        ({"subject_en": ""}, ["Enter a subject"]),
        ({"body_zu": ""}, ["Enter a text"]),
        ({"subject_en": "", "body_en": "", "subject_zu": "", "body_zu": ""}, ["Enter a subject", "Enter a text"]),
        ({"subject_af": "Welkom"}, ["Enter a text"]),
        ({"subject_en": "x" * 201}, ["Too long: at most 200 characters"]),
        (
            {"body_zu": "Sawubona {igama}"},
            ["There is no place called {igama}. The places that there are stand below the form."],
        ),
    ],
)
def test_what_is_wrong_is_said_on_the_field_and_nothing_is_lost(sql, owner, changes, problems):
    page = owner.post(NEW, GOOD | changes)
    assert page.status == 422
    assert page.problems == problems
    typed = {name: value for name, value in (GOOD | changes).items() if value and name not in ("occasion", "stage")}
    assert typed.items() <= {name: value.replace("\n", "\r\n") for name, value in page.form().items()}.items()
    assert sql.execute("SELECT count(*) FROM follow_up_template").fetchone() == (0,)


def test_an_unknown_place_is_an_error_on_the_field_that_names_it(owner):
    page = owner.post(NEW, GOOD | {"body_en": "Dear {nmae}"})
    box = page.one("textarea", id="body_en")
    assert box.get("aria-invalid") == "true"
    assert page.one("textarea", id="body_zu").get("aria-invalid") is None


def test_days_that_are_not_asked_for_do_not_matter(sql, owner):
    assert owner.post(NEW, GOOD | {"days": "soon"}).status == 303
    assert owner.post(NEW, GOOD | {"occasion": "step", "stage": "", "days": ""}).status == 303
    assert owner.post(NEW, GOOD | {"occasion": "days", "days": "3"}).status == 303
    rows = sql.execute("SELECT occasion, stage, days FROM follow_up_template ORDER BY created_at").fetchall()
    assert rows == [("stage", "new", 0), ("step", None, 0), ("days", "new", 3)]


def test_a_language_that_is_missing_and_a_place_that_only_one_has_are_warnings(owner, made):
    page = owner.get(made)
    assert "There is no text in Afrikaans. People who speak it get another language." in page.main
    assert "The text in isiZulu does not have {child}, which another language has." in page.main


def test_the_form_says_what_people_get_of_a_language_that_is_empty(owner):
    assert "If you leave this empty, people who speak Afrikaans get the text in isiZulu." in owner.get(NEW).main


def test_it_is_shown_as_it_reads_for_a_real_lead(owner, made, lead):
    assert "As soon as there is a lead" in owner.get(made).main
    lead()
    other = lead(name="Pieter <b>", language="af", child_name="", email="p@example.org")
    page = owner.get(f"{made}?lead={other}")
    assert "Sawubona Pieter <b>" in page.main
    assert "not their own language" in page.main
    assert owner.get(f"{made}?lead=01890000-0000-7000-8000-000000000000").status == 404


def test_the_child_without_a_name_is_your_child(owner, made, lead):
    made_lead = lead(child_name="")
    assert "asking about your child." in owner.get(f"{made}?lead={made_lead}").main


def test_a_change_counts_and_what_waits_says_the_new_words(sql, owner, made, lead):
    lead()
    form = owner.get(f"{made}/edit").form()
    owner.post(f"{made}/edit", form | {"body_en": "Dear {name}, something else"})
    assert sql.execute("SELECT revision FROM follow_up_template").fetchone() == (2,)
    (item,) = sql.execute("SELECT id FROM follow_up").fetchone()
    assert "something else" in owner.get(f"/marketing/outbox/{item}").main
    owner.post(f"{made}/edit", owner.get(f"{made}/edit").form())
    assert sql.execute("SELECT revision FROM follow_up_template").fetchone() == (2,)


def test_two_who_change_it_at_once_do_not_lose_a_word(sql, owner, made):
    form = owner.get(f"{made}/edit").form()
    owner.post(f"{made}/edit", form | {"body_en": "The first"})
    page = owner.post(f"{made}/edit", form | {"body_en": "The second"})
    assert page.status == 409
    assert "The first" in page.main
    assert "The second" in page.text
    assert owner.post(f"{made}/edit", page.form()).status == 303
    assert sql.execute("SELECT body->>'en' FROM follow_up_template").fetchone() == ("The second",)


def test_what_was_sent_keeps_its_words_and_its_version(sql, owner, made, lead, mailserver, work_off):
    lead()
    (item,) = sql.execute("SELECT id FROM follow_up").fetchone()
    page = f"/marketing/outbox/{item}"
    owner.post(f"{page}/approve", owner.get(page).form(f"{page}/approve"))
    work_off()
    assert mailserver.to(EMAIL)
    owner.post(f"{made}/edit", owner.get(f"{made}/edit").form() | {"body_en": "Quite different", "subject_en": "Other"})
    shown = owner.get(page).main
    assert "Thank you for asking about Zanele." in shown
    assert "version 1" in shown
    assert owner.get(made).links()["Version 1"] == page


def test_a_retired_one_makes_nothing_more_until_it_is_used_again(sql, owner, made, lead):
    owner.post(f"{made}/retire")
    lead()
    assert sql.execute("SELECT count(*) FROM follow_up").fetchone() == (0,)
    assert "Retired" in owner.get(LIST).main
    owner.post(f"{made}/use")
    lead(email="other@example.org")
    assert sql.execute("SELECT count(*) FROM follow_up").fetchone() == (1,)


def test_another_schools_is_not_there(browser, cast, made):
    other = browser.as_(cast.karoo.owner)
    for path in (made, f"{made}/edit"):
        assert other.get(path).status == 404
    for verb in ("retire", "use", "edit"):
        assert other.post(f"{made}/{verb}").status == 404


def _of_leads(sql):
    """What each lead is told, by its name."""
    found = "SELECT l.name, f.state, f.dropped FROM follow_up f JOIN lead l ON l.id = f.lead_id ORDER BY f.created_at, f.id"
    return sql.execute(found).fetchall()


def test_another_stage_speaks_to_nobody_who_has_stood_there_for_long(sql, owner, made, lead, change, work_off, by):
    sql.execute("UPDATE follow_up_template SET active_at = now() - interval '200 days'")
    waits, stood = lead(name="Waits"), lead(name="Stood", email="stood@example.org")
    sql.execute("DELETE FROM follow_up WHERE lead_id = %s", (stood,))
    sql.execute("UPDATE lead SET stage = 'contacted', stage_at = now() - interval '90 days' WHERE id = %s", (stood,))
    owner.post(f"{made}/edit", owner.get(f"{made}/edit").form() | {"stage": "contacted"})
    assert "speaks on its new occasion from now on" in owner.get(made).banners[0]
    work_off()
    assert _of_leads(sql) == [("Waits", "dismissed", "moved_on")]
    change(waits, lambda held: stages.move(held, "contacted", by=by))
    assert _of_leads(sql) == [("Waits", "open", None)]


def test_fewer_days_make_no_flood_and_move_those_that_are_still_to_come(sql, owner, lead, work_off):
    made = owner.post(NEW, GOOD | {"occasion": "days", "days": "30"}).location
    sql.execute("UPDATE follow_up_template SET active_at = now() - interval '200 days'")
    lead(name="Fresh")
    for name, days in (("Of last week", 7), ("Of long ago", 20)):
        there = lead(name=name, email=f"of{days}@example.org")
        sql.execute("UPDATE lead SET stage_at = now() - make_interval(days => %s) WHERE id = %s", (days, there))
    sql.execute("DELETE FROM follow_up WHERE lead_id IN (SELECT id FROM lead WHERE name = 'Of long ago')")
    owner.post(f"{made}/edit", owner.get(f"{made}/edit").form() | {"days": "3"})
    work_off()
    assert _of_leads(sql) == [("Fresh", "open", None), ("Of last week", "dismissed", "moved_on")]
    due = "SELECT due_at BETWEEN now() + interval '1 day' AND now() + interval '3 days' FROM follow_up WHERE state = 'open'"
    assert sql.execute(due).fetchall() == [(True,)]


def test_other_words_alone_leave_what_waits_as_it_is(sql, owner, made, lead):
    lead()
    before = sql.execute("SELECT active_at FROM follow_up_template").fetchone()
    owner.post(f"{made}/edit", owner.get(f"{made}/edit").form() | {"body_en": "Dear {name}, something else"})
    assert sql.execute("SELECT active_at FROM follow_up_template").fetchone() == before
    assert "What waits and was not edited says the new words." in owner.get(made).banners[0]
    assert sql.execute("SELECT state FROM follow_up").fetchall() == [("open",)]
