"""A run that stops: how it is told, resumed and acknowledged, and what the console says of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from app import clock
from app.domain.onboarding import address_key
from app.tenancy.doors import across_schools
from app.work.jobs import jobs_of
from blueprints.onboarding import reasons
from blueprints.onboarding.jobs import BACKOFF, MOST_ATTEMPTS
from blueprints.onboarding.sources import find, stuck, tasks
from blueprints.onboarding.steps import STEPS
from tests.onboarding.conftest import FORM, NEW, OFFICER, RUNS, TYPED, rows
from tests.pages import words


class Away(Exception):
    """A fault that passes."""


@pytest.fixture
def broken(monkeypatch):
    """Let a step fail as often as one says, by what one says; from then on it works again."""

    def make(step, times, fault=Away):
        real, left = STEPS[step], [times]

        def fail(session, run, by):
            real(session, run, by)  # all of it, so that it has to be undone
            if left[0]:
                left[0] -= 1
                raise fault("Lindiwe Nkosi")

        monkeypatch.setitem(STEPS, step, fail)

    return make


@pytest.fixture
def work_on(sql, work_off, mailserver):
    """Run what is due, as if every wait were over, until nothing of onboarding is left."""

    def run():
        while rows(sql, "UPDATE outbox SET due_at = now() WHERE done_at IS NULL AND school_id = 0 RETURNING 1"):
            work_off()

    return run


@pytest.fixture
def half_made(create, broken, work_on):
    """A run whose school is there and whose officer is not; returns its id."""

    def make(step="officer"):
        broken(step, MOST_ATTEMPTS)
        run = create(**OFFICER)
        work_on()
        return run

    return make


def steps(sql):
    return rows(sql, "SELECT name, state, attempts, error FROM onboarding_step ORDER BY position")


def test_a_fault_that_passes_is_waited_out(create, broken, work_on, work_off, sql, state_of):
    broken("admin", 2)
    run = create()
    work_off()
    assert steps(sql)[1] == ("admin", "waiting", 1, "Away")
    assert rows(sql, "SELECT count(*) FROM app_user WHERE email = 'lindiwe@zamani.example'") == [(0,)], "undone"
    ((wait,),) = rows(sql, "SELECT due_at - now() FROM outbox WHERE done_at IS NULL AND job = 'onboarding.step'")
    assert BACKOFF[0] * 0.5 < wait <= BACKOFF[0]
    work_on()
    assert state_of(run) == "completed"
    assert steps(sql)[1] == ("admin", "done", 3, None)
    assert rows(sql, "SELECT count(*) FROM invitation") == [(1,)]


def test_after_five_attempts_without_a_school_it_has_failed(create, broken, work_on, sql, state_of):
    broken("school", MOST_ATTEMPTS)
    run = create()
    work_on()
    assert state_of(run) == "failed"
    assert steps(sql)[0] == ("school", "failed", 5, "Away")
    assert rows(sql, "SELECT count(*) FROM school") == [(2,)]


def test_after_five_attempts_with_a_school_it_is_a_partial_failure_and_the_school_stays(half_made, sql, state_of):
    run = half_made()
    assert state_of(run) == "partial_failure"
    assert [row[1] for row in steps(sql)] == ["done", "done", "failed", "waiting"]
    assert rows(sql, "SELECT state FROM school WHERE name_key = 'zamanisecondary'") == [("pending",)]
    assert rows(sql, "SELECT count(*) FROM membership m JOIN school s ON s.id = m.school_id WHERE s.state = 'pending'") == [
        (1,)
    ]


def test_the_two_are_told_apart_with_the_reason_in_words_and_the_detail_beside_it(operator, half_made, create, broken, work_on):
    half = operator.get(f"{RUNS}/{half_made()}").main
    assert "The school was created, but its set-up did not finish." in half
    assert "the first officer has no account yet" in half
    assert "5 attempts · The fault is ours and has been noted in the log." in half
    assert "Away" in half
    assert "Away: " not in half, "an error holds nothing personal"
    broken("school", MOST_ATTEMPTS)
    failed = create(name="Another School")
    work_on()
    said = operator.get(f"{RUNS}/{failed}").main
    assert "No school was made." in said
    assert "The school could not be created, although it was tried several times." in said


def test_another_school_that_took_the_name_meanwhile_ends_it_at_once(create, sql, work_off, state_of, operator):
    run = create()
    sql.execute("UPDATE school SET name_key = 'zamanisecondary' WHERE id = 2")
    work_off()
    assert state_of(run) == "failed"
    assert steps(sql)[0][1:] == ("failed", 1, "name-taken")
    assert "Another school has got this name in the meantime." in operator.get(f"{RUNS}/{run}").main


def test_an_account_that_was_disabled_meanwhile_ends_it_at_once(create, sql, work_off, state_of, cast):
    run = create(admin_email=cast.nobody.email)
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.nobody.user_id,))
    work_off()
    assert state_of(run) == "partial_failure"
    assert steps(sql)[1][1:] == ("failed", 1, "account-disabled")


def test_a_step_that_was_cut_off_five_times_is_tried_no_more(create, sql, work_off, state_of):
    run = create()
    sql.execute("UPDATE onboarding_step SET state = 'working', attempts = 5 WHERE position = 1")
    work_off()
    assert state_of(run) == "failed"
    assert steps(sql)[0] == ("school", "failed", 5, "cut-off")


def test_of_an_error_of_the_database_the_values_are_left_out(sql, app):
    with pytest.raises(IntegrityError) as caught, across_schools("test", routine=True) as session:
        session.connection().exec_driver_sql(
            "INSERT INTO app_user (id, email, name, theme, mode) VALUES (uuid7(), 'operator@example.com', 'x', 'a', 'b')"
        )
    said = reasons.technical(caught.value)
    assert said.startswith("UniqueViolation 23505 ")
    assert "operator@" not in said


def test_every_step_and_every_reason_has_words():
    for step in STEPS:
        assert reasons.STEP_WORDS[step]
        assert reasons.reason(step, None) == reasons.FAILED[step] == reasons.reason(step, "Away")
        assert reasons.reason(step, "name-taken") == reasons.REASONS["name-taken"]


def test_resumed_it_goes_on_where_it_stopped(operator, half_made, work_on, sql, state_of):
    run = half_made()
    page = operator.post(f"{RUNS}/{run}/resume")
    assert (page.status, page.location) == (303, f"{RUNS}/{run}")
    assert state_of(run) == "running"
    work_on()
    assert state_of(run) == "completed"
    assert rows(sql, "SELECT count(*) FROM school") == [(3,)]
    assert rows(sql, "SELECT count(*) FROM invitation") == [(2,)]
    assert rows(sql, "SELECT count(*) FROM membership WHERE school_id > 2") == [(2,)]


def test_a_failed_one_can_be_resumed_too_unless_its_name_is_taken_by_then(operator, create, broken, work_on, state_of):
    broken("school", MOST_ATTEMPTS)
    run = create()
    work_on()
    create()
    page = operator.post(f"{RUNS}/{run}/resume")
    assert "A school called Zamani Secondary is being set up already." in operator.get(page.location).banners[0]
    assert state_of(run) == "failed"
    work_on()
    operator.post(f"{RUNS}/{run}/resume")
    assert state_of(run) == "failed"


def test_a_failed_one_with_a_free_name_is_resumed(operator, create, broken, work_on, state_of):
    broken("school", MOST_ATTEMPTS)
    run = create()
    work_on()
    operator.post(f"{RUNS}/{run}/resume")
    work_on()
    assert state_of(run) == "completed"


def test_somebody_whom_the_school_has_by_now_is_not_added_twice(operator, half_made, work_on, sql, cast):
    run = half_made("admin")
    ((number,),) = rows(sql, "SELECT school FROM onboarding_run WHERE id = %s", run)
    sql.execute("UPDATE onboarding_run SET admin_email = %s WHERE id = %s", (cast.nobody.email, run))
    person = add_admin(sql, number, cast.nobody)
    operator.post(f"{RUNS}/{run}/resume")
    work_on()
    assert rows(sql, "SELECT person_id FROM membership WHERE school_id = %s AND role = 'admin'", number) == [(person,)]


def add_admin(sql, school, someone):
    """Make somebody an admin of a school, as an operator does by hand; returns the person."""
    ((person,),) = rows(
        sql,
        "INSERT INTO person (school_id, id, kind, name, sort_key, email) VALUES (%s, uuid7(), 'staff', %s, 'x', %s) RETURNING id",
        school, someone.name, someone.email,
    )  # fmt: skip
    sql.execute(
        "INSERT INTO membership (school_id, id, user_id, person_id, role) VALUES (%s, uuid7(), %s, %s, 'admin')",
        (school, someone.user_id, person),
    )
    return person


def test_acknowledge_is_refused_while_the_school_has_no_admin(operator, half_made, sql):
    run = half_made("admin")
    assert "The school has no admin yet" in operator.get(f"{RUNS}/{run}").main
    page = operator.post(f"{RUNS}/{run}/acknowledge")
    assert "This school has no admin yet." in operator.get(page.location).banners[0]
    assert rows(sql, "SELECT acknowledged_at FROM onboarding_run WHERE id = %s", run) == [(None,)]


def test_an_admin_who_may_not_sign_in_is_none(operator, half_made, sql, cast):
    run = half_made("admin")
    ((number,),) = rows(sql, "SELECT school FROM onboarding_run WHERE id = %s", run)
    add_admin(sql, number, cast.nobody)
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.nobody.user_id,))
    operator.post(f"{RUNS}/{run}/acknowledge")
    assert rows(sql, "SELECT acknowledged_at FROM onboarding_run WHERE id = %s", run) == [(None,)]


def test_acknowledged_it_is_off_the_banner_and_the_list_at_once_and_the_school_opens(
    operator, half_made, banner, sql, cast, state_of
):
    run = half_made()
    assert "School setup tasks needing help" in operator.get(RUNS).main
    page = operator.post(f"{RUNS}/{run}/acknowledge")
    assert operator.get(page.location).banners == ["Acknowledged. It is off the list of tasks."]
    assert "School setup tasks needing help" not in operator.get(RUNS).main
    assert banner() is None
    assert state_of(run) == "partial_failure"
    ((by, email, key),) = rows(sql, "SELECT acknowledged_by, officer_email, officer_key FROM onboarding_run WHERE id = %s", run)
    assert (by, email, key) == (cast.operator.user_id, None, address_key(OFFICER["officer_email"]))
    assert rows(sql, "SELECT state FROM school WHERE name_key = 'zamanisecondary'") == [("active",)]
    again = operator.post(f"{RUNS}/{run}/resume")
    assert "does not wait to be resumed" in operator.get(again.location).banners[0]


def test_a_failed_one_is_put_aside_and_its_people_are_forgotten(operator, create, broken, work_on, sql):
    broken("school", MOST_ATTEMPTS)
    run = create(admin_password=TYPED)
    work_on()
    operator.post(f"{RUNS}/{run}/acknowledge")
    assert rows(sql, "SELECT admin_name, admin_email, admin_password_hash FROM onboarding_run") == [(None, None, None)]
    assert operator.post(NEW, FORM).status == 303, "the name is free"


def test_what_does_not_wait_cannot_be_acknowledged(operator, onboard, create):
    for run in (onboard(), create(name="Another School")):
        page = operator.post(f"{RUNS}/{run}/acknowledge")
        assert operator.get(page.location).banners == ["This onboarding does not wait for anybody."]


def test_resuming_and_acknowledging_stand_in_both_logs(operator, half_made, work_on, sql, broken):
    run = half_made()
    broken("officer", MOST_ATTEMPTS)
    operator.post(f"{RUNS}/{run}/resume")
    work_on()
    operator.post(f"{RUNS}/{run}/acknowledge")
    for table in ("audit_event", "platform_event"):
        found = [row[0] for row in rows(sql, f"SELECT action FROM {table} ORDER BY id")]
        assert [a for a in found if a in ("onboarding.fail", "onboarding.resume", "onboarding.acknowledge")] == [
            "onboarding.fail", "onboarding.resume", "onboarding.fail", "onboarding.acknowledge",
        ]  # fmt: skip


def test_what_is_done_after_resuming_is_the_deed_of_who_resumed_it(browser, half_made, work_on, sql, cast):
    run = half_made()
    browser.as_(cast.superuser).post(f"{RUNS}/{run}/resume")
    work_on()
    operator, superuser = cast.operator.user_id, cast.superuser.user_id
    for table in ("audit_event", "platform_event"):
        found = rows(sql, f"SELECT action, actor_id FROM {table} WHERE actor_id IS NOT NULL ORDER BY seq")
        assert [row for row in found if row[0].startswith("onboarding.") and row[0] != "onboarding.start"] == [
            ("onboarding.create_school", operator), ("onboarding.add_person", operator), ("onboarding.resume", superuser),
            ("onboarding.add_person", superuser), ("onboarding.complete", superuser),
        ]  # fmt: skip
    assert rows(sql, "SELECT invited_by FROM invitation ORDER BY id") == [("Olive Operator",), ("Sam Superuser",)]
    assert rows(sql, "SELECT started_by FROM onboarding_run WHERE id = %s", run) == [(operator,)]


@pytest.fixture
def as_console(app):
    """Ask a source as the console does: in a request of English, across schools."""

    def ask(source):
        with app.test_request_context():
            app.preprocess_request()
            with across_schools("test", routine=True) as session:
                return source(session)

    return ask


@pytest.fixture
def needs(as_console):
    """What the console's triage has of onboarding."""
    return lambda: as_console(stuck)


