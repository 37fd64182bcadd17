"""/schedule-notices/<id>/people: where everybody stands with a notice, counted once, and what happened on the way to each."""

from __future__ import annotations

import datetime as dt

import pytest

from app.delivery import senders
from app.delivery.states import Event, Result
from app.domain.deliveries import MISSED, STANDINGS, progress, recipients
from app.ids import uuid7
from app.tenancy.doors import acting_for
from tests.cast import add_person
from tests.delivery.sending import due_now, only, send
from tests.notices.arranged import add_notice
from tests.notices.population import PHONE, connect, prefer, subscribe
from tests.pages import words

SIX = dt.time(6)


@pytest.fixture
def admin(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.admin, language="en")


@pytest.fixture
def push(monkeypatch):
    """The push service answers as the person's name says: `Gone …` 410, `Busy …` 429, else 201."""

    def answers(batch):
        for row in batch.people:
            gone = tuple(device.id for device in batch.devices.get(row.person_id, ()))
            if row.name.startswith("Gone"):
                yield Result(row.id, Event.PERMANENT, 410, "Gone", gone=gone, milliseconds=41)
            elif row.name.startswith("Busy"):
                yield Result(row.id, Event.TEMPORARY, 429, "Too Many Requests", wait=60)
            else:
                yield Result(row.id, Event.ACCEPTED, 201, "Created", milliseconds=12)

    monkeypatch.setitem(senders.SENDERS, "push", answers)


def someone(sql, name, email=None, *, device=False, phone=None, kind="guardian"):
    person = add_person(sql, 1, name, kind, email)
    sql.execute("UPDATE person SET phone = %s WHERE id = %s", (phone, person))
    if device:
        subscribe(sql, 1, person)
    return person


def sent_notice(sql, cast, **asks):
    """A notice whose message is on its way; returns both."""
    message = send(1, **asks)
    return message, add_notice(sql, cast.thaba, "Sports day", message_id=message, channel=asks.get("channel"))


def people(notice, rest=""):
    return f"/schedule-notices/{notice}/people{rest}"


def names(page):
    return [words(th) for th in page.all("th", scope="row")]


def steps(page):
    """What happened, on which channel."""
    rows = [tr for tr in page.all("tr") if [c for c in tr if c.tag.endswith("th") and c.get("scope") == "row"]]
    return [(words(tr[2]), words(tr[1])) for tr in rows]


def test_everybody_is_counted_once_however_many_channels_there_were(sql, cast, work_off, mailserver, push):
    only(sql, 1)
    someone(sql, "Both", "both@x.example", device=True)
    someone(sql, "Gone but mailed", "gone@x.example", device=True)
    someone(sql, "Device only", device=True)
    someone(sql, "Refused", "r550-x@x.example")
    someone(sql, "Later", "r450-x@x.example")
    someone(sql, "Nothing")
    someone(sql, "Young", kind="learner")
    message = send(1, urgent=True)
    with acting_for(1):
        before = progress(message)
    assert (before.queued, before.unreachable, before.people) == (5, 1, 6)
    work_off()
    with acting_for(1):
        done = progress(message)
        everybody = recipients(message, limit=100)
        assert {row.standing: row.person for row in everybody if row.standing not in ("by_push",)} == {
            "by_email": "Gone but mailed", "failed": "Refused", "retrying": "Later", "unreachable": "Nothing",
        }  # fmt: skip
        assert [row.person for row in recipients(message, MISSED, limit=9)] == ["Refused"]
    assert (done.by_push, done.by_email, done.failed, done.retrying, done.unreachable) == (2, 1, 1, 1, 1)
    assert done.people == len(everybody) == 6
    assert sum(getattr(done, standing) for standing in STANDINGS) == 6
    assert not done.is_over


def test_a_device_that_is_gone_and_the_mail_that_took_over_stand_in_order(admin, sql, cast, work_off, mailserver, push):
    only(sql, 1)
    person = someone(sql, "Gone Nomsa", "nomsa@x.example", device=True)
    _, notice = sent_notice(sql, cast)
    work_off()
    page = admin.get(people(notice, f"/{person}"))
    assert steps(page) == [
        ("Queued.", "App notification"), ("The device is gone: it no longer takes notifications.", "App notification"),
        ("Queued.", "Email"), ("Accepted by the mail server", "Email"),
    ]  # fmt: skip
    assert "410 Gone 41 ms" in page.main
    assert names(admin.get(people(notice, "?state=by_email"))) == ["Gone Nomsa"]
    assert names(admin.get(people(notice, "?state=accepted"))) == ["Gone Nomsa"]
    assert names(admin.get(people(notice, "?state=by_push"))) == []


