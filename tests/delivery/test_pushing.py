"""Push from commit to its end: each answer has its own, nobody is lost, and email takes over where push cannot."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID

import pytest

from app.delivery import keys, pushing, pushline
from app.delivery.batch import Batch
from app.delivery.push import SMALL, topic_of
from app.delivery.pushing import GONE, LINES, NO_DEVICE, NO_KEY, send_push, verdict
from app.delivery.receipts import delivery_of
from app.delivery.states import Event
from app.ids import uuid7
from tests.cast import add_person
from tests.delivery.sending import TEXTS, due_now, send, states
from tests.push_service import RETRY_AFTER, Subscription, add_device

NOBODY = "http://127.0.0.1:1"  # where no service is
LONG = "Isikole sivala ngaphambi kwesikhathi ngoLwesihlanu ngenxa yezimvula ezinkulu. " * 20


@pytest.fixture
def settings_now(app):
    """The settings of the application under test at this moment."""
    return lambda: app.extensions["settings"]


@pytest.fixture
def key(pushservice, settings_now):
    return keys.newest(settings_now())


@pytest.fixture
def people(sql, cast):
    """`people(*emails)` are the only ones whom a message of Thaba to everyone is for; their ids."""

    def make(*emails: str | None) -> list[UUID]:
        sql.execute("UPDATE person SET ended_at = now() WHERE school_id = 1")
        return [add_person(sql, 1, f"Person {number}", "guardian", email) for number, email in enumerate(emails)]

    return make


@pytest.fixture
def device(sql, pushservice, key):
    """`device(person, "410")` is a device of a person whose pushes get that answer: the subscription and the row's id."""

    def make(person: UUID, what: str = "201", *, made_with: keys.Key | None = None):
        to = pushservice.subscribe(made_with or key, what)
        return to, add_device(sql, 1, person, to)

    return make


@pytest.fixture
def batch_of(settings_now, device):
    """`batch_of(people)` is a run's batch for these people, each with one device that takes it."""

    def make(people: list[UUID]) -> Batch:
        rows = [SimpleNamespace(id=uuid7(), person_id=id, name="Somebody", language="en", put_off=0) for id in people]
        return Batch(
            settings=settings_now(), school_id=1, school="Thaba Nkulu", reply_to=None, url="http://localhost/n/1", urgent=False,
            texts={"en": SimpleNamespace(subject="Hello", lock_screen="Hello")}, people=rows, done={}, time_left=lambda: 9.0,
            devices={id: [row_of(device(id)[0])] for id in people},
        )  # fmt: skip

    return make


def row_of(to: Subscription) -> SimpleNamespace:
    """A subscription as a batch has it."""
    return SimpleNamespace(id=uuid7(), endpoint=to.endpoint, p256dh=to.p256dh, auth=to.auth, key_id=to.key.id)


def changed(row: SimpleNamespace, **values: object) -> SimpleNamespace:
    return SimpleNamespace(**{**vars(row), **values})


def use_origin(app, origin: str | None) -> None:
    """From now on a test's push service is at `origin`."""
    app.extensions["settings"] = replace(app.extensions["settings"], push_test_origin=origin)


def send_long(sql, work_off) -> None:
    """A message whose text for the lock screen is long, to its end."""
    send(1)
    sql.execute("UPDATE message_text SET lock_screen = %s", (LONG,))
    work_off()


def devices(sql) -> int:
    return sql.execute("SELECT count(*) FROM push_subscription").fetchone()[0]


def tried(sql) -> list[tuple]:
    """The attempts in order: channel, event, code, answer."""
    return sql.execute(
        "SELECT d.channel, a.event, a.code, a.answer FROM attempt a JOIN delivery d ON d.school_id = a.school_id"
        " AND d.id = a.delivery_id ORDER BY a.id"
    ).fetchall()


# --- Each answer


def test_a_push_shows_the_school_and_the_title_in_the_readers_language(sql, people, device, work_off, settings_now):
    (person,) = people("a@x.example")
    sql.execute("UPDATE person SET language = 'zu' WHERE id = %s", (person,))
    to, _ = device(person)
    send(1)
    work_off()
    assert states(sql) == {"sent": 1}
    (got,) = to.got
    delivery, school = sql.execute("SELECT d.id, s.name FROM delivery d JOIN school s ON s.id = d.school_id").fetchone()
    assert got.text == {
        "title": school, "body": TEXTS["zu"].subject, "url": "http://localhost/schedule-notices/1",
        "tag": topic_of(delivery), "receipt": got.text["receipt"],
    }  # fmt: skip
    assert delivery_of(settings_now(), got.text["receipt"]) == (1, delivery)
    assert (got.headers["Topic"], got.headers["Urgency"]) == (topic_of(delivery), "normal")