@pytest.fixture
def banner(as_console):
    """'School setup tasks needing help', as the console loads it."""
    return lambda: as_console(lambda _: tasks(None))


def test_the_console_is_told_what_stopped_and_what_takes_long(needs, half_made, create, broken, work_on, sql):
    assert needs() == ([], 0)
    half = half_made()
    broken("school", MOST_ATTEMPTS)
    failed = create(name="Another School")
    work_on()
    slow = create(name="Slow School")
    assert needs().total == 2
    sql.execute("UPDATE onboarding_run SET started_at = now() - interval '121 seconds' WHERE id = %s", (slow,))
    found, total = needs()
    assert total == 3
    assert {(need.sentence, need.url, need.is_stuck) for need in found} == {
        ("Zamani Secondary was created, but its set-up stopped at “Create the officer account”.", f"{RUNS}/{half}", False),
        ("Another School could not be created.", f"{RUNS}/{failed}", True),
        ("Slow School has been in the making for longer than usual.", f"{RUNS}/{slow}", False),
    }
    assert all(need.since <= clock.now() for need in found)


def test_the_banner_of_the_console_names_them_with_their_reasons(banner, half_made):
    half_made()
    help_wanted = banner()
    assert (help_wanted.total, [task.run.name for task in help_wanted.tasks]) == (1, ["Zamani Secondary"])
    assert "the first officer has no account yet" in help_wanted.tasks[0].why


