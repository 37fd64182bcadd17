"""The outbox: what waits, what may be done with it, and what may not."""

from __future__ import annotations

import pytest

from app.domain.leads import stages
from app.domain.leads.records import unsubscribe
from tests.follow_ups.conftest import EMAIL

LIST = "/marketing/outbox/"


def states(sql):
    return [state for (state,) in sql.execute("SELECT state FROM follow_up ORDER BY id").fetchall()]


def test_it_is_the_owners_alone(browser, cast):
    for someone in (cast.thaba.admin, cast.thaba.teacher, cast.thaba.guardian, cast.operator):
        assert browser.as_(someone).get(LIST).status == 403


def test_an_empty_outbox_says_what_a_follow_up_is_and_what_to_do(owner, template):
    page = owner.get(LIST)
    assert "Follow-ups are templates that a person sends" in page.main
    assert page.links()["Write a template"] == "/marketing/templates/new"
    template()
    assert "Nothing waits" in owner.get(LIST).main


def test_the_list_says_who_where_and_why(sql, owner, waiting):
    made = waiting()
    assert "Lindiwe Nkosi" in owner.get(LIST).main
    assert owner.get(f"{LIST}?state=to_approve").links()["First answer: Lindiwe Nkosi"] == f"{LIST}{made}"
    assert owner.get(LIST).links()["Lindiwe Nkosi"] == f"{LIST}{made}"
    for state in ("due_later", "sending", "sent", "by_hand", "failed", "dead", "dismissed"):
        assert "No follow-up matches" in owner.get(f"{LIST}?state={state}").main
    assert owner.get(f"{LIST}?state=never").status == 404
    sql.execute("UPDATE follow_up SET due_at = now() + interval '1 day'")
    assert "Lindiwe Nkosi" in owner.get(f"{LIST}?state=due_later").main


def test_it_is_searched_by_name_child_and_address_and_by_template(sql, owner, waiting):
    waiting()
    (template,) = sql.execute("SELECT id FROM follow_up_template").fetchone()
    for found in ("lindiwe", "zanele", "example.org"):
        assert "Lindiwe Nkosi" in owner.get(f"{LIST}?q={found}").main
    assert "No follow-up matches" in owner.get(f"{LIST}?q=100%25").main
    assert "Lindiwe Nkosi" in owner.get(f"{LIST}?template={template}").main


def test_a_page_has_fifty_and_the_next_goes_on_where_it_ends(sql, owner, waiting):
    waiting()
    sql.execute(
        "WITH more AS (INSERT INTO lead (school_id, id, name, language, source) SELECT 1, uuid7(), 'Lead ' || n, 'en', 'form'"
        " FROM generate_series(1, 60) n RETURNING id) INSERT INTO follow_up (school_id, id, lead_id, template_id, revision,"
        " language, due_at) SELECT 1, uuid7(), m.id, t.id, 1, 'en', now() FROM more m, follow_up_template t"
    )
    first = owner.get(LIST)
    second = owner.get(LIST + first.links()["Older"])
    shown = [page.text.count('<th scope="row">') for page in (first, second)]
    assert shown == [50, 11]


def test_another_schools_is_not_there(browser, cast, waiting):
    made = waiting()
    other = browser.as_(cast.karoo.owner)
    for path in (f"{LIST}{made}", f"{LIST}{made}/edit", f"{LIST}{made}/by-hand", f"{LIST}{made}/dismiss"):
        assert other.get(path).status == 404
    for path in (f"{LIST}{made}/approve", f"{LIST}{made}/restore"):
        assert other.post(path).status == 404
    assert other.post(f"{LIST}approve", {"item": str(made)}).status == 404