def test_what_is_kept_of_it_says_who_took_it_and_how_fast_and_nothing_of_the_device(sql, people, device, work_off, pushservice):
    people_ = people("a@x.example", "b@x.example")
    device(people_[0])
    device(people_[1], "410")
    send(1)
    work_off()
    kept = sql.execute("SELECT a.event, a.code, a.answer, a.provider, a.milliseconds FROM attempt a ORDER BY a.code").fetchall()
    host = pushservice.origin[7:]
    assert [row[:4] for row in kept if row[3] == host] == [
        ("accepted", 201, "Created", host), ("permanent", 410, "Gone", host),
    ]  # fmt: skip
    assert all(0 <= row[4] < 5000 for row in kept if row[3] == host)
    assert sql.execute("SELECT count(*) FROM push_subscription WHERE last_success_at IS NOT NULL").fetchone()[0] == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_deleted_and_email_takes_over_in_the_same_step(
    status, sql, people, device, mailserver, pushservice, work_off
):
    (person,) = people("a@x.example")
    device(person, str(status))
    send(1)
    work_off()
    assert devices(sql) == 0
    assert states(sql, "channel = 'push'") == {"demoted": 1}
    assert states(sql, "channel = 'email'") == {"sent": 1}
    assert [mail.to for mail in mailserver.mails] == ["a@x.example"]
    ended, made = sql.execute(
        "SELECT (SELECT ended_at FROM delivery WHERE channel = 'push'), (SELECT created_at FROM delivery WHERE channel = 'email')"
    ).fetchone()
    assert ended == made  # one transaction


@pytest.mark.parametrize("status", [404, 410])
def test_without_an_address_it_is_dead(status, sql, people, device, work_off):
    (person,) = people(None)
    device(person, str(status))
    send(1)
    work_off()
    assert states(sql) == {"dead": 1}
    assert devices(sql) == 0


def test_one_device_gone_and_one_good_is_sent(sql, people, device, mailserver, pushservice, work_off):
    (person,) = people("a@x.example")
    _, gone = device(person, "410")
    good, _ = device(person)
    away, missed = device(person, "503")
    send(1)
    work_off()
    assert states(sql) == {"sent": 1}
    assert len(good.got) == len(away.got) == 1
    left = dict(sql.execute("SELECT id, last_success_at IS NOT NULL FROM push_subscription").fetchall())
    assert gone not in left
    assert left[missed] is False
    assert sum(left.values()) == 1
    assert mailserver.mails == []


def test_too_large_is_shortened_once(sql, people, device, work_off):
    (person,) = people("a@x.example")
    to, _ = device(person, "once-413")
    send_long(sql, work_off)
    first, second = to.got
    assert states(sql) == {"sent": 1}
    assert first.text["body"] == LONG
    assert LONG.startswith(second.text["body"].removesuffix("…"))
    assert 400 < len(second.text["body"]) < SMALL
    assert second.text["body"].endswith("…")
    assert first.headers["Topic"] == second.headers["Topic"]


def test_still_too_large_is_for_good(sql, people, device, mailserver, work_off):
    (person,) = people("a@x.example")
    to, _ = device(person, "413")
    send_long(sql, work_off)
    assert len(to.got) == 2
    assert states(sql) == {"demoted": 1, "sent": 1}
    assert devices(sql) == 1


def test_what_is_short_is_not_shortened_for_nothing(sql, people, device, mailserver, work_off):
    (person,) = people("a@x.example")
    to, _ = device(person, "413")
    send(1)
    work_off()
    assert len(to.got) == 1
    assert states(sql) == {"demoted": 1, "sent": 1}


