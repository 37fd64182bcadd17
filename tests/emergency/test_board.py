"""The live board: its numbers sum up to the people whatever their deliveries are, and people are marked as safe by hand."""

from __future__ import annotations

import re
from random import Random

import pytest

from app.models.delivery import State
from app.tenancy.doors import acting_for
from blueprints.emergency import board, queries
from tests.cast import add_person
from tests.emergency.arranged import (
    LIST,
    NEW,
    add_delivery,
    add_emergency,
    add_guardian,
    draft,
    is_on_site,
    the_one,
)

FRAGMENT = {"X-Fragment": "1"}
CHANNELS = ("email", "push", "sms")
STATES = tuple(state.value for state in State)


def looked(emergency):
    with acting_for(1):
        detail = queries.emergency(emergency)
        return board.board(detail), {s: board.people(detail, standings=(s,), limit=1000) for s in board.STANDINGS}


def message_of(sql, emergency):
    return sql.execute("SELECT message_id FROM emergency WHERE id = %s", (emergency,)).fetchone()[0]


@pytest.mark.parametrize("seed", range(6))
def test_the_numbers_always_sum_up_to_the_people_whatever_became_of_their_deliveries(app, cast, sql, seed):
    random = Random(seed)
    emergency = add_emergency(sql, cast.thaba)
    message, people = message_of(sql, emergency), 0
    for number in range(60):
        kind = random.choice(("learner", "guardian", "staff"))
        email = random.choice((None, f"p{number}@x.example"))
        person = add_person(sql, 1, f"Person {number:02}", kind, email)
        sql.execute(
            "INSERT INTO emergency_person (school_id, emergency_id, person_id, was_on_site, acknowledged_at, acknowledged_by)"
            " VALUES (1, %s, %s, %s, CASE WHEN %s THEN now() END, %s)",
            (emergency, person, kind == "learner" and random.random() < 0.5, random.random() < 0.3, random.choice((None, "A"))),
        )
        for channel in random.sample(CHANNELS, random.randrange(4)):
            add_delivery(sql, cast.thaba, message, person, random.choice(STATES), channel)
        if random.random() < 0.1:
            sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (person,))
    people = sql.execute("SELECT count(*) FROM emergency_person WHERE emergency_id = %s", (emergency,)).fetchone()[0]
    for fanned_out in (True, False):
        if not fanned_out:
            sql.execute(
                "INSERT INTO outbox (school_id, id, job, subject) VALUES (1, uuid7(), 'delivery.fan_out', %s)", (message,)
            )
        stand, listed = looked(emergency)
        assert stand.people == sum(number for _, number in stand.counts) == people
        assert {standing: len(rows) for standing, rows in listed.items()} == stand.totals
        ids = [row.person_id for rows in listed.values() for row in rows]
        assert len(ids) == len(set(ids)) == people
        assert sum(stand.of(kind=kind) for kind in stand.kinds) == people
        assert stand.on_site == sql.execute("SELECT count(*) FROM emergency_person WHERE was_on_site").fetchone()[0]
        assert stand.on_site_safe <= stand.on_site


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_delivery_has_one_place(app, cast, sql, state):
    emergency = add_emergency(sql, cast.thaba)
    add_delivery(sql, cast.thaba, message_of(sql, emergency), cast.thaba.guardian.person_id, state)
    expected = {"sent": "reached", "queued": "on_way", "sending": "on_way", "deferred": "on_way"}.get(state, "not_reached")
    _, listed = looked(emergency)
    assert [row.name for row in listed[expected] if row.kind == "guardian"] == [cast.thaba.guardian.name]
    assert all(row.kind != "guardian" for standing, rows in listed.items() if standing != expected for row in rows)


