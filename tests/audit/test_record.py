"""Who did what, in the transaction of the change."""

import json
from uuid import UUID

import click
import pytest

from app.access.actor import Actor, acting_as, current_actor
from app.audit.record import Target, hash_of, record, record_platform
from app.ids import uuid7
from app.models.person import Person
from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for

NALEDI = Actor("user", uuid7(), "Naledi Mokoena")


def _person(**values):
    return Person(kind="staff", name="Sipho", sort_key="sipho", **values)


def _rows(sql, table):
    return sql.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()


def test_a_change_and_its_event_are_stored_together_in_the_school(app, cast, sql):
    with acting_for(cast.thaba.id) as session:
        session.add(person := _person())
        record("people.add", person, label="Sipho", after={"phone": "+27"}, by=NALEDI)
        session.commit()
        key = person.id
    found = sql.execute(
        "SELECT school_id, action, actor_kind, actor_id, target_kind, target_id, request_id, seq > 0, now() - at < '1 min' FROM audit_event"
    ).fetchall()
    assert found == [(cast.thaba.id, "people.add", "user", NALEDI.id, "person", str(key), None, True, True)]
    values = dict(sql.execute("SELECT field, value FROM audit_value WHERE school_id = %s", [cast.thaba.id]).fetchall())
    assert values == {"actor": "Naledi Mokoena", "label": "Sipho", "phone:after": '"+27"'}
    assert _rows(sql, "platform_event") == []


def test_a_change_that_is_undone_leaves_no_event(app, cast, sql):
    with acting_for(cast.thaba.id) as session:
        session.add(person := _person())
        record("people.add", person, label="Sipho", by=NALEDI)
        session.flush()
        session.rollback()
    assert _rows(sql, "audit_event") == _rows(sql, "audit_value") == []


def test_an_event_holds_no_personal_value_only_what_proves_it(app, cast, sql):
    with acting_for(cast.thaba.id) as session:
        before, after = {"name": "Sipho", "phone": "1", "urgent": False}, {"name": "Thabo", "phone": "1", "urgent": True}
        record("people.rename", Target("person", uuid7()), label="Sipho", before=before, after=after, by=NALEDI)
        session.commit()
    changes, *_ = sql.execute("SELECT changes FROM audit_event").fetchone()
    salts = dict(sql.execute("SELECT field, salt FROM audit_value").fetchall())
    assert set(changes) == {"actor", "label", "name", "urgent"}, "what did not change is not in it"
    assert not {"Sipho", "Thabo", "Naledi Mokoena"} & set(json.dumps(changes).replace('"', " ").split())
    assert changes["name"] == {
        "before": hash_of(salts["name:before"], "name:before", '"Sipho"'),
        "after": hash_of(salts["name:after"], "name:after", '"Thabo"'),
    }


def test_the_same_value_has_another_hash_in_each_event(app, cast, sql):
    with acting_for(cast.thaba.id) as session:
        for _ in range(2):
            record("people.look", Target("person", 1), label="Sipho", by=NALEDI)
        session.commit()
    one, two = (row[0]["label"] for row in sql.execute("SELECT changes FROM audit_event").fetchall())
    assert one != two


def test_erasing_the_values_leaves_the_events_as_they_were(app, cast, sql):
    with acting_for(cast.thaba.id) as session:
        record("people.add", Target("person", 1), label="Sipho", by=NALEDI)
        session.commit()
    before = _rows(sql, "audit_event")
    with across_schools("erasure", routine=True) as session:
        db.session.connection().exec_driver_sql(
            "UPDATE audit_value SET value = NULL, salt = NULL, erased_under = 'certificate 7'"
        )
        session.commit()
    assert _rows(sql, "audit_event") == before
    assert sql.execute("SELECT count(*) FROM audit_value WHERE value IS NOT NULL").fetchone() == (0,)