def test_who_is_asked_to_wait_waits_as_told(sql, people, device, work_off):
    (person,) = people("a@x.example")
    to, _ = device(person, "once-429")
    send(1)
    work_off()
    assert tried(sql) == [("push", "temporary", 429, "Too Many Requests")]
    (wait,) = sql.execute("SELECT extract(epoch FROM due_at - now()) FROM delivery WHERE state = 'deferred'").fetchone()
    assert int(RETRY_AFTER) - 3 < wait <= int(RETRY_AFTER)
    due_now(sql)
    work_off()
    assert states(sql) == {"sent": 1}
    assert len({got.headers["Topic"] for got in to.got}) == 1
    assert sql.execute("SELECT errors FROM provider WHERE name = 'push'").fetchone()[0] == 0


@pytest.mark.parametrize("status", ["500", "503"])
def test_a_fault_of_the_service_is_tried_again_and_opens_the_breaker(status, sql, people, device, pushservice, work_off):
    for person in people(*["a@x.example"] * 50):
        device(person, f"once-{status}")
    send(1)
    work_off()
    assert states(sql) == {"deferred": 50}
    assert sql.execute("SELECT errors, open_until > now() FROM provider WHERE name = 'push'").fetchone() == (50, True)
    due_now(sql)
    work_off()
    assert len(pushservice.pushes) == 50  # the breaker holds it
    sql.execute("UPDATE provider SET open_until = now()")
    due_now(sql)
    work_off()
    assert states(sql) == {"sent": 50}


def test_a_service_that_keeps_refusing_our_key_is_believed_and_email_takes_over(sql, people, device, mailserver, work_off):
    (person,) = people("a@x.example")
    to, _ = device(person, "403")
    send(1)
    work_off()
    for _ in range(pushing.DOUBTS):
        assert states(sql) == {"deferred": 1}
        due_now(sql)
        work_off()
    assert states(sql) == {"demoted": 1, "sent": 1}
    assert len(to.got) == pushing.DOUBTS + 1
    assert devices(sql) == 1


@pytest.mark.parametrize("what", ["hang", "drop"])
def test_no_answer_is_tried_again_with_the_same_topic(what, sql, people, device, work_off, monkeypatch):
    monkeypatch.setattr(pushline, "TIMEOUT", 0.3)
    (person,) = people("a@x.example")
    to, _ = device(person, f"once-{what}")
    send(1)
    work_off()
    ((channel, event, code, _),) = tried(sql)
    assert (channel, event, code) == ("push", "temporary", None)
    assert sql.execute("SELECT errors FROM provider WHERE name = 'push'").fetchone()[0] == 1
    due_now(sql)
    work_off()
    assert states(sql) == {"sent": 1}
    first, second = to.got
    assert (first.headers["Topic"], first.text) == (second.headers["Topic"], second.text)


@pytest.mark.parametrize("status", ["302", "307", "308"])
def test_a_redirect_is_a_refusal(status, sql, people, device, mailserver, pushservice, work_off):
    (person,) = people("a@x.example")
    device(person, status)
    send(1)
    work_off()
    assert states(sql) == {"demoted": 1, "sent": 1}
    assert pushservice.followed == []
    assert devices(sql) == 1


def test_a_service_that_is_away_burns_no_tries(sql, people, device, pushservice, work_off, app, settings_now):
    for person in people(*["a@x.example"] * 3):
        _, row = device(person)
        sql.execute("UPDATE push_subscription SET endpoint = %s WHERE id = %s", (f"{NOBODY}/{row}", row))
    use_origin(app, NOBODY)
    send(1)
    work_off()
    assert sql.execute("SELECT state, max(tries) FROM delivery GROUP BY 1").fetchall() == [("queued", 0)]
    assert sql.execute("SELECT errors FROM provider WHERE name = 'push'").fetchone()[0] == 3
    assert tried(sql) == []


def test_an_endpoint_that_is_no_push_service_is_never_called(sql, people, device, mailserver, pushservice, work_off, app):
    (person,) = people("a@x.example")
    device(person)
    use_origin(app, None)  # as in production
    send(1)
    work_off()
    assert states(sql) == {"demoted": 1, "sent": 1}
    assert pushservice.pushes == []


# --- Keys


def test_after_a_rotation_each_device_gets_it_with_the_key_that_it_knows(
    sql, people, device, key, pushservice, work_off, settings_now
):
    first, second = people("a@x.example", "b@x.example")
    old, _ = device(first)
    new_key = keys.make(settings_now())
    new, _ = device(second, made_with=new_key)
    send(1)
    work_off()
    assert states(sql) == {"sent": 2}
    assert old.key.id == key.id != new.key.id == new_key.id
    assert [len(each.got) for each in (old, new)] == [1, 1]  # the service takes no other key than theirs
    assert pushservice.wrongs == []