def test_one_channel_that_took_it_is_enough_and_an_answer_counts_before_all(app, cast, sql):
    emergency, guardian = add_emergency(sql, cast.thaba), cast.thaba.guardian.person_id
    message = message_of(sql, emergency)
    add_delivery(sql, cast.thaba, message, guardian, "dead", "email")
    assert looked(emergency)[0].of(kind="guardian", standing="not_reached") == 1
    add_delivery(sql, cast.thaba, message, guardian, "sent", "push")
    assert looked(emergency)[0].of(kind="guardian", standing="reached") == 1
    sql.execute("UPDATE emergency_person SET acknowledged_at = now() WHERE person_id = %s", (guardian,))
    assert looked(emergency)[0].of(kind="guardian", standing="acknowledged") == 1


def test_the_board_follows_a_sending_to_its_end(admin, cast, sql, work_off, mailserver):
    refused = add_person(sql, 1, "Nobody There", "guardian", "r550-nobody@example.com")
    silent = add_person(sql, 1, "No Address", "guardian", None)
    admin.post(NEW, draft())
    emergency = the_one(sql)
    before, _ = looked(emergency)
    assert (before.people, before.of(standing="on_way"), before.of(standing="not_reached")) == (9, 8, 1)
    work_off()
    after, listed = looked(emergency)
    assert (after.of(standing="reached"), after.of(standing="not_reached")) == (7, 2)
    assert {row.person_id: row.why for row in listed["not_reached"]} == {refused: "failed", silent: "no_address"}
    page = admin.get(f"{LIST}{emergency}")
    assert "Nobody There" in page.main
    assert "It was sent and did not arrive" in page.main


def test_a_learner_on_site_whom_nothing_reaches_is_told_in_person(admin, cast, sql):
    learner = add_person(sql, 1, "Lindiwe Nkosi", "learner", None)
    family = add_person(sql, 1, "Family Nkosi", "guardian", "nkosi@example.com")
    is_on_site(sql, cast.thaba, learner)
    add_guardian(sql, cast.thaba, family, learner)
    admin.post(NEW, draft())
    emergency = the_one(sql)
    stand, listed = looked(emergency)
    assert [row.name for row in listed["in_person"]] == ["Lindiwe Nkosi"]
    assert (stand.on_site, stand.on_site_safe, stand.on_site_left) == (1, 0, 0)
    people = f"{LIST}{emergency}/people"
    assert "Lindiwe Nkosi" in admin.get(f"{people}?site=here").main
    assert "Family Nkosi" in admin.get(f"{people}?site=family").main
    is_on_site(sql, cast.thaba, learner, on_site=False)
    stand, _ = looked(emergency)
    assert (stand.on_site, stand.on_site_left) == (1, 1), "the board remembers who was on site when it began"
    assert "Lindiwe Nkosi" in admin.get(f"{people}?site=left").main
    assert "Lindiwe Nkosi" not in admin.get(f"{people}?site=here").main