def test_a_text_that_changed_since_it_was_seen_is_not_sent(sql, owner, waiting):
    made = waiting()
    form = owner.get(f"{LIST}{made}").form(f"{LIST}{made}/approve")
    sql.execute("UPDATE follow_up_template SET body = jsonb_set(body, '{en}', '\"Something else\"')")
    owner.post(f"{LIST}{made}/approve", form)
    assert "changed since you saw it" in owner.get(f"{LIST}{made}").banners[0]
    form = owner.get(f"{LIST}{made}").form(f"{LIST}{made}/approve")
    sql.execute("UPDATE lead SET email = 'somebody.else@example.org'")
    owner.post(f"{LIST}{made}/approve", form)
    assert states(sql) == ["open"]
    assert owner.post(f"{LIST}{made}/approve", {}).status == 303
    assert states(sql) == ["open"]


def test_an_edited_text_is_its_own_and_goes_back_to_the_templates(sql, owner, waiting):
    made = waiting()
    page = owner.get(f"{LIST}{made}/edit")
    assert "Dear Lindiwe Nkosi" in page.form()["body"]
    owner.post(f"{LIST}{made}/edit", page.form() | {"body": "Dear Lindiwe\r\n\r\nSee you on Monday."})
    sql.execute("UPDATE follow_up_template SET body = jsonb_set(body, '{en}', '\"Something else\"')")
    shown = owner.get(f"{LIST}{made}")
    assert "See you on Monday." in shown.main
    owner.post(f"{LIST}{made}/restore")
    assert "Something else" in owner.get(f"{LIST}{made}").main


def test_an_edit_is_checked_and_loses_nothing(owner, waiting):
    made = waiting()
    page = owner.post(f"{LIST}{made}/edit", {"subject": "", "body": "Dear {nmae}"})
    assert page.status == 422
    assert page.problems == [
        "Enter a subject",
        "There is no place called {nmae}. The places that there are stand below the form.",
    ]
    assert "Dear {nmae}" in page.text


def test_a_place_with_nothing_in_it_keeps_a_text_from_going_out(sql, owner, waiting):
    made = waiting()
    sql.execute("UPDATE follow_up_template SET body = jsonb_set(body, '{en}', '\"Until {date}\"')")
    page = owner.get(f"{LIST}{made}")
    assert "There is nothing to put in the place of {date}." in page.main
    assert "Approve and send" not in page.main
    sql.execute("UPDATE lead SET next_due_on = '2027-02-03'")
    assert "Until 3 Feb 2027" in owner.get(f"{LIST}{made}").main


def test_whoever_left_cannot_be_written_to_in_any_way(sql, owner, waiting, change, by):
    made = waiting()
    form = owner.get(f"{LIST}{made}").form(f"{LIST}{made}/approve")
    (lead_id,) = sql.execute("SELECT id FROM lead").fetchone()
    change(lead_id, lambda held: unsubscribe(held, "link", by=by))
    page = owner.get(f"{LIST}{made}")
    assert "They asked for no more messages, so this cannot be sent." in page.main
    assert "Approve and send" not in page.main
    owner.post(f"{LIST}{made}/approve", form)
    owner.post(f"{LIST}{made}/by-hand", {"way": "phone"})
    owner.post(f"{LIST}approve", {"item": str(made), f"seen-{made}": form["seen"]})
    assert states(sql) == ["open"]
    assert "wants no more messages" in owner.get(LIST).main


def test_an_archived_lead_is_not_written_to(sql, owner, waiting, change, by):
    made = waiting()
    (lead_id,) = sql.execute("SELECT id FROM lead").fetchone()
    change(lead_id, lambda held: stages.archive(held, "Another school", by=by))
    page = owner.get(f"{LIST}{made}")
    assert "The lead was archived." in page.main
    assert "Approve" not in page.main


