"""Learners who come to a class, wait for it, go over and leave."""

from __future__ import annotations

import pytest

from tests.classes.arranged import add_class, add_learner, day, deeds, enrol, spells, today


@pytest.fixture
def admin(browser, cast):
    return browser.as_(cast.thaba.admin)


def test_several_learners_are_enrolled_at_once(admin, cast, sql):
    group = add_class(sql, cast.thaba)
    learners = [add_learner(sql, cast.thaba, name) for name in ("Aviwe Dlamini", "Bandile Zuma")]
    page = admin.get(f"/classes/{group}/enrol")
    assert "Aviwe Dlamini" in page.main
    admin.post(f"/classes/{group}/enrol", {"learner": [str(id) for id in learners], "on": day(1).isoformat()})
    assert [spells(sql, id) for id in learners] == [[("Grade 3B", "active", day(1), None)]] * 2
    assert "Still to come" in admin.get(f"/classes/{group}").main
    assert deeds(sql) == ["classes.enrol", "classes.enrol"]


def test_a_search_keeps_who_was_ticked_and_enrols_nobody(admin, cast, sql):
    group, chosen = add_class(sql, cast.thaba), add_learner(sql, cast.thaba, "Aviwe Dlamini")
    add_learner(sql, cast.thaba, "Bandile Zuma")
    page = admin.post(
        f"/classes/{group}/enrol", {"learner": str(chosen), "q": "zuma", "search": "yes", "on": today().isoformat()}
    )
    assert page.status == 200
    assert "Bandile Zuma" in page.main
    ticked = [box.get("value") for box in page.all("input", name="learner") if box.get("checked") is not None]
    assert ticked == [str(chosen)]
    assert spells(sql, chosen) == []


def test_somebody_has_to_be_ticked_and_a_day_entered(admin, cast, sql):
    group = add_class(sql, cast.thaba)
    page = admin.post(f"/classes/{group}/enrol", {"on": today().isoformat()})
    assert (page.status, page.problems) == (422, ["Tick at least one learner"])
    learner = add_learner(sql, cast.thaba, "Aviwe Dlamini")
    page = admin.post(f"/classes/{group}/enrol", {"learner": str(learner), "on": "soon"})
    assert (page.status, page.problems) == (422, ["Enter a day, like 2027-03-31"])


def test_once_the_class_is_full_the_others_wait(admin, cast, sql):
    group = add_class(sql, cast.thaba, capacity=1)
    first, second = (add_learner(sql, cast.thaba, name) for name in ("Aviwe Dlamini", "Bandile Zuma"))
    admin.post(f"/classes/{group}/enrol", {"learner": [str(second), str(first)], "on": today().isoformat()})
    assert spells(sql, first) == [("Grade 3B", "active", today(), None)]  # by name
    assert spells(sql, second) == [("Grade 3B", "waiting", today(), None)]
    assert "Waiting list" in admin.get(f"/classes/{group}").main


def test_a_second_register_class_of_the_year_is_refused_a_choir_is_not(admin, cast, sql):
    learner = add_learner(sql, cast.thaba, "Aviwe Dlamini")
    enrol(sql, cast.thaba, add_class(sql, cast.thaba, "Grade 3A"), learner)
    other = add_class(sql, cast.thaba, "Grade 3B")
    choir = add_class(sql, cast.thaba, "Choir", grade=None, is_register=False)
    answer = admin.post(f"/classes/{other}/enrol", {"learner": str(learner), "on": today().isoformat()})
    assert "Aviwe Dlamini is in Grade 3A already" in admin.get(answer.location).banners[0]
    admin.post(f"/classes/{choir}/enrol", {"learner": str(learner), "on": today().isoformat()})
    assert [row[0] for row in spells(sql, learner)] == ["Grade 3A", "Choir"]


def test_guardians_and_learners_of_another_school_are_not_enrolled(admin, cast, sql):
    group, foreign = add_class(sql, cast.thaba), add_learner(sql, cast.karoo, "Anna Botha")
    admin.post(
        f"/classes/{group}/enrol", {"learner": [str(foreign), str(cast.thaba.guardian.person_id)], "on": today().isoformat()}
    )
    assert sql.execute("SELECT count(*) FROM enrolment").fetchone() == (0,)


def test_a_transfer_ends_one_place_and_begins_the_other(admin, cast, sql):
    old, new = add_class(sql, cast.thaba, "Grade 3A"), add_class(sql, cast.thaba, "Grade 3B")
    add_class(sql, cast.thaba, "Choir", grade=None, is_register=False)
    learner = add_learner(sql, cast.thaba, "Aviwe Dlamini")
    place = enrol(sql, cast.thaba, old, learner)
    page = admin.get(f"/classes/places/{place}/transfer")
    assert "Choir" not in page.main
    admin.post(f"/classes/places/{place}/transfer", {"target": str(new), "on": day(2).isoformat()})
    assert spells(sql, learner) == [("Grade 3A", "active", day(-30), day(1)), ("Grade 3B", "active", day(2), None)]
    again = admin.post(f"/classes/places/{place}/transfer", {"target": str(new), "on": day(2).isoformat()})
    assert again.status == 422
    assert deeds(sql) == ["classes.transfer"]


