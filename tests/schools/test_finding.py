"""What the console's search box finds of schools, their people and what they sent; and the panel of recent schools."""

from uuid import uuid4

import pytest
from flask import url_for
from sqlalchemy import text as statement

from app.access.who import Who
from app.domain.searching import MOST
from app.i18n.speech import speaking, speech_for
from app.tenancy.doors import across_schools
from blueprints.schools import finding
from blueprints.schools.panels import PANELS
from tests.access.sweeping import a_delivery, a_notice
from tests.cast import add_person
from tests.schools.arranged import add_run, add_schools

EN = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")

#: a server process tells its numbers at the end of the transaction that asks for it, before the client hears of the end
TELL = "SELECT pg_stat_force_next_flush()"


@pytest.fixture
def find(app):
    """Everything that is found for a text: (kind, title, detail, address)."""

    def look(text):
        with app.test_request_context(), speaking(EN), across_schools("test") as session:
            return [tuple(hit) for source in finding.SOURCES for hit in source.find(session, text)]

    return look


def titles(hits):
    return [hit[1] for hit in hits]


@pytest.mark.parametrize("text", ["2", "karoo", "Laerskool", "KANTOOR@karoo.example.com", "laerskool karoo"])
def test_a_school_is_found_by_number_slug_name_and_contact_address(find, text):
    assert find(text) == [("School", "Laerskool Karoo", "Africa/Johannesburg", "/operator/schools/2")]


@pytest.mark.parametrize("text", ["99", "99999999999999999999", "nowhere", "%", "_", "'", "²", "-1", "x" * 500])
def test_what_there_is_not_is_not_found(find, text):
    assert find(text) == []


def test_a_user_is_found_by_address_and_by_id_and_leads_to_the_support_of_the_school(find, cast):
    expected = [
        ("User", "Naledi Mokoena", "Thaba Nkulu Primary · Admin", "/operator/schools/1/support?q=admin@thaba.example.com")
    ]
    assert find("Admin@Thaba.example.com") == expected
    assert find(str(cast.thaba.admin.user_id)) == expected
    assert find(cast.thaba.admin.user_id.hex.upper()) == expected


def test_the_link_of_a_user_finds_them_there(find, operator):
    (hit,) = find("admin@thaba.example.com")
    assert "Naledi Mokoena" in operator.get(hit[3]).main


def test_a_user_of_two_schools_is_found_in_both(find, cast):
    assert [hit[2] for hit in find(cast.multi.email)] == ["Laerskool Karoo · Admin", "Thaba Nkulu Primary · Admin"]


def test_staff_of_the_platform_leads_to_the_page_of_staff(find, app, cast):
    (hit,) = find(cast.operator.email)
    with app.test_request_context():
        assert hit == ("Platform staff", "Olive Operator", "operator@example.com", url_for("staff.list_staff"))


def test_a_user_without_a_school_is_found_too(find, cast):
    (hit,) = find(cast.nobody.email)
    assert hit[:3] == ("User", "Sipho Alleen", "No school membership")


def test_a_person_without_an_account_is_found_by_address(find, operator, sql):
    add_person(sql, 2, "Klein Piet", "guardian", "piet@example.net")
    (hit,) = find("Piet@example.net")
    assert hit[:3] == ("Person without an account", "Klein Piet", "Laerskool Karoo")
    assert "Klein Piet" in operator.get(hit[3]).main


def test_who_has_left_is_not_found(find, sql):
    person = add_person(sql, 2, "Klein Piet", "guardian", "piet@example.net")
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (person,))
    assert find("piet@example.net") == []


def test_a_notice_a_message_and_a_delivery_are_found_by_id_and_name_their_school(find, cast, sql):
    notice, delivery = a_notice(sql, cast.thaba), a_delivery(sql, cast.karoo)
    (message,) = sql.execute("SELECT message_id FROM delivery WHERE id = %s", (delivery,)).fetchone()
    (hit,) = find(str(notice))
    assert (hit[:2], hit[3]) == (("Notice", "Thaba Nkulu Primary"), "/operator/schools/1")
    (hit,) = find(str(message))
    assert (hit[:2], hit[3]) == (("Message", "Laerskool Karoo"), "/operator/schools/2")
    (hit,) = find(str(delivery))
    assert hit == ("Delivery", "Laerskool Karoo", "Email · Undeliverable", f"/operator/dead-letters/2/{delivery}")


