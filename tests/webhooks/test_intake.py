"""POST /webhooks/<provider>: proven on the raw bytes, stored once, answered fast; whatever else comes is counted and forgotten."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from app.delivery.signatures import sign
from app.domain.webhooks.body import LARGEST
from tests.webhooks.arranged import CUSTOMER, NOW, PROVIDER, SECRET, body, refusals, states

HOUR = dt.timedelta(hours=1)


def test_an_event_is_stored_raw_with_its_mark_in_the_school_and_a_doorbell(sql, tell):
    raw = body().replace(b": ", b" :\t")
    answer = tell(raw)
    assert (answer.status_code, answer.json) == (200, {"status": "stored"})
    stored = sql.execute(
        "SELECT body, event_id, type, happened_at, object_id, customer, for_school, state, reason FROM webhook_event"
    ).fetchone()
    assert stored == (raw, "evt_1", "payment.succeeded", NOW, "payment:pay_1", CUSTOMER, 1, "stored", None)
    assert sql.execute("SELECT school_id, provider, event_id, state FROM webhook_effect").fetchall() == [
        (1, PROVIDER, "evt_1", "stored")
    ]
    assert sql.execute(
        "SELECT o.school_id, o.job FROM outbox o JOIN webhook_event e ON e.id = o.subject WHERE o.done_at IS NULL"
    ).fetchall() == [(0, "webhooks.process")]


def test_the_same_bytes_again_are_a_copy_and_change_nothing(sql, tell):
    assert [tell().json for _ in range(3)] == [{"status": "stored"}, {"status": "copy"}, {"status": "copy"}]
    assert sql.execute("SELECT count(*), sum(copies), sum(altered) FROM webhook_event").fetchone() == (1, 2, 0)
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'webhooks.process'").fetchone() == (1,)


def test_a_copy_does_not_wait_for_whoever_acts_on_the_event_and_is_counted_later(sql, tell):
    """Its row is held for as long as the effect takes. (A copy that waits would be seen as one that still runs.)"""
    tell()
    with ThreadPoolExecutor(1) as provider:
        with sql.transaction():
            sql.execute("SELECT 1 FROM webhook_event FOR UPDATE")
            copy = provider.submit(tell)
            done, _ = wait([copy], timeout=10)
        assert done, "it waited"
        assert (copy.result().status_code, copy.result().json) == (200, {"status": "copy"})
    assert sql.execute("SELECT copies FROM webhook_event").fetchone() == (0,)
    tell()
    assert sql.execute("SELECT copies, altered FROM webhook_event").fetchone() == (2, 0)


def test_the_same_id_with_another_body_is_refused_flagged_and_counted(sql, tell):
    tell(amount=1000)
    answer = tell(amount=999_999)
    assert (answer.status_code, answer.json) == (409, {"error": "altered"})
    assert sql.execute("SELECT altered, copies FROM webhook_event").fetchone() == (1, 0)
    assert b"999999" not in sql.execute("SELECT body FROM webhook_event").fetchone()[0]
    assert refusals(sql) == {(PROVIDER, "altered"): 1}


def test_an_unknown_type_is_stored_and_fine(sql, tell):
    assert tell(type="account.blessed").json == {"status": "ignored"}
    assert states(sql) == {"evt_1": ("ignored", "unknown_type")}
    assert sql.execute("SELECT state, reason FROM webhook_effect").fetchall() == [("ignored", "unknown_type")]
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'webhooks.process'").fetchone() == (0,)


def test_the_school_is_never_the_payloads_word(sql, tell):
    """`cus_2` is nobody of ours, whatever else the payload says."""
    tell(customer="cus_2", school_id=2, school="thaba", for_school=2)
    assert states(sql) == {"evt_1": ("stored", "unknown_customer")}
    assert sql.execute("SELECT count(for_school) FROM webhook_event").fetchone() == (0,)
    assert sql.execute("SELECT count(*) FROM webhook_effect").fetchone() == (0,)


@pytest.mark.parametrize("customer", [None, 5, "", "with space", "x" * 300, ["cus_1"], "\ud800"])
def test_one_that_names_no_customer_is_kept_as_failed_for_somebody_to_look_at(sql, tell, customer):
    assert tell(customer=customer).status_code == 200
    assert states(sql) == {"evt_1": ("failed", "bad_data")}


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"secret": "a secret of somebody else, long enough"}, "bad_signature"),
        ({"header": ""}, "bad_signature"),
        ({"header": "t=1,v1=0"}, "bad_signature"),
        ({"header": "t=1" * 5000}, "bad_signature"),
        ({"header": sign(b"{}", SECRET, at=NOW)}, "bad_signature"),
        ({"signed": NOW - HOUR}, "too_old"),
        ({"signed": NOW + 24 * HOUR}, "too_early"),
        ({"raw": b"x" * (LARGEST + 1)}, "too_large"),
        ({"raw": b"{"}, "not_json"),
        ({"raw": b"\xff"}, "not_utf8"),
        ({"raw": b'{"a": 1, "a": 2}'}, "duplicate_key"),
        ({"raw": b'{"a": NaN}'}, "bad_number"),
        ({"raw": b"[" * 1000}, "too_deep"),
        ({"raw": b"{}"}, "not_an_event"),
    ],
)
def test_what_is_refused_is_counted_under_its_reason_and_nothing_of_it_is_kept(sql, tell, how, reason):
    answer = tell(**how)
    assert answer.status_code == (413 if reason == "too_large" else 400)
    said = "bad_signature" if reason in ("too_old", "too_early") else reason  # which, nobody is told
    assert answer.json == {"error": said}
    assert refusals(sql) == {(PROVIDER, reason): 1}
    assert sql.execute("SELECT count(*) FROM webhook_event").fetchone() == (0,)


def test_it_is_proven_before_it_is_read(sql, tell):
    """A stranger's body is never parsed: of one that is forged and no JSON as well only the signature is counted."""
    tell(raw=b"[" * 5000, secret="a secret of somebody else, long enough")
    assert refusals(sql) == {(PROVIDER, "bad_signature"): 1}


