"""Consent, purpose by purpose: by whom, to which text, with its whole history."""

from __future__ import annotations

from tests.personal_data.conftest import NAME

TEXTS = {"text_en": "Pictures, yes or no.", "text_af": "Foto's, ja of nee.", "text_zu": "Izithombe, yebo noma cha."}


def say(browser, family, purpose, answer):
    return browser.post(f"{family.own}consent", {"purpose": purpose, "answer": answer}, follow_redirects=True)


def test_a_guardian_gives_and_takes_back_and_both_are_kept(browser, cast, sql, family):
    guardian = browser.as_(cast.thaba.guardian, language="en")
    say(guardian, family, "sharing", "given")
    page = say(guardian, family, "sharing", "refused")
    assert "Taken back" in page.text
    rows = sql.execute("SELECT answer, by_id, way FROM consent WHERE purpose = 'sharing' ORDER BY id").fetchall()
    me = cast.thaba.guardian.person_id
    assert rows == [("given", me, "portal"), ("withdrawn", me, "portal")]


def test_the_photo_consent_of_the_profile_goes_along(browser, cast, sql, family):
    say(browser.as_(cast.thaba.guardian), family, "photo", "refused")
    assert sql.execute("SELECT photo_consent FROM learner WHERE id = %s", (family.learner,)).fetchone() == ("refused",)
    actions = sql.execute("SELECT action FROM audit_event WHERE target_id = %s ORDER BY seq", (str(family.learner),)).fetchall()
    assert ("people.consent",) in actions
    assert ("personal_data.consent",) in actions


def test_what_the_office_writes_into_the_profile_is_in_the_history(browser, cast, sql, family):
    admin = browser.as_(cast.thaba.admin, language="en")
    form = admin.get(f"/people/{family.learner}/edit").form()
    admin.post(f"/people/{family.learner}/edit", form | {"photo_consent": "refused"})
    assert sql.execute("SELECT answer, way FROM consent WHERE purpose = 'photo'").fetchall() == [("withdrawn", "school")]


def test_what_came_on_paper_has_its_day_and_its_name(browser, cast, sql, family):
    admin = browser.as_(cast.thaba.admin, language="en")
    page = admin.post(
        f"{family.page}consent",
        {"purpose": "online", "answer": "given", "said_by": "Ayanda Dube", "way": "paper", "signed_on": "2026-02-03"},
        follow_redirects=True,
    )
    assert "Ayanda Dube" in page.text
    assert sql.execute("SELECT way, signed_on::text, by_name FROM consent").fetchall() == [
        ("paper", "2026-02-03", "Ayanda Dube")
    ]


def test_another_text_is_another_version_and_an_old_consent_says_so(browser, cast, sql, family):
    guardian = browser.as_(cast.thaba.guardian, language="en")
    say(guardian, family, "online", "given")
    browser.as_(cast.thaba.admin).post("/people/data/texts/online", TEXTS)
    page = guardian.get(family.own)
    assert "Pictures, yes or no." in page.text
    assert "Given to an older text" in page.text
    say(guardian, family, "online", "given")
    assert sql.execute("SELECT t.version FROM consent c JOIN consent_text t ON t.id = c.text_id ORDER BY c.id").fetchall() == [(1,), (2,)]  # fmt: skip


def test_everybody_reads_the_text_in_their_own_language(browser, cast, sql, family):
    browser.as_(cast.thaba.admin).post("/people/data/texts/online", TEXTS)
    sql.execute("UPDATE app_user SET language = 'zu' WHERE id = %s", (cast.thaba.guardian.user_id,))
    assert "Izithombe, yebo noma cha." in browser.as_(cast.thaba.guardian, language="zu").get(family.own).text


def test_nothing_that_was_said_can_be_changed_by_the_school(sql, cast, family, browser):
    say(browser.as_(cast.thaba.guardian), family, "online", "given")
    rights = sql.execute(
        "SELECT privilege_type FROM information_schema.role_table_grants WHERE table_name = 'consent' AND grantee = 'umthi_app'"
    ).fetchall()
    assert sorted(rights) == [("INSERT",), ("SELECT",)]


def test_consents_can_be_exported(stepped, cast, family):
    owner = stepped(cast.thaba.owner, language="en")
    owner.post(f"{family.page}consent", {"purpose": "online", "answer": "given", "said_by": "Ayanda", "way": "paper"})
    from_file = owner.get("/exports/consents.csv", check=False)
    if from_file.status == 200:
        assert NAME in from_file.text
