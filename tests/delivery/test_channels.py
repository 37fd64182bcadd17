"""Everybody is reached on the best channel they have, once; what is urgent goes by all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from app.delivery.publish import Text
from tests.cast import add_person
from tests.delivery.sending import only, send


@pytest.fixture
def filed(sql, work_off) -> Callable[..., dict[str, list[str]]]:
    """`filed(**message)` sends to everyone and stops before anything leaves; returns each name's channels."""

    def file(**message: Any) -> dict[str, list[str]]:
        send(1, **message)
        with pytest.raises(AssertionError, match="does not end"):
            work_off(rounds=1)
        rows = sql.execute(
            "SELECT p.name, array_agg(d.channel ORDER BY d.channel) FROM delivery d JOIN person p ON p.id = d.person_id GROUP BY 1"
        )
        return dict(rows.fetchall())

    return file


def person(sql: psycopg.Connection[Any], name: str, *, email: str | None = None, device: bool = False, **more: Any) -> None:
    """Somebody of school 1 with `kind` and `phone` of theirs, and what they chose."""
    add_person(sql, 1, name, more.pop("kind", "guardian"), email)
    if phone := more.pop("phone", None):
        sql.execute("UPDATE person SET phone = %s WHERE name = %s", (phone, name))
    if device:
        sql.execute(
            "INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device) "
            "SELECT 1, uuid7(), id, 'https://fcm.googleapis.com/' || id, 'p', 'a', 'k', 'Chrome' FROM person WHERE name = %s", (name,),
        )  # fmt: skip
    if more:
        columns = ", ".join(more)
        sql.execute(
            f"INSERT INTO contact_preference (school_id, id, person_id, {columns}) "
            f"SELECT 1, uuid7(), id, {', '.join(['%s'] * len(more))} FROM person WHERE name = %s", (*more.values(), name),
        )  # fmt: skip


def populate(sql: psycopg.Connection[Any]) -> None:
    only(sql, 1)
    person(sql, "Mail", email="mail@x.example")
    person(sql, "Device", email="device@x.example", device=True)
    person(sql, "Device alone", device=True)
    person(sql, "Rather mail", email="rather@x.example", device=True, push=False)
    person(sql, "Left", email="left@x.example", unsubscribed_at="2026-01-01")
    person(sql, "Left with a device", email="left2@x.example", device=True, unsubscribed_at="2026-01-01")
    person(sql, "Phone", email="phone@x.example", phone="+27821234567")
    person(sql, "Odd phone", email="odd@x.example", phone="082 123 4567")
    person(sql, "Nobody")
    person(sql, "Flagged", email="flagged@x.example")
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE name = 'Flagged'")


def test_the_best_channel_each_and_only_one(sql, cast, filed):
    populate(sql)
    assert filed() == {
        "Mail": ["email"], "Device": ["push"], "Device alone": ["push"], "Rather mail": ["email"],
        "Left with a device": ["push"], "Phone": ["email"], "Odd phone": ["email"],
    }  # fmt: skip


def test_what_is_urgent_goes_by_all_channels_whatever_was_chosen_but_never_to_a_bad_address(sql, cast, filed):
    populate(sql)
    assert filed(urgent=True) == {
        "Mail": ["email"], "Device": ["email", "push"], "Device alone": ["push"], "Rather mail": ["email", "push"],
        "Left": ["email"], "Left with a device": ["email", "push"], "Phone": ["email"], "Odd phone": ["email"],
    }  # fmt: skip


def test_sms_that_is_not_connected_goes_the_other_way_and_says_so(sql, cast, filed):
    populate(sql)
    assert filed(channel="sms")["Phone"] == ["email"]
    assert sql.execute("SELECT DISTINCT instead FROM delivery").fetchall() == [("not_connected",)]


def test_sms_that_is_connected_reaches_who_has_a_number(sql, cast, filed):
    populate(sql)
    sql.execute("INSERT INTO gateway (school_id, id, channel, url, key) VALUES (1, uuid7(), 'sms', 'https://gw.example', 'k')")
    found = filed(channel="sms")
    assert (found["Phone"], found["Odd phone"], found["Device"]) == (["sms"], ["email"], ["push"])
    why = dict(sql.execute("SELECT p.name, d.instead FROM delivery d JOIN person p ON p.id = d.person_id").fetchall())
    assert (why["Phone"], why["Odd phone"]) == (None, "no_number")


def test_another_schools_gateway_is_no_gateway(sql, cast, filed):
    populate(sql)
    sql.execute("INSERT INTO gateway (school_id, id, channel, url, key) VALUES (2, uuid7(), 'sms', 'https://gw.example', 'k')")
    assert filed(channel="sms")["Phone"] == ["email"]


def test_learners_are_written_to_only_where_the_school_does(sql, cast, filed):
    only(sql, 1)
    person(sql, "Learner", email="l@x.example", kind="learner")
    sql.execute("UPDATE school SET writes_to_students = false WHERE id = 1")
    assert filed() == {}


def test_who_unsubscribes_after_the_fan_out_gets_nothing_by_mail(sql, cast, mailserver, work_off, filed):
    only(sql, 1, "a@x.example", "b@x.example")
    filed()
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, unsubscribed_at) "
        "SELECT 1, uuid7(), id, now() FROM person WHERE email = 'b@x.example'"
    )
    sql.execute("UPDATE outbox SET due_at = now(), leased = false WHERE done_at IS NULL")
    work_off()
    assert [mail.to for mail in mailserver.mails] == ["a@x.example"]
    assert dict(sql.execute("SELECT state, reason FROM delivery").fetchall()) == {"sent": None, "discarded": "unsubscribed"}


def test_the_lock_screen_names_no_learner_unless_the_school_allows_it(sql, cast, app):
    only(sql, 1)
    person(sql, "Sipho Dlamini", kind="learner")
    texts = {"en": Text("SIPHO DLAMINI wins the prize", "Well done."), "af": Text("Prysuitdeling", "Mooi so.")}
    screens = "SELECT language, lock_screen FROM message_text WHERE message_id = %s"
    hidden = dict(sql.execute(screens, (send(1, texts=texts),)).fetchall())
    assert (hidden["en"], hidden["af"]) == ("There is a new notice for you.", "Prysuitdeling")
    sql.execute("UPDATE school SET names_on_push = true")
    assert dict(sql.execute(screens, (send(1, texts=texts),)).fetchall())["en"] == "SIPHO DLAMINI wins the prize"
