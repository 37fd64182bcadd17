"""How far work has come: from its start to its end, for the one who waits for it, and for nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError

from app.domain.progress import KINDS, MOST, Kind, jobs_of
from app.ids import uuid7
from app.models.progress import Course
from app.tenancy.doors import across_schools, acting_for
from app.work import progress
from app.work.housekeeping import prune
from app.work.jobs import Task

ROOT = Path(__file__).parents[2]


@pytest.fixture
def begin(app, cast):
    """Start work that somebody waits for, committed; returns its subject."""

    def start(someone=None, *, kind="send", label="Sports day", url="/schedule-notices/", total=0):
        someone = someone or cast.thaba.admin
        subject = uuid7()
        with acting_for(someone.school) as session:
            progress.start(kind, subject, person_id=someone.person_id, label=label, url=url, total=total)
            session.commit()
        return subject

    return start


@pytest.fixture
def change(app, cast):
    """Run one of the operations in a school (the admin's), committed."""

    def run(operation, *args, school=None, **options):
        with acting_for(school or cast.thaba.id) as session:
            result = operation(*args, **options)
            session.commit()
        return result

    return run


def shown(someone):
    """What waits for somebody."""
    with acting_for(someone.school):
        return jobs_of(someone.person_id)


def only(someone):
    (job,) = shown(someone)
    return job


def test_work_counts_up_and_ends_with_the_last_of_it(begin, change, cast):
    subject = begin(total=3)
    change(progress.advance, subject, done=2)
    job = only(cast.thaba.admin)
    assert (job.done, job.total, job.state, job.is_running) == (2, 3, "running", True)
    change(progress.advance, subject, done=1)
    job = only(cast.thaba.admin)
    assert (job.done, job.total, job.state, job.is_running) == (3, 3, "done", False)


def test_there_may_be_more_to_do_than_was_thought(begin, change, cast):
    subject = begin(total=1)
    change(progress.advance, subject, done=1, more=1)
    assert (only(cast.thaba.admin).done, only(cast.thaba.admin).total, only(cast.thaba.admin).is_running) == (1, 2, True)


def test_as_long_as_the_total_is_not_known_only_its_end_ends_it(begin, change, cast):
    subject = begin()
    change(progress.advance, subject, done=5)
    assert only(cast.thaba.admin).is_running
    change(progress.end, subject, Course.DONE)
    assert only(cast.thaba.admin).state == "done"


def test_what_failed_says_why_and_moves_no_more(begin, change, cast):
    subject = begin(total=3)
    change(progress.end, subject, Course.FAILED, "The file has no header.")
    change(progress.advance, subject, done=3)
    change(progress.end, subject, Course.DONE)
    job = only(cast.thaba.admin)
    assert (job.has_failed, job.message, job.done) == (True, "The file has no header.", 0)


def test_nothing_to_add_asks_nothing(begin, change, sql):
    subject = begin(total=3)
    before = sql.execute("SELECT xmin FROM progress WHERE subject = %s", (subject,)).fetchone()
    change(progress.advance, subject)
    assert sql.execute("SELECT xmin FROM progress WHERE subject = %s", (subject,)).fetchone() == before


def test_a_result_is_on_the_host_that_the_person_uses(begin, cast):
    begin(url="https://umthi.example.com/schedule-notices/7?page=2#deliveries")
    assert only(cast.thaba.admin).url == "/schedule-notices/7?page=2#deliveries"


def test_it_needs_no_redis(begin, change, app, cast):
    with pytest.raises(ConnectionError), Redis.from_url(app.extensions["settings"].redis_url) as line:
        line.ping()
    change(progress.advance, begin(total=3), done=2)
    assert only(cast.thaba.admin).done == 2


def test_nobody_else_is_told(begin, cast):
    begin(cast.thaba.admin)
    assert shown(cast.thaba.owner) == []
    assert shown(cast.karoo.admin) == []
    with acting_for(cast.karoo.id):  # the right person, asked for in another school
        assert jobs_of(cast.thaba.admin.person_id) == []


def test_another_school_does_not_move_it(begin, change, cast):
    subject = begin(total=3)
    change(progress.advance, subject, done=3, school=cast.karoo.id)
    change(progress.end, subject, Course.FAILED, school=cast.karoo.id)
    assert only(cast.thaba.admin)[4:7] == ("running", 0, 3)


def test_only_the_one_who_waits_waves_it_away_and_twice_is_once(begin, change, cast, sql):
    begin()
    job = only(cast.thaba.admin)
    assert change(progress.see, cast.thaba.owner.person_id, job.id) == 0
    assert change(progress.see, cast.thaba.admin.person_id, job.id, school=cast.karoo.id) == 0
    assert only(cast.thaba.admin) == job
    assert change(progress.see, cast.thaba.admin.person_id, job.id) == 1
    first = sql.execute("SELECT seen_at FROM progress").fetchone()
    assert change(progress.see, cast.thaba.admin.person_id, job.id) == 1
    assert shown(cast.thaba.admin) == []
    assert sql.execute("SELECT seen_at FROM progress").fetchone() == first


def test_what_is_waved_away_goes_on(begin, change, cast, sql):
    subject = begin(total=2)
    change(progress.see, cast.thaba.admin.person_id, only(cast.thaba.admin).id)
    change(progress.advance, subject, done=2)
    assert sql.execute("SELECT state FROM progress").fetchone() == ("done",)


def test_a_day_after_its_end_it_is_shown_no_more(begin, change, cast, sql):
    change(progress.end, begin(), Course.DONE)
    sql.execute("UPDATE progress SET ended_at = now() - interval '23 hours 59 minutes'")
    assert only(cast.thaba.admin)
    sql.execute("UPDATE progress SET ended_at = now() - interval '24 hours'")
    assert shown(cast.thaba.admin) == []


def test_what_runs_comes_first_then_the_newest_and_a_few_are_enough(begin, change, cast):
    over = begin(label="Over")
    for number in range(MOST):
        begin(label=f"Running {number}")
    change(progress.end, over, Course.DONE)
    assert [job.label for job in shown(cast.thaba.admin)] == [f"Running {number}" for number in reversed(range(MOST))]


def test_a_kind_of_a_newer_version_is_left_out(begin, cast):
    begin(kind="levitate")
    assert shown(cast.thaba.admin) == []


def test_a_week_after_its_end_it_is_forgotten(begin, change, app, sql):
    change(progress.end, begin(label="Over"), Course.DONE)
    begin(label="Running")
    begin(label="Stuck")
    sql.execute("UPDATE progress SET ended_at = now() - interval '8 days' WHERE label = 'Over'")
    sql.execute("UPDATE progress SET created_at = now() - interval '31 days' WHERE label = 'Stuck'")
    with across_schools("housekeeping", routine=True) as session:
        prune.run(Task(0, uuid7(), "work.prune", None, 1))
        session.commit()
    assert sql.execute("SELECT label FROM progress").fetchall() == [("Running",)]


def started_kinds(source: str) -> set[str]:
    """The kinds of work that a source starts."""
    return set(re.findall(r'progress\.start\(\s*"([\w.]+)"', source))


def test_every_kind_that_is_started_has_words():
    assert started_kinds('progress.start("levitate", notice.id') == {"levitate"}, "a planted kind"
    sources = "".join(path.read_text("utf-8") for folder in ("app", "blueprints") for path in (ROOT / folder).rglob("*.py"))
    assert "send" in started_kinds(sources) <= KINDS.keys()


def test_every_kind_has_words_for_every_course_and_names_what_it_is_about():
    assert set(Kind._fields) == {course.value for course in Course}
    assert all("%(label)s" in words for kind in KINDS.values() for words in kind)