def test_a_device_whose_key_is_lost_is_not_asked_and_email_takes_over(
    sql, people, device, mailserver, key, work_off, settings_now
):
    (person,) = people("a@x.example")
    to, _ = device(person)
    for file in keys.folder_of(settings_now()).iterdir():
        file.unlink()
    keys.make(settings_now())
    send(1)
    work_off()
    assert tried(sql)[0] == ("push", "permanent", None, NO_KEY)
    assert states(sql) == {"demoted": 1, "sent": 1}
    assert devices(sql) == 1
    assert to.got == []


@pytest.mark.parametrize("column", ["p256dh", "auth"])
def test_what_are_no_keys_of_a_device_stops_nobody_else(column, sql, people, device, mailserver, work_off):
    first, second = people("a@x.example", "b@x.example")
    _, broken = device(first)
    device(second)
    sql.execute(f"UPDATE push_subscription SET {column} = 'nonsense' WHERE id = %s", (broken,))
    send(1)
    work_off()
    assert states(sql, "channel = 'push'") == {"demoted": 1, "sent": 1}


# --- Many


def test_never_more_than_a_few_are_on_the_way(sql, people, device, pushservice, work_off):
    for person in people(*["a@x.example"] * 40):
        device(person)
    send(1, urgent=True)
    work_off()
    assert states(sql, "channel = 'push'") == {"sent": 40}
    assert len({got.line for got in pushservice.pushes}) <= LINES
    assert {got.headers["Urgency"] for got in pushservice.pushes} == {"high"}
    assert len({got.headers["Topic"] for got in pushservice.pushes}) == 40


def test_what_a_killed_run_had_not_noted_goes_again_with_the_topic_of_its_first_copy(batch_of, people, pushservice):
    batch = batch_of(people(*["a@x.example"] * 30))
    run, noted = send_push(batch), []
    for result in run:
        noted.append(result.id)
        if len(noted) == 10:
            break
    run.close()  # killed here: ten are in the journal
    assert len(pushservice.pushes) <= 10 + LINES
    rest = [row for row in batch.people if row.id not in noted]
    again = list(send_push(replace(batch, people=rest)))
    assert {result.event for result in again} == {Event.ACCEPTED}
    topics = [got.headers["Topic"] for got in pushservice.pushes]
    assert len(set(topics)) == 30
    assert len(topics) - 30 <= LINES


def test_nothing_is_begun_when_time_is_over_and_what_is_on_the_way_is_told(batch_of, people, pushservice):
    batch = batch_of(people(*["a@x.example"] * 20))
    left = iter([1.0] * 6 + [0.0] * 100)
    results = list(send_push(replace(batch, time_left=lambda: next(left))))
    assert [result.event for result in results] == [Event.ACCEPTED] * 6
    assert len(pushservice.pushes) == 6


def test_all_devices_of_who_is_begun_are_asked(batch_of, device, people):
    (person,) = people("a@x.example")
    batch = batch_of([person])
    more = [device(person)[0] for _ in range(9)]
    left = iter([1.0] + [0.0] * 100)
    rows = [*batch.devices[person], *(row_of(each) for each in more)]
    (result,) = send_push(replace(batch, devices={person: rows}, time_left=lambda: next(left)))
    assert (result.event, [len(each.got) for each in more]) == (Event.ACCEPTED, [1] * 9)


def test_one_slow_service_holds_up_one_line(batch_of, device, people, monkeypatch):
    monkeypatch.setattr(pushline, "TIMEOUT", 1.0)
    slow, *others = people(*["a@x.example"] * 30)
    batch = batch_of([slow, *others])
    to, _ = device(slow, "hang")
    batch = replace(batch, devices={**batch.devices, slow: [row_of(to)]})
    begun, first = time.monotonic(), []
    for result in send_push(batch):
        first.append((result.event, time.monotonic() - begun))
    assert [event for event, _ in first[:29]] == [Event.ACCEPTED] * 29
    assert first[28][1] < 1.0
    assert first[-1][0] == Event.TEMPORARY