def test_it_is_copied_sent_by_hand_and_marked(sql, owner, waiting):
    made = waiting(phone="+27825550101", email=None)
    page = owner.get(f"{LIST}{made}")
    assert "There is no email address" in page.main
    page = owner.get(f"{LIST}{made}/by-hand")
    assert "+27825550101" in page.main
    assert "Thank you for asking about Zanele." in page.main
    assert owner.post(f"{LIST}{made}/by-hand", {}).problems == ["Choose how you sent it"]
    owner.post(f"{LIST}{made}/by-hand", {"way": "whatsapp"})
    row = sql.execute("SELECT state, way, subject, ended_by, sent_at IS NOT NULL FROM follow_up").fetchone()
    assert row == ("by_hand", "whatsapp", "Welcome, Lindiwe Nkosi", "Nomvula Khumalo", True)
    assert sql.execute("SELECT replied_at IS NOT NULL FROM lead").fetchone() == (True,)
    assert "By WhatsApp" in owner.get(f"{LIST}{made}").main
    owner.post(f"{LIST}{made}/by-hand", {"way": "phone"})
    assert sql.execute("SELECT way FROM follow_up").fetchone() == ("whatsapp",)


def test_it_is_dismissed_with_a_reason(sql, owner, waiting):
    made = waiting()
    assert owner.post(f"{LIST}{made}/dismiss", {}).problems == ["Enter a reason"]
    owner.post(f"{LIST}{made}/dismiss", {"reason": "They phoned us"})
    assert sql.execute("SELECT state, reason FROM follow_up").fetchone() == ("dismissed", "They phoned us")
    assert "They phoned us" in owner.get(f"{LIST}?state=dismissed").main
    owner.post(f"{LIST}{made}/dismiss", {"reason": "Again"})
    assert sql.execute("SELECT reason FROM follow_up").fetchone() == ("They phoned us",)


def test_many_are_approved_after_each_was_read(sql, owner, waiting, mailserver, work_off):
    ids = [waiting(name=f"Lead {n}", email=f"lead{n}@example.org") for n in range(3)]
    left = waiting(name="No address", email=None)
    page = owner.get(f"{LIST}?state=to_approve")
    assert page.text.count('type="checkbox" name="item"') == 3
    page = owner.get(f"{LIST}review?" + "&".join(f"item={each}" for each in [*ids, left]))
    assert page.main.count("Thank you for asking about Zanele.") == 3
    assert "There is no email address" in page.main
    form = page.form()
    answer = owner.post(f"{LIST}approve", form | {"item": [str(each) for each in ids[:2]]})
    assert answer.status == 303
    assert "2 follow-ups are on their way." in owner.get(LIST).banners
    work_off()
    assert sorted(mail.to for mail in mailserver.mails) == ["lead0@example.org", "lead1@example.org"]
    assert sorted(states(sql)) == ["open", "open", "sent", "sent"]


def test_one_of_many_that_changed_is_named_and_the_others_go(sql, owner, waiting):
    ids = [waiting(name=f"Lead {n}", email=f"lead{n}@example.org") for n in range(2)]
    form = owner.get(f"{LIST}review?item={ids[0]}&item={ids[1]}").form()
    sql.execute("UPDATE lead SET email = 'else@example.org' WHERE name = 'Lead 1'")
    owner.post(f"{LIST}approve", form | {"item": [str(each) for each in ids]})
    banners = owner.get(LIST).banners
    assert banners[0] == "1 follow-up is on its way."
    assert banners[1].startswith("Lead 1: The text or the address has changed")
    assert states(sql) == ["sending", "open"]


@pytest.mark.parametrize(
    "asked", ["", "?item=nonsense", "?" + "&".join(f"item=01890000-0000-7000-8000-0000000000{n:02}" for n in range(51))]
)
def test_a_review_of_nothing_or_of_too_many_is_refused(owner, asked):
    assert owner.get(f"{LIST}review{asked}").status in (303, 404, 400)
    assert owner.post(f"{LIST}approve", {}).status == 303


def test_the_audit_says_what_was_done_and_an_erasure_finds_it(sql, owner, waiting):
    made = waiting()
    form = owner.get(f"{LIST}{made}").form(f"{LIST}{made}/approve")
    owner.post(f"{LIST}{made}/approve", form)
    (kind, target) = sql.execute(
        "SELECT target_kind, target_id FROM audit_event WHERE action = 'follow_ups.approve'"
    ).fetchone()
    assert (kind, target) == ("lead", str(sql.execute("SELECT id FROM lead").fetchone()[0]))
    told = str(sql.execute("SELECT array_agg(value) FROM audit_value").fetchone())
    assert EMAIL not in told, "more people read the log than those who write to families"


