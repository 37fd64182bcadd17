"""What a person is told by mail about their own account: each once, to their address, in their language."""

from __future__ import annotations

import re

import pytest

from app.delivery.account_news import SUBJECTS, WHAT, language_of, tell
from app.tenancy.doors import across_schools
from tests.passkeys.conftest import CONFIRM, NEW, prove, to_add, with_passkey  # noqa: F401  a fixture among them

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36"}


@pytest.fixture
def english(browser, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser


def told(sql):
    return [row[0] for row in sql.execute("SELECT kind FROM account_mail ORDER BY created_at, kind").fetchall()]


def one(mailserver, someone, subject):
    (letter,) = [each for each in mailserver.to(someone.email) if each.parsed["Subject"] == subject]
    return letter


def test_a_passkey_that_came_and_one_that_went_are_told_with_the_codes(
    english,
    cast,
    sql,
    mailserver,
    work_off,
    with_passkey,  # noqa: F811
):
    with_passkey(cast.thaba.admin, name="Naledi’s {phone} & <tablet>")
    work_off()
    letter = one(mailserver, cast.thaba.admin, SUBJECTS["passkey_added"])
    assert "the passkey “Naledi’s {phone} & <tablet>” was added" in letter.text
    assert "&lt;tablet&gt;" in letter.html
    assert cast.thaba.admin.email in letter.text
    assert "from the network address 127.0.0.1" in letter.text
    assert "Was this somebody else? Then choose a new password at once" in letter.text
    assert "http://localhost/password/forgot" in letter.text
    prove(sql, cast.thaba.admin)
    (made,) = sql.execute("SELECT id FROM passkey").fetchone()
    english.as_(cast.thaba.admin).post(f"/settings/passkeys/{made}/remove")
    work_off()
    assert "was removed from the Umthi account" in one(mailserver, cast.thaba.admin, SUBJECTS["passkey_removed"]).text
    assert told(sql) == ["passkey_added", "passkey_removed"]


def test_new_codes_and_one_that_is_used_are_told(english, cast, sql, mailserver, work_off, with_passkey):  # noqa: F811
    _, codes = with_passkey(cast.thaba.admin)
    admin = english.as_(cast.thaba.admin)
    admin.post(CONFIRM, {"way": "recovery", "code": codes[0], "next": "/audit/"})
    admin.post("/settings/passkeys/codes")
    work_off()
    assert "a recovery code of the Umthi account" in one(mailserver, cast.thaba.admin, SUBJECTS["code_used"]).text
    assert "Older ones no longer work." in one(mailserver, cast.thaba.admin, SUBJECTS["codes_made"]).text
    assert told(sql) == ["passkey_added", "code_used", "codes_made"]


def test_a_wrong_code_is_told_to_nobody(english, cast, sql, with_passkey):  # noqa: F811
    with_passkey(cast.thaba.admin)
    english.as_(cast.thaba.admin).post(CONFIRM, {"way": "recovery", "code": "aaaa-bbbb-cccc-dddd", "next": "/audit/"})
    assert told(sql) == ["passkey_added"]


def test_a_fallback_is_told_to_whom_it_was_granted(english, cast, sql, mailserver, work_off):
    prove(sql, cast.operator)
    english.as_(cast.operator).post("/operator/step-up", {"email": cast.thaba.admin.email, "reason": "Lost her phone."})
    work_off()
    text = one(mailserver, cast.thaba.admin, SUBJECTS["fallback_granted"]).text
    assert re.search(r"Olive Operator let the password of the Umthi account of .+ do in place of a passkey, until \d", text)
    assert "Lost her phone" not in text, "the reason is for the log"


def test_the_end_of_all_other_sessions_is_told_and_none_where_there_are_none(english, cast, sql, mailserver, work_off):
    admin = english.as_(cast.thaba.admin)
    admin.post("/settings/sessions/end-others")
    assert told(sql) == []
    sql.execute(
        "INSERT INTO login_session (id, token_hash, user_id, expires_at, data, way) VALUES (uuid7(), 'x', %s,"
        " now() + interval '1 day', '{}', 'password')",
        (cast.thaba.admin.user_id,),
    )
    admin.post("/settings/sessions/end-others")
    work_off()
    assert "every other device was signed out" in one(mailserver, cast.thaba.admin, SUBJECTS["others_signed_out"]).text


def test_the_device_is_named(english, app, cast, mailserver, work_off):
    with app.test_request_context("/", headers=PHONE, environ_base={"REMOTE_ADDR": "192.0.2.7"}):
        say(cast.thaba.admin, "codes_made")
    work_off()
    assert "with Chrome on Android, from the network address 192.0.2.7" in mailserver.mails[0].text


def test_it_goes_with_the_deed_or_not_at_all(app, cast, sql):
    with across_schools("test", routine=True) as session:
        tell(session, "codes_made", user_id=cast.thaba.admin.user_id)
        session.rollback()
    assert told(sql) == []


def test_it_is_in_the_language_of_the_person_else_of_the_school(app, cast, sql):
    with across_schools("test", routine=True) as session:
        assert language_of(session, cast.thaba.admin.user_id) == "zu", "as the school speaks"
        assert language_of(session, cast.operator.user_id) == "en"
    sql.execute("UPDATE app_user SET language = 'af'")
    with across_schools("test", routine=True) as session:
        assert language_of(session, cast.thaba.admin.user_id) == "af"


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_every_mail_can_be_drawn_in_every_language(app, cast, sql, mailserver, work_off, language):
    for kind in SUBJECTS:
        say(cast.thaba.admin, kind, language=language)
    work_off()
    assert len(mailserver.mails) == len(SUBJECTS) == len(WHAT)
    assert all(f'<html lang="{language}">' in letter.html for letter in mailserver.mails)
    assert not sql.execute("SELECT error FROM account_mail WHERE error IS NOT NULL").fetchall()


def say(someone, kind, **options):
    with across_schools("test", routine=True) as session:
        tell(session, kind, user_id=someone.user_id, **options)
        session.commit()