def test_a_host_that_a_device_made_up_stops_nobody_else(batch_of, people, monkeypatch):
    """Any label below push.apple.com is taken at subscription: its silence is the device's, and email takes over soon."""

    def unknown(*_, **__):
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    ids = people(*["a@x.example"] * 3)
    batch = batch_of(ids)
    made_up = {id: [changed(rows[0], endpoint="https://no-such-name.push.apple.com/x")] for id, rows in batch.devices.items()}
    results = list(send_push(replace(batch, devices=made_up)))
    assert [(result.event, result.provider_fault) for result in results] == [(Event.TEMPORARY, False)] * 3
    later = [changed(row, put_off=2) for row in batch.people]
    assert {result.event for result in send_push(replace(batch, devices=made_up, people=later))} == {Event.PERMANENT}


def test_nobody_waits_for_a_service_that_is_away_more_than_once(batch_of, people, app):
    ids = people(*["a@x.example"] * 50)
    batch = batch_of(ids)
    use_origin(app, NOBODY)
    nowhere = {id: [changed(rows[0], endpoint=f"{NOBODY}/{id}")] for id, rows in batch.devices.items()}
    results = list(send_push(replace(batch, devices=nowhere, settings=app.extensions["settings"])))
    assert {(result.event, result.provider_fault, result.code) for result in results} == {(Event.UNTRIED, True, None)}
    assert len(results) == 50


def test_who_has_no_device_is_told_at_once(batch_of, people):
    batch = batch_of(people("a@x.example"))
    (result,) = send_push(replace(batch, devices={}))
    assert (result.event, result.answer) == (Event.PERMANENT, NO_DEVICE)


def test_a_reader_of_another_language_gets_the_default(batch_of, people, pushservice):
    batch = batch_of(people("a@x.example"))
    rows = [changed(row, language="fr") for row in batch.people]
    assert [result.event for result in send_push(replace(batch, people=rows))] == [Event.ACCEPTED]
    assert pushservice.pushes[0].text["body"] == "Hello"


def test_without_a_text_for_the_lock_screen_the_subject_is_shown(batch_of, people, pushservice):
    batch = batch_of(people("a@x.example"))
    texts = {"en": SimpleNamespace(subject="The subject", lock_screen="")}
    list(send_push(replace(batch, texts=texts)))
    assert pushservice.pushes[0].text["body"] == "The subject"


# --- The best answer counts


@pytest.mark.parametrize(
    ("answers", "event", "code"),
    [
        (("201", "410"), Event.ACCEPTED, 201), (("410", "503"), Event.TEMPORARY, 503), (("404", "400"), Event.PERMANENT, 404),
        (("503", "201", "413"), Event.ACCEPTED, 201), (("429", "302"), Event.TEMPORARY, 429),
    ],
)  # fmt: skip
def test_the_best_answer_of_a_persons_devices_counts(answers, event, code, batch_of, device, people):
    (person,) = people("a@x.example")
    batch = batch_of([person])
    rows = [row_of(device(person, what)[0]) for what in answers]
    (result,) = send_push(replace(batch, devices={person: rows}))
    assert (result.event, result.code) == (event, code)
    told = dict(zip((row.id for row in rows), answers, strict=True))
    assert {told[id] for id in result.gone} == {each for each in answers if int(each) in GONE}
    assert {told[id] for id in result.missed} == {each for each in answers if int(each) not in (201, *GONE)}
    assert result.provider_fault == (code == 503)
    assert result.wait == (int(RETRY_AFTER) if "429" in answers else None)


@pytest.mark.parametrize(
    ("status", "event", "is_fault"),
    [
        (200, Event.ACCEPTED, False), (201, Event.ACCEPTED, False), (202, Event.ACCEPTED, False), (204, Event.ACCEPTED, False),
        (301, Event.PERMANENT, False), (400, Event.PERMANENT, False), (404, Event.PERMANENT, False), (408, Event.TEMPORARY, False),
        (410, Event.PERMANENT, False), (429, Event.TEMPORARY, False), (500, Event.TEMPORARY, True), (599, Event.TEMPORARY, True),
        (401, Event.TEMPORARY, False), (403, Event.TEMPORARY, False),
    ],
)  # fmt: skip
def test_each_status_has_its_class(status, event, is_fault):
    assert verdict(status, put_off=0) == (event, is_fault)