def test_the_list_names_them_with_their_reasons(operator, half_made):
    run = half_made()
    (section,) = [e for e in operator.get(RUNS).all("section") if e.get("aria-labelledby") == "tasks"]
    assert words(section).startswith("School setup tasks needing help Zamani Secondary The school and its admin are there")
    assert operator.get(RUNS).links()["Zamani Secondary"] == f"{RUNS}/{run}"


@pytest.mark.parametrize("text", ["run", "Lindiwe@zamani.example", "themba@zamani.example"])
def test_a_run_is_found_by_its_id_and_by_an_address_also_when_it_is_over(as_console, onboard, text):
    run = onboard(**OFFICER)
    (hit,) = as_console(lambda session: find(session, run if text == "run" else text))
    for other in ("nobody@zamani.example", "Zamani"):
        assert as_console(partial(find, text=other)) == []
    assert (hit.title, hit.detail, hit.url) == ("Zamani Secondary", "Onboarding complete", f"{RUNS}/{run}")


def test_the_area_brings_its_sources(app):
    (area,) = [area for area in app.extensions["areas"] if area.blueprint.name == "onboarding"]
    assert [source.name for source in area.triage] == ["stuck onboardings"]
    assert [source.name for source in area.search] == ["onboarding runs"]
    assert [(panel.board, panel.template) for panel in area.panels] == [("console", "onboarding/panel_tasks.html")]
    assert "onboarding.step" in jobs_of(app)