def test_providers_that_nobody_knows_share_one_row(sql, tell):
    for name in ("nobody", "nobody-2", "UPPER", "x" * 90, "%2e%2e"):
        assert tell(provider=name).status_code == 404
    assert refusals(sql) == {("?", "unknown_provider"): 5}


def test_refusals_of_an_hour_are_one_row_for_each_reason(sql, tell):
    for number in range(30):
        tell(header=f"t=1,v1={number}")
    assert sql.execute("SELECT count(*), sum(number)::int FROM webhook_refusal").fetchone() == (1, 30)


def test_whoever_holds_the_row_of_refusals_holds_up_nobody(app, sql, test_run, tell):
    """The count waits 50 ms for its turn, and goes along with the next one."""
    tell(header="")
    with sql.transaction():
        sql.execute("UPDATE webhook_refusal SET number = number WHERE reason = 'bad_signature'")
        assert tell(header="").status_code == 400
        assert tell(id="evt_good").status_code == 200
    tell(header="")
    assert refusals(sql) == {(PROVIDER, "bad_signature"): 3}


def test_one_that_is_too_large_is_not_read(app, shared):
    """The length alone is enough; what says none is read up to the limit."""
    answer = app.test_client().post(f"/webhooks/{PROVIDER}", environ_overrides={"CONTENT_LENGTH": str(1 << 30)})
    assert answer.status_code == 413


def test_a_test_without_the_check_of_the_signature_would_fail(monkeypatch, sql, tell):
    """Planted: a door that takes every signature for good lets a forged event in."""
    monkeypatch.setattr("app.delivery.inbox.verify", lambda *_, **__: 0)
    assert tell(secret="a secret of somebody else, long enough").status_code == 200
    assert states(sql)


def test_the_answer_needs_no_session_and_sets_none(app, tell):
    answer = tell()
    assert "Set-Cookie" not in answer.headers
    assert app.test_client().get(f"/webhooks/{PROVIDER}").status_code == 405
    assert json.loads(answer.data) == {"status": "stored"}
