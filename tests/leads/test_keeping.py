"""How long leads are kept: the silent are erased, somebody who asks at once; what is held is copied; no word is left."""

import datetime as dt
import json

import pytest

from app.domain.leads import hooks, retention
from app.domain.leads.records import lead_for_change
from app.work.jobs import jobs_of
from tests.audit.conftest import _alone  # noqa: F401  seals wait for what runs in other databases
from tests.audit.sealed import check, seal
from tests.leads.arranged import a_lead, an_event
from tests.leads.conftest import BASE, BY

NOW = dt.datetime.now(dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=800)
WORDS = ("Palesa", "Mahlangu", "palesa@example.org", "27825550199", "Karabo", "two cats", "Moved to Durban", "Is there a place?",
         "Nobody Known", "27835550102")  # fmt: skip


@pytest.fixture
def sure(sql, cast):
    """The owner has just proven who they are."""
    sql.execute("UPDATE login_session SET stepped_up_at = now() WHERE user_id = %s", (cast.thaba.owner.user_id,))


def anywhere(sql, word):
    """The tables of the school in which a word stands."""
    found = set()
    tables = sql.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    for (table,) in tables:
        if sql.execute(f'SELECT 1 FROM "{table}" t WHERE t::text ILIKE %s LIMIT 1', (f"%{word}%",)).fetchone():
            found.add(table)
    return found


def test_somebody_who_asks_is_erased_at_once_and_no_word_is_left(owner, lead, row, events, sql, cast, sure, work_off):
    made = lead(consent_at=NOW, submission_key="k")
    an_event(sql, cast.thaba, made, "note", {"text": "Has two cats"}, "Nomvula Khumalo")
    form = owner.get(f"{BASE}/{made}/edit").form()
    owner.post(f"{BASE}/{made}/edit", {**form, "name": "Nobody Known", "email": "", "phone": "+27 83 555 0102", "child_name": "",
                                       "message": ""})  # fmt: skip
    owner.post(f"{BASE}/{made}/archive", {"why": "Moved to Durban"})
    other = lead("Palesa M.", merged_into=made)
    assert owner.post(f"{BASE}/{made}/erase").problems == ["Tick the box if everything is to be erased"]
    answer = owner.post(f"{BASE}/{made}/erase", {"sure": "y"})
    assert answer.location == f"{BASE}/"
    work_off()
    for word in WORDS:
        assert anywhere(sql, word) == set(), word
    for each in (made, other):
        found = row(each)
        assert found["erased_at"] is not None
        assert (found["name"], found["email"], found["consent_at"], found["submission_key"]) == ("", None, None, None)
    assert (row(made)["stage"], row(made)["source"]) == ("archived", "form"), "the figures of the month hold"
    assert [details for kind, details in events(made) if kind in ("created", "stage", "edited")] == [
        {"source": "form"}, {}, {"before": "new", "after": "archived"},
    ]  # fmt: skip
    for path in ("", "/edit", "/copy.json", "/erase"):
        assert owner.get(f"{BASE}/{made}{path}").status == 404


def test_the_erasure_is_certified_by_an_event_and_the_log_holds(owner, lead, sql, cast, sure, work_off):
    made = lead()
    owner.post(f"{BASE}/{made}/notes", {"text": "Has two cats"})
    owner.post(f"{BASE}/{made}/erase", {"sure": "y"})
    work_off()
    (event,) = sql.execute("SELECT id FROM audit_event WHERE action = 'leads.erase'").fetchall()
    values = dict(sql.execute("SELECT field, value FROM audit_value WHERE event_id = %s", event).fetchall())
    assert json.loads(values["why:after"]) == "asked"
    assert json.loads(values["events:after"]) == 2
    assert values["actor"] == "Nomvula Khumalo"
    assert "Palesa" not in str(values)
    seal()
    report = check()
    assert report.is_sound
    assert report.erased == {f"lead {made}": 1}


def test_values_emptied_in_the_name_of_an_erasure_that_was_not_theirs_are_found(owner, lead, sql, sure, work_off):
    made, other = lead(), lead("Anna Botha", email="anna@example.org")
    owner.post(f"{BASE}/{other}/notes", {"text": "A note"})
    owner.post(f"{BASE}/{made}/erase", {"sure": "y"})
    work_off()
    sql.execute(
        "UPDATE audit_value v SET value = NULL, salt = NULL, erased_under = %s FROM audit_event e"
        " WHERE e.id = v.event_id AND e.target_id = %s AND v.field = 'label'",
        (f"lead {made}", str(other)),
    )
    seal()
    assert [(fault.kind, fault.field) for fault in check().faults] == [("value_emptied", "label")]