def test_an_address_is_known_only_with_the_secret(app):
    settings, key = app.extensions["settings"], address_key("a@b.example")
    app.extensions["settings"] = replace(settings, secret="another secret of the tests, long enough")
    try:
        assert address_key("a@b.example") != key
    finally:
        app.extensions["settings"] = settings


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("OperationalError 53300", "The database was too busy."),
        ("QueryCanceled 57014", "The database took too long."),
        ("OperationalError 57P03", "The database was stopping or starting."),
        ("UniqueViolation 23505 person_pkey", "What was to be stored contradicted something that is there already."),
        ("Away", "The fault is ours and has been noted in the log."),
        ("cut-off", "The work was cut off."),
        ("account-disabled: admin", "The account with this address is disabled. Have it enabled, then resume."),
    ],
)
def test_what_an_error_was_is_said_without_its_codes(error, said):
    assert reasons.cause(error) == said


def test_the_page_says_it_in_words_and_keeps_the_code_behind_a_line(operator, sql, half_made):
    run = half_made()
    sql.execute("UPDATE onboarding_step SET error = 'OperationalError 53300' WHERE state = 'failed'")
    page = operator.get(f"{RUNS}/{run}")
    assert "5 attempts · The database was too busy." in page.main
    (detail,) = page.all("details", class_="tries")
    assert words(detail).startswith("Technical detail")
    assert "OperationalError 53300" in words(detail)
    assert page.main.count("53300") == 1
