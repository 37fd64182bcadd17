"""Long reports: a worker counts them, a few days at a time, whatever happens to it."""

from __future__ import annotations

import pytest

from app.domain import report_making
from app.models.progress import Course
from blueprints.reports import jobs, operations
from tests.reports.asking import address, made, table


@pytest.fixture
def long_ones(monkeypatch):
    """Whatever reads a row is long."""
    monkeypatch.setattr(operations, "LONG", 0)


QUARTER = {"since": "2026-01-14", "until": "2026-03-27"}


def progress(sql):
    return sql.execute("SELECT state, done, total, url FROM progress WHERE kind = 'report'").fetchall()


def test_a_long_report_is_counted_by_a_worker_and_comes_out_the_same(
    browser, cast, week, sql, long_ones, work_off, monkeypatch
):
    admin = browser.as_(cast.thaba.admin)
    report = address(admin, "attendance", group="class", **QUARTER)
    page = admin.get(report)
    assert page.one("div", data_poll=f"{report}/progress")
    assert "0 of 73 days are counted." in page.main
    assert progress(sql) == [(Course.RUNNING, 0, 73, report)]
    work_off()
    page = admin.get(report)
    assert progress(sql) == [(Course.DONE, 73, 73, report)]
    monkeypatch.setattr(operations, "LONG", 5_000)
    assert table(page) == table(made(admin, "attendance", group="class", **QUARTER))
    answer = admin.get(f"{report}/progress", headers={"X-Fragment": "1"}, check=False)
    assert 'data-poll-stop="reload"' in answer.text
    assert admin.get(f"{report}/progress").location == report


def test_a_worker_that_dies_loses_one_slice_and_nothing_counts_twice(
    browser, cast, week, sql, long_ones, work_off, monkeypatch
):
    """It is stopped after each slice in turn, as by a kill before its commit; what was committed stays."""
    admin = browser.as_(cast.thaba.admin)
    report = address(admin, "attendance", group="class", **QUARTER)
    seen = []
    real = report_making.count_slice

    def dies_every_other_time(*args):
        seen.append(args[3:])
        real(*args)
        if len(seen) % 2 and len(seen) < 4:
            raise RuntimeError("killed")

    monkeypatch.setattr(report_making, "count_slice", dies_every_other_time)
    work_off()
    for _ in range(2):
        sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
        work_off()
    assert len(seen) > len(set(seen)), "no slice was begun twice"
    assert [row[:2] for row in table(admin.get(report))[1:]] == [["5A", "4"], ["5B", "4"], ["Total", "8"]]
    assert progress(sql)[0][:3] == (Course.DONE, 73, 73)


def test_a_report_that_fails_three_times_says_so_and_retry_goes_on_with_it(
    browser, cast, week, sql, long_ones, work_off, monkeypatch
):
    admin = browser.as_(cast.thaba.admin)
    report = address(admin, "attendance", group="class", **QUARTER)

    def fails(*_):
        raise RuntimeError("no")

    with monkeypatch.context() as patched:
        patched.setattr(report_making, "count_slice", fails)
        for _ in range(3):
            sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
            work_off()
    page = admin.get(report)
    assert "This report could not be made. Something went wrong while the numbers were counted." in page.main
    assert progress(sql)[0][0] == Course.FAILED
    assert admin.get(f"{report}.csv").status == 302
    assert admin.post(f"{report}/retry").status == 303
    work_off()
    assert [row[:2] for row in table(admin.get(report))[1:]] == [["5A", "4"], ["5B", "4"], ["Total", "8"]]
    admin.post(f"{report}/retry")
    assert "does not have to be tried again" in admin.get(report).banners[0]


def test_a_report_that_was_removed_meanwhile_is_nobodys_work(browser, cast, week, sql, long_ones, work_off):
    admin = browser.as_(cast.thaba.admin)
    report = address(admin, "attendance", group="class", **QUARTER)
    admin.post(f"{report}/remove", {"sure": "1"})
    work_off()
    assert sql.execute("SELECT count(*) FROM report").fetchone() == (0,)
    assert sql.execute("SELECT error FROM outbox WHERE job = 'reports.make'").fetchall() == [(None,)]
    assert "Preparing the report" not in admin.get("/dashboard/").text


def test_one_that_never_ends_is_stopped(browser, cast, week, sql, long_ones, work_off, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_RUNS", 0)
    admin = browser.as_(cast.thaba.admin)
    report = address(admin, "attendance", group="class")
    work_off()
    assert "It took far too long" in admin.get(report).main


def test_reports_that_nobody_saved_go_after_thirty_days(browser, cast, week, sql, work_off, app):
    admin = browser.as_(cast.thaba.admin)
    old, kept, new = (address(admin, "attendance", group=group) for group in ("class", "day", "week"))
    admin.post(f"{kept}/save", {"name": "Kept"})
    for each in (old, kept):
        sql.execute("UPDATE report SET created_at = now() - interval '31 days' WHERE id = %s", (each.rpartition("/")[2],))
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, gen_random_uuid(), 'work.prune')")
    work_off()
    assert [admin.get(each).status for each in (old, kept, new)] == [404, 200, 200]
