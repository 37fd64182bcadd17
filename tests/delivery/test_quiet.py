"""Hours in which nothing is sent: the school's and the person's hold together, and waiting is no try."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.quiet import Window, quiet_until, window
from tests.delivery.sending import due_now, only, send, states

HERE = ZoneInfo("Africa/Johannesburg")
NIGHT = Window(dt.time(21), dt.time(6))


def at(clock: str, day: int = 20) -> dt.datetime:
    return dt.datetime.combine(dt.date(2026, 11, day), dt.time.fromisoformat(clock), HERE)


@pytest.mark.parametrize(
    ("now", "windows", "ends"),
    [
        (at("20:59"), [NIGHT], None),
        (at("21:00"), [NIGHT], at("06:00", 21)),
        (at("23:30"), [NIGHT], at("06:00", 21)),
        (at("05:59"), [NIGHT], at("06:00")),
        (at("06:00"), [NIGHT], None),
        (at("12:00"), [Window(dt.time(12), dt.time(13))], at("13:00")),
        (at("12:00"), [None, None], None),
        (at("22:00"), [NIGHT, Window(dt.time(5), dt.time(7, 30))], at("07:30", 21)),
        (at("22:00"), [Window(dt.time(22), dt.time(23)), Window(dt.time(20), dt.time(22, 30))], at("23:00")),
        (at("20:30"), [NIGHT, Window(dt.time(20), dt.time(21))], at("06:00", 21)),
    ],
)
def test_the_end_is_the_first_moment_outside_all_of_them(now, windows, ends):
    assert quiet_until(now, HERE, *windows) == ends


def test_a_window_needs_both_ends_and_something_between_them():
    assert window(dt.time(21), None) is window(None, dt.time(6)) is window(dt.time(6), dt.time(6)) is None


def test_a_clock_that_jumps_moves_the_end_with_it():
    cape = ZoneInfo("Europe/London")  # goes back an hour at 2:00 on 25 October 2026
    now = dt.datetime(2026, 10, 24, 22, tzinfo=cape)
    ends = quiet_until(now, cape, NIGHT)
    assert ends == dt.datetime(2026, 10, 25, 6, tzinfo=dt.UTC)
    assert ends.astimezone(dt.UTC) - now.astimezone(dt.UTC) == dt.timedelta(hours=9)


times = st.times().map(lambda t: t.replace(second=0, microsecond=0))


@given(
    st.floats(0, 366).map(lambda days: at("00:00", 1) + dt.timedelta(days=days)),
    st.lists(st.builds(window, times, times), max_size=2),
)
def test_nobody_waits_longer_than_a_day_or_is_woken_early(now, windows):
    ends = quiet_until(now, HERE, *windows)
    if ends:
        assert now < ends <= now + dt.timedelta(days=1)
        assert quiet_until(ends, HERE, windows[0]) is None


def test_a_person_who_leaves_no_moment_free_gets_it_when_the_school_is_awake():
    assert quiet_until(at("22:00"), HERE, NIGHT, Window(dt.time(6), dt.time(21))) == at("06:00", 21)
    assert quiet_until(at("12:00"), HERE, NIGHT, Window(dt.time(6), dt.time(21))) is None


def asleep(sql, school: int = 1, start: str = "21:00", until: str = "06:00") -> None:
    sql.execute("UPDATE school SET quiet_from = %s, quiet_until = %s WHERE id = %s", (start, until, school))


def around_now(sql) -> tuple[str, str]:
    """A window, of the school's clock, in which it is now."""
    return sql.execute(
        "SELECT to_char((now() - interval '1 hour') AT TIME ZONE 'Africa/Johannesburg', 'HH24:MI'), "
        "to_char((now() + interval '1 hour') AT TIME ZONE 'Africa/Johannesburg', 'HH24:MI')"
    ).fetchone()


def test_the_school_sleeps_and_nothing_is_tried_until_it_wakes(sql, cast, mailserver, work_off):
    asleep(sql, 1, *around_now(sql))
    only(sql, 1, "a@x.example", "b@x.example")
    send(1)
    work_off()
    assert mailserver.mails == []
    assert states(sql, "tries = 0 AND due_at > now() AND give_up_at > due_at + interval '23 hours'") == {"queued": 2}
    assert sql.execute("SELECT count(*) FROM attempt").fetchone()[0] == 0
    assert sql.execute("SELECT max(o.due_at) = max(d.due_at) FROM outbox o, delivery d WHERE o.done_at IS NULL").fetchone()[0]
    sql.execute("UPDATE school SET quiet_from = NULL, quiet_until = NULL")
    due_now(sql)
    work_off()
    assert states(sql, "tries = 1") == {"sent": 2}


def test_a_person_sleeps_while_the_others_get_theirs(sql, cast, mailserver, work_off):
    only(sql, 1, "owl@x.example", "lark@x.example")
    start, until = around_now(sql)
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, quiet_from, quiet_until) "
        "SELECT 1, uuid7(), id, %s, %s FROM person WHERE email = 'lark@x.example'", (start, until),
    )  # fmt: skip
    send(1)
    work_off()
    assert [mail.to for mail in mailserver.mails] == ["owl@x.example"]
    assert states(sql) == {"sent": 1, "queued": 1}


def test_what_is_urgent_wakes_them(sql, cast, mailserver, work_off):
    asleep(sql, 1, *around_now(sql))
    only(sql, 1, "a@x.example")
    send(1, urgent=True)
    work_off()
    assert states(sql) == {"sent": 1}


def test_what_was_deferred_into_the_quiet_hours_waits_for_their_end(sql, cast, mailserver, work_off):
    only(sql, 1, "once450-a@x.example")
    send(1)
    work_off()
    assert states(sql) == {"deferred": 1}
    asleep(sql, 1, *around_now(sql))
    due_now(sql)
    work_off()
    assert states(sql, "tries = 1 AND due_at > now() + interval '50 minutes'") == {"deferred": 1}
    sql.execute("UPDATE school SET quiet_from = NULL, quiet_until = NULL")
    due_now(sql)
    work_off()
    assert states(sql) == {"sent": 1}


def test_the_bar_of_a_sending_does_not_wait_for_the_night_to_end(sql, cast, mailserver, work_off):
    only(sql, 1, "owl@x.example", "lark@x.example")
    start, until = around_now(sql)
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, quiet_from, quiet_until) "
        "SELECT 1, uuid7(), id, %s, %s FROM person WHERE email = 'lark@x.example'", (start, until),
    )  # fmt: skip
    send(1, author_id=cast.thaba.admin.person_id)
    work_off()
    assert sql.execute("SELECT state, done, total FROM progress").fetchall() == [("done", 2, 2)]
    sql.execute("DELETE FROM contact_preference")
    due_now(sql)
    work_off()
    assert states(sql) == {"sent": 2}
    assert sql.execute("SELECT state, done, total FROM progress").fetchall() == [("done", 2, 2)]
