"""Whom a notice will reach: the preview's numbers are what fan-out then does, and each is a list of people."""

from __future__ import annotations

import pytest

from app.domain.deliveries import progress
from app.domain.reach import WAYS, gateways, reach, reachable
from app.tenancy.doors import acting_for
from app.tenancy.reading import reading
from app.work.relay import claim
from app.work.runner import run_row
from tests.delivery.sending import send
from tests.notices.population import connect, populate
from tests.pages import words

PATH = "/schedule-notices/reach"


def fan_out_only():
    """Make the deliveries and send none."""
    for row in claim(depth=100):
        run_row(row.school_id, row.id, row.runs)


@pytest.mark.parametrize("writes_to_students", [True, False])
@pytest.mark.parametrize("urgent", [True, False])
@pytest.mark.parametrize("channel", [None, "sms", "connected sms"])
@pytest.mark.parametrize("audience", ["everyone", "students"])
def test_the_preview_says_what_fan_out_then_does(sql, cast, audience, channel, urgent, writes_to_students):
    populate(sql, 1)
    sql.execute("UPDATE school SET writes_to_students = %s WHERE id = 1", (writes_to_students,))
    if channel == "connected sms":
        channel = "sms"
        connect(sql, 1, channel)
    with acting_for(1), reading() as cursor:
        connected = channel in gateways(cursor)
        promised = reach(cursor, channel=channel, urgent=urgent, connected=connected)[audience]
    with acting_for(1):
        asks = {"audience": audience, "channel": channel, "urgent": urgent, "limit": 1000}
        listed = {way: reachable(way=way, **asks) for way in WAYS}
    message = send(1, audience=audience, urgent=urgent, channel=channel)
    with acting_for(1):
        waiting = progress(message)
    fan_out_only()
    done = dict(sql.execute("SELECT channel, count(*) FROM delivery GROUP BY 1").fetchall())
    people = sql.execute("SELECT count(DISTINCT person_id) FROM delivery").fetchone()[0]
    assert (promised.text, promised.push, promised.email) == (done.get("sms", 0), done.get("push", 0), done.get("email", 0))
    assert promised.reached == people
    assert {way: len(found) for way, found in listed.items()} == {way: getattr(promised, way) for way in WAYS}
    with acting_for(1):
        after = progress(message)
    assert (waiting.queued, waiting.unreachable) == (after.queued, after.unreachable) == (people, promised.without)
    assert after.people == promised.people
    fallback = {
        row[0] for row in sql.execute(
            "SELECT d.person_id FROM delivery d JOIN person p ON p.id = d.person_id LEFT JOIN contact_preference c USING (person_id)"
            " WHERE (p.email IS NOT NULL AND p.email_flagged_at IS NULL AND c.unsubscribed_at IS NULL AND d.channel <> 'email')"
            " OR (d.channel = 'sms' AND coalesce(c.push, true)"
            " AND EXISTS (SELECT FROM push_subscription b WHERE b.person_id = d.person_id))"
        ).fetchall()
    }  # fmt: skip
    assert promised.fallback == (0 if urgent else len(fallback))
    assert {person.id for person in listed["fallback"]} == (set() if urgent else fallback)


def test_everybody_of_the_population_is_counted_somewhere(sql, cast):
    people = populate(sql, 1)
    with acting_for(1), reading() as cursor:
        found = reach(cursor)["everyone"]
    assert found.people + found.young == people
    assert all((found.push, found.email, found.fallback, found.no_address, found.flagged, found.unsubscribed, found.young))


def test_the_list_says_how_somebody_is_reached_and_why_not(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.thaba.teacher.person_id,))
    admin = browser.as_(cast.thaba.admin)
    page = admin.get(f"{PATH}?way=no_address")
    assert [words(th) for th in page.all("th", scope="row")] == [cast.thaba.teacher.name]
    assert "No address" in page.main
    page = admin.get(f"{PATH}?audience=guardians&channel=sms")
    assert [words(th) for th in page.all("th", scope="row")] == [cast.thaba.guardian.name]
    assert "SMS is not connected: this goes by app notification or email instead." in page.main


@pytest.mark.parametrize("asked", ["way=pigeon", "audience=martians", "channel=email", "urgent=no", "after=x"])
def test_what_is_not_there_is_404(browser, cast, asked):
    assert browser.as_(cast.thaba.admin).get(f"{PATH}?{asked}").status == 404


def test_a_long_list_goes_on_without_missing_or_doubling_anybody(browser, cast, sql):
    people = populate(sql, 1)
    admin, address, seen = browser.as_(cast.thaba.admin), PATH, []
    while address:
        page = admin.get(address)
        seen += [words(th) for th in page.all("th", scope="row")]
        further = [a.get("href") for a in page.all("a") if a.get("rel") == "next"]
        address = f"{PATH}{further[0]}" if further else None
    assert len(seen) == len(set(seen)) == people
    assert seen == sorted(seen)


@pytest.mark.parametrize("role", ["teacher", "guardian"])
def test_only_managers_see_it(browser, cast, role):
    assert browser.as_(getattr(cast.thaba, role)).get(PATH).status == 403


def test_nobody_of_another_school_is_listed(browser, cast, sql):
    populate(sql, 2)
    page = browser.as_(cast.thaba.admin).get(PATH)
    assert "Person 001" not in page.main