def test_sms_that_is_not_connected_says_that_it_went_another_way(admin, sql, cast, work_off, mailserver, push):
    only(sql, 1)
    person = someone(sql, "Nomsa", "nomsa@x.example", phone=PHONE)
    _, notice = sent_notice(sql, cast, channel="sms")
    work_off()
    page = admin.get(people(notice, f"/{person}"))
    assert steps(page)[0] == ("SMS is not connected, so it goes this way instead.", "Email")
    went = admin.get(f"/schedule-notices/{notice}").main
    assert "SMS was not connected when it was sent, so it went to 1 person by app notification or email." in went


def test_who_has_no_number_says_so(admin, sql, cast, work_off, mailserver, push, monkeypatch):
    monkeypatch.setitem(senders.SENDERS, "sms", lambda batch: (Result(row.id, Event.ACCEPTED, 200) for row in batch.people))
    only(sql, 1)
    connect(sql, 1, "sms")
    person = someone(sql, "Nomsa", "nomsa@x.example")
    _, notice = sent_notice(sql, cast, channel="sms")
    work_off()
    assert (
        steps(admin.get(people(notice, f"/{person}")))[0][0] == "There is no phone number for SMS, so it goes this way instead."
    )


def test_quiet_hours_and_the_next_try_are_named_with_their_moment(admin, sql, cast, work_off, mailserver, push):
    only(sql, 1)
    busy, asleep = someone(sql, "Busy", device=True), someone(sql, "Asleep", "asleep@x.example")
    prefer(sql, 1, asleep)
    hour = dt.timedelta(hours=1)
    now = dt.datetime.now(dt.timezone(2 * hour))
    sql.execute(
        "UPDATE contact_preference SET quiet_from = %s, quiet_until = %s", ((now - hour).time(), (now + 2 * hour).time())
    )
    _, notice = sent_notice(sql, cast)
    work_off()
    until = (now + 2 * hour).strftime("%H:%M")
    assert f"Quiet hours: it waits until {now + 2 * hour:%-d %b %Y}, {until}." in [
        text for text, _ in steps(admin.get(people(notice, f"/{asleep}")))
    ]
    tried = [text for text, _ in steps(admin.get(people(notice, f"/{busy}")))]
    assert tried[1] == "The push service asked us to try again later."
    assert tried[2].startswith("Next try: ")
    assert f"it waits until {now + 2 * hour:%-d %b %Y}, {until}." in admin.get(people(notice, "?state=queued")).main
    says = f"1 waits for the end of quiet hours, the first until {now + 2 * hour:%-d %b %Y}, {until}."
    assert says in admin.get(f"/schedule-notices/{notice}").main


@pytest.mark.parametrize(
    ("arrange", "says"),
    [
        ("UPDATE person SET email = NULL WHERE id = %s", "No address"),
        ("UPDATE person SET email_flagged_at = now() WHERE id = %s", "The address does not work"),
        (
            "INSERT INTO contact_preference (school_id, id, person_id, unsubscribed_at) SELECT 1, uuid7(), %s, now()",
            "Unsubscribed from email",
        ),
    ],
)
def test_who_cannot_be_reached_is_listed_with_the_reason(admin, sql, cast, work_off, mailserver, arrange, says):
    only(sql, 1)
    person = someone(sql, "Nomsa", "nomsa@x.example")
    sql.execute(arrange, (person,))
    _, notice = sent_notice(sql, cast)
    work_off()
    page = admin.get(people(notice, "?state=unreachable"))
    assert names(page) == ["Nomsa"]
    assert says in page.main
    assert says in admin.get(people(notice, f"/{person}")).main


def test_a_learner_to_whom_the_school_does_not_write_is_listed_too(admin, sql, cast, work_off, mailserver):
    only(sql, 1)
    sql.execute("UPDATE school SET writes_to_students = false")
    someone(sql, "Sipho", "sipho@x.example", kind="learner")
    _, notice = sent_notice(sql, cast)
    work_off()
    assert "The school does not write to learners" in admin.get(people(notice, "?state=unreachable")).main


def test_a_mail_that_came_back_is_shown_as_such(admin, sql, cast, work_off, mailserver):
    only(sql, 1)
    person = someone(sql, "Nomsa", "nomsa@x.example")
    _, notice = sent_notice(sql, cast)
    work_off()
    (delivery,) = sql.execute("SELECT id FROM delivery").fetchone()
    sql.execute("UPDATE delivery SET state = 'dead', ended_at = now()")
    sql.execute(
        "INSERT INTO attempt (school_id, id, delivery_id, number, event, answer) VALUES (1, %s, %s, 1, 'bounced', '5.2.2 full')",
        (uuid7(), delivery),
    )
    found = [text for text, _ in steps(admin.get(people(notice, f"/{person}")))]
    assert found == ["Queued.", "Accepted by the mail server", "It came back. The mailbox is full."]
    assert "The mailbox is full." in admin.get(people(notice, "?state=failed")).main


