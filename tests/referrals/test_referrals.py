"""Referrals: one code for an enquiry, the first one; rewards as a ledger; a family sees numbers and nobody's name."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.domain.leads import intake
from app.domain.leads.merging import merge
from app.domain.referrals import attributing, codes, rewards
from app.ids import uuid7
from app.models.lead import Lead
from app.models.referral import ReferralReward
from app.seed.referrals import CODES, add_referrals
from app.seed.thaba import THABA
from app.tenancy.doors import acting_for
from blueprints.referrals import queries
from tests.lead_form.conftest import GOOD, HERE, Stranger, leads, open_form
from tests.leads.arranged import a_lead
from tests.referrals.arranged import a_code, a_referral, a_reward

BASE = "/marketing/referrals"
BY = Actor("user", uuid7(), "Nomvula")


@pytest.fixture
def owner(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.owner, language="en")


@pytest.fixture
def guardian(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.guardian, language="en")


@pytest.fixture
def stranger(browser, cast, sql, monkeypatch):
    open_form(sql, cast.thaba)
    return Stranger(browser, monkeypatch)


def _by_code(stranger, code, **said):
    page = stranger.opens(f"{HERE}&ref={code}")
    stranger.wait(20)
    assert stranger.sends(stranger.fills(page, **{**GOOD, **said})).status == 303


def _counted(sql):
    return sql.execute(
        "SELECT lead.name, code, how, withdrawn_at IS NULL FROM referral r JOIN lead ON lead.id = lead_id"
        " JOIN referral_code c ON c.id = code_id ORDER BY r.id"
    ).fetchall()


def test_an_enquiry_by_a_link_counts_for_its_family(stranger, cast, sql):
    a_code(sql, cast.thaba)
    _by_code(stranger, "bkm-7rt 2")
    assert _counted(sql) == [("Palesa Mahlangu", "BKM7RT2", "form", True)]
    assert leads(sql, "source, referral_code_id IS NOT NULL") == [("referral", True)]


@pytest.mark.parametrize("code", ["NOSUCH1", "", "<script>", "x" * 500])
def test_a_code_that_is_none_is_nobodys_fault(stranger, cast, sql, code):
    _by_code(stranger, code)
    assert (_counted(sql), leads(sql, "source")) == ([], [("form",)])


def test_a_closed_code_counts_for_nobody(stranger, cast, sql):
    a_code(sql, cast.thaba, closed=True)
    _by_code(stranger, "BKM7RT2")
    assert _counted(sql) == []


def test_the_first_code_of_a_family_counts_whatever_they_come_with_later(stranger, cast, sql):
    a_code(sql, cast.thaba)
    a_code(sql, cast.thaba, "ZZZ2222", guardian=cast.thaba.admin.person_id)
    _by_code(stranger, "BKM7RT2")
    _by_code(stranger, "ZZZ2222", name="Palesa M")
    _by_code(stranger, "", name="Palesa again")
    assert [(name, code) for name, code, *_ in _counted(sql)] == [
        ("Palesa Mahlangu", "BKM7RT2"), ("Palesa M", "BKM7RT2"), ("Palesa again", "BKM7RT2"),
    ]  # fmt: skip


def test_nobodys_own_code_counts_for_themselves(stranger, cast, sql):
    a_code(sql, cast.thaba)
    _by_code(stranger, "BKM7RT2", email=cast.thaba.guardian.email)
    assert _counted(sql) == []


def test_another_schools_code_is_none_here(stranger, cast, sql):
    a_code(sql, cast.karoo)
    _by_code(stranger, "BKM7RT2")
    assert _counted(sql) == []


def test_the_database_keeps_one_referral_a_lead(cast, sql):
    lead = a_lead(sql, cast.thaba)
    a_referral(sql, cast.thaba, lead=lead)
    with pytest.raises(psycopg.errors.UniqueViolation):
        a_referral(sql, cast.thaba, lead=lead)


@pytest.mark.parametrize("older_is_kept", [True, False])
def test_of_two_enquiries_that_become_one_the_older_touch_stays(app, cast, sql, older_is_kept):
    older, newer = a_lead(sql, cast.thaba), a_lead(sql, cast.thaba, "Palesa again")
    other = a_code(sql, cast.thaba, "ZZZ2222", guardian=cast.thaba.admin.person_id)
    a_referral(sql, cast.thaba, lead=older)
    a_referral(sql, cast.thaba, lead=newer, code=other)
    kept, gone = (older, newer) if older_is_kept else (newer, older)
    with acting_for(1) as session:
        attributing.hooks.merging(session, session.scalars(select(Lead).where(Lead.id == kept)).one(),
                                  session.scalars(select(Lead).where(Lead.id == gone)).one())  # fmt: skip
        session.commit()
    live = sql.execute("SELECT lead_id, code FROM referral JOIN referral_code c ON c.id = code_id WHERE withdrawn_at IS NULL")
    assert live.fetchall() == [(kept, "BKM7RT2")]
    assert sql.execute("SELECT withdrawn_why FROM referral WHERE withdrawn_at IS NOT NULL").fetchall() == [("merged",)]
    assert merge  # it calls the same hooks


def test_a_family_has_one_code_at_a_time(app, cast, sql):
    a_code(sql, cast.thaba, closed=True)
    with acting_for(1) as session:
        made = codes.make_code(cast.thaba.guardian.person_id, by=BY)
        with pytest.raises(codes.HasCode):
            codes.make_code(cast.thaba.guardian.person_id, by=BY)
        with pytest.raises(codes.NotAGuardian):
            codes.make_code(cast.thaba.teacher.person_id, by=BY)
        assert set(made.code) <= set(codes.LETTERS)
        assert codes.close_code(made.id, by=BY)
        assert not codes.close_code(made.id, by=BY)
        session.commit()


def test_the_ledger_is_never_changed(app, cast, sql):
    reward = a_reward(sql, cast.thaba)
    for change in ("UPDATE referral_reward SET cents = 1", "DELETE FROM referral_reward", "TRUNCATE referral_reward"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            sql.execute(change)
    with acting_for(1) as session:
        rewards.pay(reward, by=BY)
        for end in (lambda: rewards.pay(reward, by=BY), lambda: rewards.take_back(reward, "Why", by=BY)):
            with pytest.raises(rewards.EndedAlready):
                end()
        with pytest.raises(rewards.NoSuchGrant):
            rewards.pay(uuid7(), by=BY)
        assert session.scalars(select(ReferralReward.kind).order_by(ReferralReward.id)).all() == ["granted", "paid"]


def test_the_owner_counts_a_lead_by_hand_rewards_it_and_takes_it_back(owner, cast, sql):
    a_code(sql, cast.thaba)
    lead = a_lead(sql, cast.thaba)
    assert owner.post(f"{BASE}/count", {}).problems == ["Choose a lead", "Choose a family"]
    answer = owner.post(f"{BASE}/count", {"lead": str(lead), "code": "BKM7RT2"})
    assert answer.status == 303
    page = owner.get(answer.location)
    assert "Entered by the school" in page.main
    assert owner.post(f"{BASE}/count", {"lead": str(lead), "code": "BKM7RT2"}).problems == [
        "This enquiry counts for a family already. Withdraw that first."
    ]
    wrong = owner.post(answer.location + "/grant", {"amount": "12,5", "words": ""})
    assert (wrong.status, wrong.problems) == (422, ["Enter an amount such as 1150.00"])
    assert owner.post(answer.location + "/grant", {"amount": "", "words": ""}).status == 422
    assert owner.post(answer.location + "/grant", {"amount": "250,50", "words": "A month of fees"}).status == 303
    assert owner.post(answer.location + "/grant", {"amount": "", "words": "A school jersey"}).status == 303
    refused = owner.post(answer.location + "/withdraw", {"why": "It was somebody else"})
    assert "Take that back first" in owner.get(refused.location).banners[0]
    first, second = (row[0] for row in sql.execute("SELECT id FROM referral_reward ORDER BY id").fetchall())
    assert owner.post(f"{answer.location}/rewards/{first}/pay").status == 303
    assert owner.post(f"{answer.location}/rewards/{second}/take-back", {"why": ""}).status == 422
    assert owner.post(f"{answer.location}/rewards/{second}/take-back", {"why": "None in stock"}).status == 303
    page = owner.get(answer.location)
    assert "Paid out" in page.main
    assert "None in stock" in page.main
    listed = owner.get(f"{BASE}/").main
    assert "R 250,50" in listed.replace("\u00a0", " ") or "R250,50" in listed.replace("\u00a0", "") or "250.50" in listed
    assert sql.execute("SELECT kind, cents, currency FROM referral_reward ORDER BY id").fetchall() == [
        ("granted", 25050, "ZAR"), ("granted", 0, "ZAR"), ("paid", 25050, "ZAR"), ("taken_back", 0, "ZAR"),
    ]  # fmt: skip


def test_what_was_counted_wrongly_is_withdrawn_and_can_be_counted_anew(owner, cast, sql):
    referral = a_referral(sql, cast.thaba)
    assert owner.post(f"{BASE}/{referral}/withdraw", {"why": ""}).problems == ["Enter the reason"]
    assert owner.post(f"{BASE}/{referral}/withdraw", {"why": "A slip"}).status == 303
    assert owner.post(f"{BASE}/{referral}/withdraw", {"why": "A slip"}).status == 303
    assert owner.post(f"{BASE}/{referral}/grant", {"amount": "10"}).status == 303
    assert sql.execute("SELECT count(*) FROM referral_reward").fetchone() == (0,)
    (lead,) = sql.execute("SELECT lead_id FROM referral").fetchone()
    assert owner.post(f"{BASE}/count", {"lead": str(lead), "code": "BKM7RT2"}).status == 303
    assert "Withdrawn" in owner.get(f"{BASE}/").main


def test_the_owner_makes_codes_and_closes_them(owner, cast, sql):
    code = a_code(sql, cast.thaba)
    assert owner.post(f"{BASE}/codes/{code}/close").status == 303
    page = owner.get(f"{BASE}/codes?q=aya")
    assert "Ayanda <Dube>" in page.main
    assert owner.post(f"{BASE}/codes/make/{cast.thaba.guardian.person_id}").status == 303
    assert owner.post(f"{BASE}/codes/make/{cast.thaba.guardian.person_id}").status == 303
    assert owner.post(f"{BASE}/codes/make/{cast.thaba.teacher.person_id}").status == 404
    assert owner.post(f"{BASE}/codes/make/{cast.karoo.guardian.person_id}").status == 404
    assert sql.execute("SELECT closed_at IS NULL FROM referral_code ORDER BY id").fetchall() == [(False,), (True,)]
    assert "No parent or guardian without a code" in owner.get(f"{BASE}/codes?q=aya").main


def test_a_parent_makes_their_code_and_sees_numbers_only(guardian, stranger, cast, sql):
    sql.execute(
        "INSERT INTO guardianship (school_id, id, guardian_id, learner_id) VALUES (1, uuid7(), %s, %s)",
        (cast.thaba.guardian.person_id, cast.thaba.student.person_id),
    )
    assert "You have no code yet" in guardian.get("/family/referrals/").main
    assert guardian.post("/family/referrals/code").status == 303
    assert guardian.post("/family/referrals/code").status == 303
    (code,) = sql.execute("SELECT code FROM referral_code").fetchone()
    _by_code(stranger, code, name="Somebody Secret", email="secret@example.org")
    (referral,) = sql.execute("SELECT id FROM referral").fetchone()
    a_reward(sql, cast.thaba, referral=referral, cents=5000, words="A thank-you")
    page = guardian.get("/family/referrals/")
    assert f"http://localhost/s/thaba/lead?ref={code}" in page.main
    assert "Enquiries1" in page.main
    assert "A thank-you" in page.main
    assert "Secret" not in page.text
    assert "secret@" not in page.text
    assert "Refer a family" in guardian.get("/dashboard/").main


@pytest.mark.parametrize("who", ["student", "guardian"])
def test_whoever_has_no_child_here_reads_whose_codes_they_are(browser, cast, sql, who):
    sql.execute("UPDATE app_user SET language = 'en'")
    page = browser.as_(getattr(cast.thaba, who), language="en").get("/family/referrals/")
    assert "Codes are for parents and guardians" in page.main
    assert browser.as_(getattr(cast.thaba, who)).post("/family/referrals/code").status == 404


@pytest.mark.parametrize("path", ["", "codes", "count"])
def test_only_the_owner_opens_them(browser, cast, path):
    assert browser.as_(cast.thaba.admin).get(f"{BASE}/{path}").status == 403
    assert browser.as_(cast.thaba.guardian).get(f"{BASE}/{path}").status == 403


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_pages_stand_in_every_language(browser, cast, sql, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    referral = a_referral(sql, cast.thaba)
    reward = a_reward(sql, cast.thaba, referral=referral)
    pages = ["", "codes", "count", str(referral), f"{referral}/rewards/{reward}/take-back"]
    for path in pages:
        assert browser.as_(cast.thaba.owner, language=language).get(f"{BASE}/{path}").status == 200
    assert browser.as_(cast.thaba.guardian, language=language).get("/family/referrals/").status == 200


def test_a_form_for_a_page_of_the_schools_own_has_what_it_needs(app, cast, sql):
    open_form(sql, cast.thaba)
    view = intake.form_for(1, "af")
    assert view is not None
    assert (view.action, view.is_open, view.wording["title"][:4] != "") == ("/s/thaba/lead?lang=af", True, True)
    assert intake.form_for(99, "af") is None


@pytest.fixture
def erased(sql, cast):
    """A referral whose lead was erased."""
    referral = a_referral(sql, cast.thaba)
    sql.execute(
        "UPDATE lead SET name = '', child_name = '', child_grade = '', message = '', email = NULL, phone = NULL, erased_at = now()"
    )
    return referral


def test_an_erased_lead_is_called_so_and_leads_nowhere(owner, erased):
    assert owner.get(f"{BASE}/").links()["Erased lead"] == f"{BASE}/{erased}"
    page = owner.get(f"{BASE}/{erased}")
    assert page.h1 == "Referral: Erased lead"
    assert not [link for link in page.links().values() if link.startswith("/marketing/leads/")]


def test_the_page_of_a_lead_leads_to_its_referral(owner, cast, sql):
    a_code(sql, cast.thaba)
    old = a_lead(sql, cast.thaba, "Palesa Old")
    sql.execute(
        "INSERT INTO lead (school_id, id, name, language, child_name, child_grade, message, source)"
        " SELECT 1, uuid7(), 'Newer ' || n, 'en', '', '', '', 'phone' FROM generate_series(1, %s) AS n",
        (queries.RECENT,),
    )
    assert "Palesa Old" not in owner.get(f"{BASE}/count").main
    address = f"{BASE}/count?lead={old}"
    page = owner.get(address)
    assert page.form()["lead"] == str(old)
    wrong = owner.post(address, {**page.form(), "code": ""})
    assert (wrong.problems, wrong.form()["lead"]) == (["Choose a family"], str(old))
    assert owner.post(address, {**page.form(), "code": "BKM7RT2"}).status == 303
    assert _counted(sql) == [("Palesa Old", "BKM7RT2", "hand", True)]
    assert owner.get(address).form()["lead"] == "", "a lead that counts is not offered again"


@pytest.mark.parametrize("lead", ["x", "01890000-0000-7000-8000-000000000000"])
def test_a_lead_that_there_is_not_is_not_chosen(owner, lead):
    assert owner.get(f"{BASE}/count?lead={lead}").form()["lead"] == ""


def test_a_file_says_why_the_product_withdrew_a_referral(owner, cast, sql):
    for name, why in (("Palesa One", "merged"), ("Palesa Two", "A slip")):
        a_referral(sql, cast.thaba, lead=a_lead(sql, cast.thaba, name))
        sql.execute(
            "UPDATE referral SET withdrawn_at = now(), withdrawn_by = 'Naledi', withdrawn_why = %s WHERE withdrawn_at IS NULL",
            (why,),
        )
    a_referral(sql, cast.thaba, lead=a_lead(sql, cast.thaba, "Palesa Three"))
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    rows = owner.get("/exports/referrals.csv", check=False).text.splitlines()
    assert [row.rpartition(",")[2] for row in rows[1:]] == ["Two enquiries became one", "A slip", ""]
    merged, _ = (
        row for (row,) in sql.execute("SELECT id FROM referral WHERE withdrawn_why IS NOT NULL ORDER BY id").fetchall()
    )
    assert "Two enquiries became one" in owner.get(f"{BASE}/{merged}").main


def test_the_audit_log_does_not_name_the_lead_of_a_demo_referral(app, cast, sql):
    a_lead(sql, cast.thaba, submission_key="baseline/enrolled")
    with acting_for(1) as session:
        add_referrals(THABA, {f"guardian@{THABA.host}": cast.thaba.guardian.person_id}, clock.now())
        session.commit()
    assert _counted(sql) == [("Palesa Mahlangu", CODES[0], "form", True)]
    of = "FROM audit_value v JOIN audit_event e ON e.id = v.event_id WHERE e.action = 'referrals.attribute'"
    assert {value.strip('"') for (value,) in sql.execute(f"SELECT v.value {of}").fetchall()} == {CODES[0]}