def test_erasing_asks_who_it_is(owner, lead, row):
    made = lead()
    assert "/account/confirm" in owner.post(f"{BASE}/{made}/erase", {"sure": "y"}).location or row(made)["erased_at"] is None
    assert row(made)["erased_at"] is None


def test_a_copy_has_everything_that_is_held(owner, lead, sql, cast, sure, monkeypatch):
    made = lead(utm={"campaign": "open-day"}, owner_id=cast.thaba.teacher.person_id)
    an_event(sql, cast.thaba, made, "note", {"text": "Has two cats"}, "Nomvula Khumalo")
    other = lead("P. M.", merged_into=made)
    monkeypatch.setattr(hooks, "_copy", {"follow_ups": lambda session, ids: [str(each) for each in ids]})
    answer = owner.get(f"{BASE}/{made}/copy.json")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=lead-{made}.json"
    told = json.loads(answer.text)
    assert told["looked_after_by"] == "Lerato Dlamini"
    assert [each["name"] for each in told["leads"]] == ["Palesa Mahlangu", "P. M."]
    assert told["leads"][0]["utm"] == {"campaign": "open-day"}
    assert "Has two cats" in str(told["history"])
    assert told["follow_ups"] == [str(made), str(other)]
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'leads.copy'").fetchone() == (1,)


def test_the_school_says_how_long(owner, sql):
    page = owner.get(f"{BASE}/keeping")
    assert page.form()["months"] == "24"
    for wrong in ("0", "121", "", "two"):
        page = owner.post(f"{BASE}/keeping", {"months": wrong})
        assert page.status == 422
        assert page.one("input", name="months").get("value") == wrong
    owner.post(f"{BASE}/keeping", {"months": "6"})
    assert sql.execute("SELECT id, lead_months FROM school ORDER BY id").fetchall() == [(1, 6), (2, 24)]
    assert sql.execute("SELECT action FROM audit_event").fetchall() == [("leads.keep",)]


@pytest.mark.parametrize(
    ("silent", "more", "goes"),
    [
        (800, {}, True),
        (800, {"stage": "archived", "archived_from": "new"}, True),
        (700, {}, False),
        (800, {"stage": "enrolled"}, False),
        (800, {"next_due_on": "2099-01-01", "next_step": "Grade R of 2099"}, False),
        (800, {"next_due_on": "2026-01-01", "next_step": "Forgotten"}, True),
    ],
)
def test_only_what_was_silent_for_too_long_is_erased(here, lead, row, silent, more, goes):
    made = lead(touched_at=NOW - dt.timedelta(days=silent), **more)
    with here():
        for each in retention.due(retention.months()):
            retention.erase(each, retention.SILENT, by=BY)
    assert (row(made)["erased_at"] is not None) == goes


def test_the_periodic_job_erases_at_every_school_by_its_own_months(app, lead, row, sql, cast, work_off):
    ours, fresh = lead(touched_at=LONG_AGO), lead("Anna Botha")
    theirs = a_lead(sql, cast.karoo, touched_at=LONG_AGO)
    sql.execute("UPDATE school SET lead_months = 120 WHERE id = 2")
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, gen_random_uuid(), 'leads.look')")
    work_off()
    assert [row(each)["erased_at"] is not None for each in (ours, fresh, theirs)] == [True, False, False]
    told = sql.execute(
        "SELECT v.value FROM audit_value v JOIN audit_event e ON e.id = v.event_id WHERE e.action = 'leads.erase' AND v.field = 'why:after'"
    ).fetchall()
    assert told == [('"silent"',)]
    assert "leads.look" in jobs_of(app)


@pytest.mark.parametrize(
    ("moment", "months", "before"),
    [
        (dt.datetime(2026, 3, 31, 8, tzinfo=dt.UTC), 1, dt.datetime(2026, 2, 28, 8, tzinfo=dt.UTC)),
        (dt.datetime(2026, 1, 15, tzinfo=dt.UTC), 24, dt.datetime(2024, 1, 15, tzinfo=dt.UTC)),
        (dt.datetime(2026, 1, 31, tzinfo=dt.UTC), 2, dt.datetime(2025, 11, 30, tzinfo=dt.UTC)),
        (dt.datetime(2026, 12, 31, tzinfo=dt.UTC), 12, dt.datetime(2025, 12, 31, tzinfo=dt.UTC)),
    ],
)
def test_months_before_a_day(moment, months, before):
    assert retention.earlier(moment, months) == before


def test_who_holds_something_about_a_lead_hears_that_it_goes(here, lead, monkeypatch):
    heard = []
    monkeypatch.setattr(hooks, "_erase", [lambda session, lead: heard.append((lead.id, lead.name))])
    made = lead()
    with here():
        retention.erase(lead_for_change(made), retention.ASKED, by=BY)
    assert heard == [(made, "Palesa Mahlangu")]