def test_across_schools_it_is_an_event_of_the_platform(app, cast, sql):
    with across_schools("a new operator", routine=True) as session:
        record("operator.add", Target("app_user", 1), label="olive@example.com", by=NALEDI)
        session.commit()
    assert [row[3] for row in _rows(sql, "platform_event")] == ["operator.add"]
    assert _rows(sql, "audit_event") == []


def test_outside_of_both_it_is_an_event_of_the_platform_and_stored_at_once(app, cast, sql):
    record("account.sign_in_failed", None, label="nobody@example.com", by=Actor("visitor", None, ""))
    assert sql.execute("SELECT action, target_kind FROM platform_event").fetchall() == [("account.sign_in_failed", "platform")]
    assert sql.execute("SELECT field FROM platform_value").fetchall() == [("label",)]


def test_an_event_of_the_platform_stays_when_the_school_undoes_its_own(app, cast, sql):
    with acting_for(cast.thaba.id) as session:
        session.add(_person())
        session.flush()
        record_platform("access.turned_away", None, label="/operator", by=NALEDI)
        assert db.session() is session
        session.rollback()
    assert len(_rows(sql, "platform_event")) == 1
    assert sql.execute("SELECT count(*) FROM person WHERE name = 'Sipho'").fetchone() == (0,)


@pytest.mark.parametrize(("target", "kind"), [(None, "school"), (Target("export", "people"), "export")])
def test_a_target_is_a_row_or_named_or_the_school_itself(app, cast, sql, target, kind):
    with acting_for(cast.thaba.id) as session:
        record("school.x", target, label="x", by=NALEDI)
        session.commit()
    assert sql.execute("SELECT target_kind FROM audit_event").fetchone() == (kind,)


def test_who_acts_is_the_person_of_the_request(app, cast):
    with app.test_request_context("/", headers={"Cookie": f"session={cast.thaba.admin.token}"}):
        assert current_actor() == Actor("user", cast.thaba.admin.user_id, cast.thaba.admin.name)
    with app.test_request_context("/"):
        assert current_actor() == Actor("visitor", None, "")


def test_in_a_school_who_acts_has_the_name_that_the_school_keeps(app, cast, sql):
    admin = cast.thaba.admin
    sql.execute("UPDATE app_user SET name = 'Somebody Else' WHERE id = %s", [admin.user_id])
    kept, chosen = Actor("user", admin.user_id, admin.name), Actor("user", admin.user_id, "Somebody Else")
    with app.test_request_context("/", headers={"Cookie": f"session={admin.token}"}):
        with acting_for(cast.thaba.id):
            assert current_actor() == kept
            record_platform("access.turned_away", None, label="/operator")
        with acting_for(cast.karoo.id):
            assert current_actor() == chosen, "a school where they are nobody"
        with across_schools("a test", routine=True):
            assert current_actor() == chosen
    assert ("Somebody Else",) in sql.execute("SELECT value FROM platform_value WHERE field = 'actor'").fetchall()


def test_who_acts_is_the_job_that_says_so_or_the_command_that_runs(app):
    job = Actor("job", None, "notices.fan_out")
    with acting_as(job), app.test_request_context("/"):
        assert current_actor() == job
    assert current_actor() == Actor("system", None, "")

    @app.cli.command("whoami")
    def whoami():
        click.echo(current_actor().kind)

    try:
        assert app.test_cli_runner().invoke(args=["whoami"]).output == "command\n"
    finally:
        app.cli.commands.pop("whoami")


def test_an_event_names_the_request_that_the_log_names_too(browser, cast, sql):
    page = browser.as_(cast.thaba.teacher).get("/audit/", headers={"X-Request-Id": "abcdefgh-1"})
    assert page.status == 403
    assert sql.execute("SELECT DISTINCT request_id FROM platform_event").fetchall() == [("abcdefgh-1",)]
    assert UUID(str(sql.execute("SELECT actor_id FROM platform_event").fetchone()[0])) == cast.thaba.teacher.user_id