def test_the_board_is_asked_for_anew_and_answers_briefly_when_nothing_happened(admin, cast, sql):
    path = f"{LIST}{add_emergency(sql, cast.thaba)}"
    page = admin.get(path)
    (host,) = [e for e in page.all("div") if e.get("data-poll")]
    first = admin.client.get(host.get("data-poll"), headers=FRAGMENT)
    assert "<html" not in first.text
    assert "csrf_token" not in first.text
    assert "data-poll-stop" not in first.text
    again = admin.client.get(path, headers={**FRAGMENT, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    sql.execute("UPDATE emergency_person SET acknowledged_at = now() WHERE person_id = %s", (cast.thaba.guardian.person_id,))
    assert admin.client.get(path, headers={**FRAGMENT, "If-None-Match": first.headers["ETag"]}).status_code == 200
    sql.execute("UPDATE emergency SET ended_at = now(), ended_how = 'cancelled', end_message_id = message_id")
    assert "data-poll-stop" in admin.client.get(path, headers=FRAGMENT).text


def test_the_lists_are_narrowed_by_the_address(admin, cast, sql):
    emergency = add_emergency(sql, cast.thaba)
    add_delivery(sql, cast.thaba, message_of(sql, emergency), cast.thaba.guardian.person_id, "sent")
    people = f"{LIST}{emergency}/people"
    assert "Ayanda" in admin.get(f"{people}?state=reached&kind=guardian").main
    assert "Ayanda" not in admin.get(f"{people}?state=not_reached").main
    assert "Ayanda" in admin.get(f"{people}?q=dube").main
    assert "Ayanda" not in admin.get(f"{people}?kind=staff").main
    assert admin.get(f"{people}?kind=parrot").status == 404


def test_a_long_list_is_paged_by_name_and_names_everybody_once(admin, cast, sql):
    emergency = add_emergency(sql, cast.thaba)
    for number in range(120):
        person = add_person(sql, 1, f"Person {number:03}", "guardian", None)
        sql.execute("INSERT INTO emergency_person (school_id, emergency_id, person_id) VALUES (1, %s, %s)", (emergency, person))
    path, found = f"{LIST}{emergency}/people?q=Person", []
    while path:
        page = admin.get(path)
        found += re.findall(r"Person \d{3}", page.main)
        onward = [a.get("href") for a in page.all("a", rel="next")]
        path = f"{LIST}{emergency}/people{onward[0]}" if onward else ""
    assert found == [f"Person {number:03}" for number in range(120)]


def test_people_are_marked_as_safe_one_or_many_and_the_audit_names_them(admin, cast, sql):
    emergency = add_emergency(sql, cast.thaba)
    people = f"{LIST}{emergency}/people"
    chosen = [str(cast.thaba.guardian.person_id), str(cast.thaba.student.person_id)]
    page = admin.post(f"{people}?kind=guardian", {"person": chosen, "deed": "mark"})
    assert (page.status, page.location) == (303, f"{people}?kind=guardian")
    page = admin.get(page.location)
    assert page.banners == ["2 people are marked as safe."]
    assert "Marked by Naledi Mokoena" in page.main
    assert looked(emergency)[0].of(standing="acknowledged") == 2
    admin.post(people, {"person": chosen, "deed": "mark"})
    events = sql.execute(
        "SELECT v.value FROM audit_event e JOIN audit_value v ON v.event_id = e.id AND v.field = 'people:after'"
        " WHERE e.action = 'emergency.mark_safe'"
    ).fetchall()
    assert events == [('["Ayanda <Dube>","Thandeka Zungu"]',)], "marking again is no event"


def test_a_mark_is_taken_back_and_what_people_said_themselves_is_not(admin, cast, sql):
    emergency = add_emergency(sql, cast.thaba)
    people = f"{LIST}{emergency}/people"
    guardian, student = cast.thaba.guardian.person_id, cast.thaba.student.person_id
    admin.post(people, {"person": str(guardian)})
    sql.execute("UPDATE emergency_person SET acknowledged_at = now() WHERE person_id = %s", (student,))
    admin.post(people, {"person": [str(guardian), str(student)], "deed": "take_back"})
    assert admin.get(people).banners[-1] == "1 person is not marked as safe any more."
    _, listed = looked(emergency)
    assert [row.person_id for row in listed["acknowledged"]] == [student]
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'emergency.unmark'").fetchone() == (1,)


def test_nobody_of_another_school_is_marked_and_nothing_chosen_says_so(admin, cast, sql):
    emergency = add_emergency(sql, cast.thaba)
    add_emergency(sql, cast.karoo)
    people = f"{LIST}{emergency}/people"
    admin.post(people, {"person": str(cast.karoo.guardian.person_id)})
    assert sql.execute("SELECT count(*) FROM emergency_person WHERE acknowledged_at IS NOT NULL").fetchone() == (0,)
    admin.post(people, {})
    assert admin.get(people).banners[-1] == "Nobody was chosen. Tick the people first."
    assert admin.post(people, {"person": "x"}).status == 404
