"""Many at once: whoever presses, however often and in whatever spelling, makes one school."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from app.access.actor import Actor
from app.tenancy.doors import outside
from app.work.relay import claim
from app.work.runner import run_row
from blueprints.onboarding.operations import show_passwords
from tests.conftest import Browser
from tests.onboarding.conftest import NEW, OFFICER, RUNS, rows

SPELLINGS = ("Zamani Secondary", "ZAMANI  secondary", "Zámani-Secondary")


def at_once(app, deeds):
    """Run each of these in a thread of its own, all of them let go at the same moment; returns what they gave."""
    gate = threading.Barrier(len(deeds))

    def run(deed):
        with app.app_context(), outside():
            gate.wait(30)
            return deed()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return [future.result(60) for future in [threads.submit(run, deed) for deed in deeds]]


def one_of_each(sql):
    """The schools of that name, and the admins and invitations in them."""
    return rows(
        sql,
        "SELECT count(DISTINCT s.id), count(DISTINCT m.id), count(DISTINCT i.id) FROM school s"
        " LEFT JOIN membership m ON m.school_id = s.id LEFT JOIN invitation i ON i.school_id = s.id"
        " WHERE s.name_key = 'zamanisecondary'",
    )


def press(app, cast, draft, token):
    """'Create school' of one draft, by either of two operators."""
    number, run = draft
    someone = cast.operator if number % 2 else cast.superuser
    mine = Browser(app).as_(someone)
    return lambda: mine.post(f"{NEW}/{run}/create", {"csrf_token": token[someone.email]}, check=False)


def test_thirty_creates_in_three_spellings_by_two_operators_make_one_school(app, cast, review, sql, work_off, mailserver):
    drafts = [review(name=SPELLINGS[number % 3]) for number in range(30)]
    token = {someone.email: Browser(app).as_(someone).token() for someone in (cast.operator, cast.superuser)}
    answers = at_once(app, [press(app, cast, draft, token) for draft in enumerate(drafts)])
    won = [answer for answer in answers if answer.status == 303]
    assert len(won) == 1
    assert {answer.status for answer in answers} == {303, 422}
    winner = won[0].location
    assert all(answer.links()["View onboarding"] == winner for answer in answers if answer.status == 422)
    work_off()
    assert one_of_each(sql) == [(1, 1, 1)]


def test_one_draft_pressed_ten_times_at_once_makes_one_school(app, cast, review, sql, work_off, mailserver):
    draft = review()
    token = {someone.email: Browser(app).as_(someone).token() for someone in (cast.operator, cast.superuser)}
    answers = at_once(app, [press(app, cast, (number, draft), token) for number in range(10)])
    assert {(answer.status, answer.location) for answer in answers} == {(303, f"{RUNS}/{draft}")}
    work_off()
    assert one_of_each(sql) == [(1, 1, 1)]


def test_a_run_that_two_workers_hold_at_once_does_each_step_once(app, create, sql):
    """As when the first was so slow that its lease ended."""
    run = create(**OFFICER)
    (row,) = claim()
    at_once(app, [lambda: run_row(0, row.id, row.runs)] * 2)
    assert rows(sql, "SELECT state FROM onboarding_run WHERE id = %s", run) == [("completed",)]
    assert one_of_each(sql) == [(1, 2, 2)]


def test_of_two_operators_who_ask_for_passwords_at_once_one_sees_them(app, cast, onboard):
    run = onboard()
    by = Actor("user", cast.operator.user_id, cast.operator.name)
    shown = at_once(app, [lambda: show_passwords(run, stamp="", only="", by=by)] * 4)
    assert sorted(len(one) for one in shown) == [0, 0, 0, 1]