def test_what_failed_is_tried_again_and_the_audit_says_who_did(admin, sql, cast, work_off, mailserver):
    only(sql, 1)
    person = someone(sql, "Nomsa", "r550-n@x.example")
    _, notice = sent_notice(sql, cast)
    work_off()
    page = admin.get(people(notice, f"/{person}"))
    assert [words(b) for b in page.all("main")[0].iter() if b.tag.endswith("button")] == ["Try again"]
    sql.execute("UPDATE person SET email = 'nomsa@x.example', email_flagged_at = NULL WHERE id = %s", (person,))
    answer = admin.post(people(notice, f"/{person}/retry"))
    assert answer.location == people(notice, f"/{person}")
    page = admin.get(answer.location)
    assert page.banners == ["It is being tried again."]
    assert ("Somebody had it tried again.", "Email") in steps(page)
    work_off()
    assert [text for text, _ in steps(admin.get(answer.location))][-1] == "Accepted by the mail server"
    assert sql.execute("SELECT actor_id FROM audit_event WHERE action = 'deliveries.retry'").fetchall() == [
        (cast.thaba.admin.user_id,)
    ]
    admin.post(people(notice, f"/{person}/retry"))
    assert admin.get(answer.location).banners[0].startswith("There is nothing to try again: it did not fail,")
    assert len(mailserver.mails) == 1


def test_an_address_that_does_not_work_is_not_tried_again(admin, sql, cast, work_off, mailserver):
    only(sql, 1)
    person = someone(sql, "Nomsa", "r550-n@x.example")
    _, notice = sent_notice(sql, cast)
    work_off()
    admin.post(people(notice, f"/{person}/retry"))
    assert "There is nothing to try again" in admin.get(people(notice)).banners[0]
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'deliveries.retry'").fetchone() == (0,)


@pytest.mark.parametrize("way", ["", "/retry"])
def test_a_person_whom_it_was_not_for_is_404_whoever_they_are(browser, admin, sql, cast, way):
    _, notice = sent_notice(sql, cast, audience="staff")
    ask = admin.post if way else admin.get
    for person in (cast.thaba.guardian.person_id, cast.karoo.admin.person_id, uuid7()):
        assert ask(people(notice, f"/{person}{way}")).status == 404
    theirs = browser.as_(cast.karoo.admin)
    ask = theirs.post if way else theirs.get
    assert ask(people(notice, f"/{cast.thaba.admin.person_id}{way}")).status == 404


@pytest.mark.parametrize("rest", ["", "?state=failed"])
def test_what_was_not_sent_has_no_deliveries(admin, sql, cast, rest):
    assert admin.get(people(add_notice(sql, cast.thaba, "Soon"), rest)).status == 404


def test_an_unknown_state_or_place_is_404(admin, sql, cast):
    _, notice = sent_notice(sql, cast)
    assert admin.get(people(notice, "?state=flown")).status == 404
    assert admin.get(people(notice, "?after=nowhere")).status == 404


@pytest.mark.parametrize("role", ["teacher", "guardian", "student"])
def test_only_managers_see_who_got_it(browser, sql, cast, role):
    _, notice = sent_notice(sql, cast)
    reader = browser.as_(getattr(cast.thaba, role))
    assert reader.get(people(notice)).status == 403
    assert reader.get(people(notice, f"/{cast.thaba.guardian.person_id}")).status == 403
    assert reader.post(people(notice, f"/{cast.thaba.guardian.person_id}/retry")).status == 403


def test_a_long_list_goes_on_by_name_and_costs_few_queries(admin, sql, cast, caplog):
    only(sql, 1, *(f"p{n}@x.example" for n in range(120)))
    _, notice = sent_notice(sql, cast)
    seen, address = [], people(notice, "?state=queued")
    with caplog.at_level("INFO", "umthi.request"):
        while address:
            page = admin.get(address)
            assert caplog.records[-1].fields["queries"] <= 4
            seen += names(page)
            further = [a.get("href") for a in page.all("a") if a.get("rel") == "next"]
            address = people(notice, further[0]) if further else None
    assert len(seen) == len(set(seen)) == 120


def test_waiting_mail_comes_due_and_ends(sql, cast, work_off, mailserver):
    only(sql, 1, "once450-a@x.example")
    message = send(1)
    work_off()
    due_now(sql)
    work_off()
    with acting_for(1):
        assert progress(message).is_over