def test_a_delivery_that_did_not_fail_leads_to_its_school(find, cast, sql):
    delivery = a_delivery(sql, cast.karoo)
    sql.execute("UPDATE delivery SET state = 'sent' WHERE id = %s", (delivery,))
    (hit,) = find(str(delivery))
    assert hit[2:] == ("Email · Sent", "/operator/schools/2")


def test_an_id_of_nothing_finds_nothing(find):
    assert find(str(uuid4())) == []


def test_no_source_gives_more_than_the_box_takes(find, sql):
    add_schools(sql, 60)
    assert len(find("education")) == MOST


#: rows of the smallest table here; what a pooled connection read for earlier tests, and tells only now, is less
WHOLE = 2_000


def test_no_search_reads_a_table_from_end_to_end(app, sql, cast):
    """At 2,000 schools and 40,000 rows of each kind: every select of every source goes by an index."""
    fill(sql)
    scans = "SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE relname <> 'school'"
    for text in ("admin@thaba.example.com", "p7@s40.example", str(cast.thaba.admin.user_id), str(uuid4()), "karoo", "17"):
        before = read_to_the_end(sql, scans)
        with app.test_request_context(), speaking(EN), across_schools("test") as session:
            for source in finding.SOURCES:
                source.find(session, text)
            session.execute(statement(TELL))
        after = read_to_the_end(sql, scans)
        assert {name: after[name] - before[name] for name in after if after[name] - before[name] >= WHOLE} == {}, text
    with app.test_request_context(), speaking(EN), across_schools("test") as session:  # planted: an address inside another one
        session.execute(finding.select(finding.Person.id).where(finding.Person.email.like("%@s40.example")))
        session.execute(statement(TELL))
    assert read_to_the_end(sql, scans)["person"] - after["person"] >= WHOLE


def read_to_the_end(sql, scans):
    """Rows that sequential scans have read so far, by table."""
    sql.execute(TELL)
    sql.execute("SELECT pg_stat_clear_snapshot()")
    return dict(sql.execute(scans).fetchall())


def fill(sql):
    add_schools(sql, 2_000)
    sql.execute(
        "INSERT INTO person (school_id, id, kind, name, sort_key, email)"
        " SELECT s.id, uuid7(), 'guardian', 'A Person', 'person a', 'p' || n || '@s' || s.id || '.example'"
        " FROM school s, generate_series(1, 20) n WHERE s.id > 2"
    )
    sql.execute(
        "INSERT INTO message (school_id, id, audience, urgent, url) SELECT id, uuid7(), 'everyone', false, '/' FROM school WHERE id > 2"
    )
    sql.execute(
        "INSERT INTO outbox (school_id, id, job, done_at) SELECT id, uuid7(), 'delivery.send', now() FROM school WHERE id > 2"
    )
    sql.execute(
        "INSERT INTO delivery (school_id, id, message_id, person_id, channel, batch_id, state, ended_at)"
        " SELECT p.school_id, uuid7(), m.id, p.id, 'email', o.id, 'sent', now() FROM person p"
        " JOIN message m ON m.school_id = p.school_id JOIN outbox o ON o.school_id = p.school_id WHERE p.school_id > 2"
    )
    sql.execute("VACUUM ANALYZE")


def test_the_newest_schools_are_a_panel_of_the_console(app, cast, sql):
    add_schools(sql, 6)
    add_run(sql, cast.thaba, "completed")
    (panel,) = PANELS
    assert panel.board == "console"
    with across_schools("test"):
        rows = panel.load(a_reader(cast))
    assert [row.name for row in rows] == [f"Éducation ~ {n:03}" for n in (6, 5, 4, 3, 2)]


def a_reader(cast):
    """Whoever looks at the console, as far as a panel cares."""
    values = dict.fromkeys(Who._fields)
    return Who(**{**values, "name": cast.operator.name, "platform_role": "operator"})