def test_a_transfer_on_the_first_day_leaves_no_trace_of_the_old_place(admin, cast, sql):
    old, new = add_class(sql, cast.thaba, "Grade 3A"), add_class(sql, cast.thaba, "Grade 3B")
    learner = add_learner(sql, cast.thaba, "Aviwe Dlamini")
    place = enrol(sql, cast.thaba, old, learner, starts_on=today())
    admin.post(f"/classes/places/{place}/transfer", {"target": str(new), "on": today().isoformat()})
    assert spells(sql, learner) == [("Grade 3B", "active", today(), None)]


def test_nobody_goes_over_to_a_full_class(admin, cast, sql):
    old, new = add_class(sql, cast.thaba, "Grade 3A"), add_class(sql, cast.thaba, "Grade 3B", capacity=1)
    enrol(sql, cast.thaba, new, add_learner(sql, cast.thaba, "Bandile Zuma"))
    place = enrol(sql, cast.thaba, old, add_learner(sql, cast.thaba, "Aviwe Dlamini"))
    page = admin.post(f"/classes/places/{place}/transfer", {"target": str(new), "on": today().isoformat()})
    assert (page.status, page.problems) == (422, ["This class has no place left. Give it more places, or choose another."])


def test_whoever_leaves_has_a_last_day(admin, cast, sql):
    learner = add_learner(sql, cast.thaba, "Aviwe Dlamini")
    place = enrol(sql, cast.thaba, add_class(sql, cast.thaba), learner)
    early = admin.post(f"/classes/places/{place}/leave", {"on": day(-31).isoformat()})
    assert early.problems == ["The learner came to the class after that day"]
    admin.post(f"/classes/places/{place}/leave", {"on": day(5).isoformat()})
    assert spells(sql, learner) == [("Grade 3B", "active", day(-30), day(5))]


def test_a_place_that_is_free_is_offered_to_the_first_who_waits(admin, cast, sql):
    group = add_class(sql, cast.thaba, capacity=1)
    here, waits = (add_learner(sql, cast.thaba, name) for name in ("Aviwe Dlamini", "Bandile Zuma"))
    place = enrol(sql, cast.thaba, group, here)
    waiting = enrol(sql, cast.thaba, group, waits, state="waiting", starts_on=today())
    refused = admin.post(f"/classes/places/{waiting}/give", {"on": today().isoformat()})
    assert "no place left" in admin.get(refused.location).banners[0]
    admin.post(f"/classes/places/{place}/leave", {"on": day(-1).isoformat()})
    page = admin.get(f"/classes/{group}")
    assert "A place is free, and Bandile Zuma is first on the waiting list" in page.main
    assert "A place is free" in admin.get("/classes/").main
    admin.post(f"/classes/places/{waiting}/give", {"on": today().isoformat()})
    assert spells(sql, waits) == [("Grade 3B", "active", today(), None)]
    assert deeds(sql) == ["classes.leave", "classes.give_place"]


def test_whoever_is_taken_off_the_list_waits_no_longer(admin, cast, sql):
    learner = add_learner(sql, cast.thaba, "Aviwe Dlamini")
    place = enrol(sql, cast.thaba, add_class(sql, cast.thaba, capacity=1), learner, state="waiting")
    assert admin.get(f"/classes/places/{place}/leave").h1 == "Take Aviwe Dlamini off the waiting list?"
    admin.post(f"/classes/places/{place}/leave", {"on": today().isoformat()})
    assert spells(sql, learner) == []
    assert deeds(sql) == ["classes.stop_waiting"]


def test_the_history_of_a_class_names_who_left_too(admin, cast, sql):
    group = add_class(sql, cast.thaba)
    enrol(sql, cast.thaba, group, add_learner(sql, cast.thaba, "Aviwe Dlamini"), ends_on=day(-3))
    assert "Aviwe Dlamini" not in admin.get(f"/classes/{group}").main
    assert "Aviwe Dlamini" in admin.get(f"/classes/{group}/history").main


@pytest.mark.parametrize("deed", ["transfer", "leave", "give"])
def test_a_place_of_another_school_is_not_there(admin, cast, sql, deed):
    foreign = enrol(sql, cast.karoo, add_class(sql, cast.karoo), add_learner(sql, cast.karoo, "Anna Botha"))
    assert admin.get(f"/classes/places/{foreign}/{deed}").status == 404
    assert admin.post(f"/classes/places/{foreign}/{deed}", {"on": today().isoformat()}).status == 404