def test_follow_ups_are_taken_out_as_csv_by_whoever_proves_who_they_are(sql, cast, owner, waiting):
    waiting()
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    got = owner.get("/exports/follow_ups.csv", check=False)
    if got.status != 200:
        got = owner.get(owner.get(LIST).links()["Download as CSV"], check=False)
    assert got.status == 200
    assert "Lindiwe Nkosi" in got.text


EDITED = {"subject": "Mine", "body": "Dear Lindiwe\n\nWords that took an hour."}


def test_of_two_who_edit_it_at_once_neither_loses_a_word(sql, owner, waiting):
    made = waiting()
    form = owner.get(f"{LIST}{made}/edit").form()
    assert owner.post(f"{LIST}{made}/edit", form | {"body": "The first"}).status == 303
    page = owner.post(f"{LIST}{made}/edit", form | EDITED)
    assert page.status == 409
    assert "has changed since you opened it" in page.main
    assert "The first" in page.main
    assert EDITED.items() <= page.form().items()
    assert sql.execute("SELECT body FROM follow_up").fetchone() == ("The first",)
    assert owner.post(f"{LIST}{made}/edit", page.form()).status == 303
    assert sql.execute("SELECT body FROM follow_up").fetchone() == ("Dear Lindiwe\n\nWords that took an hour.",)


def test_an_edit_sent_twice_is_one_edit(sql, owner, waiting):
    made = waiting()
    form = owner.get(f"{LIST}{made}/edit").form() | EDITED
    assert [owner.post(f"{LIST}{made}/edit", form).status for _ in range(2)] == [303, 303]
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'follow_ups.edit'").fetchone() == (1,)


@pytest.mark.parametrize(
    ("meanwhile", "why", "stands"),
    [
        (
            "UPDATE follow_up SET state = 'dismissed', reason = 'They phoned'", "This follow-up does not wait any more.",
            "Thank you for asking about Zanele.",
        ),
        ("UPDATE lead SET erased_at = now()", "The lead was merged into another one or erased.", "Its words are gone."),
    ],
)  # fmt: skip
def test_an_edit_that_comes_too_late_keeps_what_was_typed_and_says_what_happened(sql, owner, waiting, meanwhile, why, stands):
    made = waiting()
    form = owner.get(f"{LIST}{made}/edit").form()
    sql.execute(meanwhile)
    page = owner.post(f"{LIST}{made}/edit", form | EDITED)
    assert page.status == 409
    assert why in page.main
    assert stands in page.main
    assert EDITED.items() <= page.form().items()
    assert sql.execute("SELECT is_edited FROM follow_up").fetchone() == (False,)


def test_what_may_not_be_sent_is_not_offered_for_sending_by_hand(sql, owner, waiting, change, by):
    made = waiting(phone="+27825550101")
    assert "Send it by hand…" in owner.get(f"{LIST}{made}").main
    (lead_id,) = sql.execute("SELECT id FROM lead").fetchone()
    change(lead_id, lambda held: unsubscribe(held, "link", by=by))
    assert "Send it by hand…" not in owner.get(f"{LIST}{made}").main
    for ask in (owner.get, owner.post):
        answer = ask(f"{LIST}{made}/by-hand")
        assert (answer.status, answer.location) == (303, f"{LIST}{made}")
        assert "+27825550101" not in answer.text
        assert "They asked for no more messages, so this cannot be sent." in owner.get(f"{LIST}{made}").banners


def test_a_place_with_nothing_in_it_is_not_copied_either(sql, owner, waiting):
    made = waiting(email=None)
    assert owner.get(f"{LIST}{made}/by-hand").status == 200
    sql.execute("UPDATE follow_up_template SET body = jsonb_set(body, '{en}', '\"Until {date}\"')")
    assert owner.get(f"{LIST}{made}/by-hand").status == 303
    assert "Send it by hand…" not in owner.get(f"{LIST}{made}").main
