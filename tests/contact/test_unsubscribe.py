"""/unsubscribe/<link>: leaving with one click, from a mail program (RFC 8058) or by hand."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from app.delivery.unsubscribing import unsubscribe_link
from tests.contact.arranged import actions, preference
from tests.delivery.sending import only, send

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def link(settings, cast):
    """The path in the mails of Thaba Nkulu's guardian."""
    return urlsplit(unsubscribe_link(settings, 1, cast.thaba.guardian.person_id)).path


def one_click(browser, path):
    """What a mail program sends: no cookie, no token, nothing but the one field."""
    return browser.client.post(path, data=ONE_CLICK)


def test_a_mail_program_leaves_by_what_stands_in_the_mail(browser, sql, mailserver, work_off):
    only(sql, 1, "mother@example.com")
    send(1)
    work_off()
    (mail,) = mailserver.mails
    assert mail.parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(mail.parsed["List-Unsubscribe"]).strip("<>")
    assert address.startswith("http://localhost/unsubscribe/")
    assert address in mail.text, "the same stands in the mail for its reader"
    assert one_click(browser, urlsplit(address).path).status_code == 200
    assert sql.execute("SELECT unsubscribed_at IS NOT NULL FROM contact_preference").fetchall() == [(True,)]
    send(1)
    work_off()
    assert len(mailserver.mails) == 1, "what is not urgent comes no more"
    send(1, urgent=True)
    work_off()
    assert len(mailserver.mails) == 2
    assert mailserver.mails[1].parsed["List-Unsubscribe"] is None
    assert mailserver.mails[1].parsed["List-Unsubscribe-Post"] is None


def test_the_page_names_the_school_and_hides_the_address(browser, link):
    page = browser.get(f"{link}?language=en")
    assert page.status == 200
    assert page.h1 == "Unsubscribe from email"
    assert "Thaba Nkulu Primary to g***@thaba.example.com" in page.main
    assert "guardian@thaba" not in page.text
    assert "Ayanda" not in page.text
    assert "Urgent messages, such as the school closing at once, still come." in page.main


def test_looking_changes_nothing(browser, sql, link):
    browser.get(link)
    assert sql.execute("SELECT count(*) FROM contact_preference").fetchone() == (0,)


def test_the_button_leaves_and_the_next_takes_it_back(browser, cast, sql, link):
    page = browser.get(f"{link}?language=en")
    left = browser.post(link, page.form())
    assert left.status == 200
    assert left.h1
    assert left.form(f"{link}/undo")["csrf_token"]
    assert preference(sql, cast.thaba.guardian.person_id)["unsubscribed"] is True
    back = browser.post(f"{link}/undo")
    assert (back.status, back.location) == (303, link)
    assert preference(sql, cast.thaba.guardian.person_id)["unsubscribed"] is False
    assert browser.get(f"{link}?language=en").h1 == "Unsubscribe from email"


def test_the_language_that_was_asked_for_stays(browser, link):
    page = browser.get(f"{link}?language=af")
    left = browser.post(f"{link}?language=af", page.form(f"{link}?language=af"))
    assert left.one("html").get("lang") == "af"
    assert browser.post(f"{link}/undo?language=af").location == f"{link}?language=af"
    assert browser.post(f"{link}/undo?language=//evil").location == link


def test_leaving_twice_is_leaving_once(browser, cast, sql, link):
    assert [one_click(browser, link).status_code for _ in range(3)] == [200, 200, 200]
    assert actions(sql) == ["contact.unsubscribe"]
    assert browser.get(f"{link}?language=en").h1 == "You are unsubscribed"


def test_it_is_audited_in_the_school_as_the_persons_own_act(browser, cast, sql, link):
    one_click(browser, link)
    (event,) = sql.execute("SELECT school_id, actor_kind, target_id FROM audit_event").fetchall()
    assert event == (1, "visitor", str(cast.thaba.guardian.person_id))
    assert ("actor", "Ayanda <Dube>") in sql.execute("SELECT field, value FROM audit_value").fetchall()
    sql.execute("UPDATE app_user SET language = 'en'")
    assert "Unsubscribed from email that is not urgent" in browser.as_(cast.thaba.admin).get("/audit/").main


def test_leaving_one_school_leaves_the_other_as_it_was(browser, cast, sql, settings):
    one_click(browser, urlsplit(unsubscribe_link(settings, 1, cast.multi.person_id)).path)
    assert sql.execute("SELECT school_id FROM contact_preference").fetchall() == [(1,)]


def test_it_works_for_somebody_who_is_signed_in_at_another_school(browser, cast, sql, link):
    someone = browser.as_(cast.karoo.teacher)
    assert someone.get(link).status == 200
    assert someone.post(link, {}).status == 200
    assert preference(sql, cast.thaba.guardian.person_id)["unsubscribed"] is True
    assert someone.post(f"{link}/undo").status == 303


@pytest.mark.parametrize(("own", "lang"), [(None, "zu"), ("af", "af"), ("en", "en")])
def test_the_page_speaks_the_persons_language_else_the_schools(browser, cast, sql, link, own, lang):
    sql.execute("UPDATE person SET language = %s WHERE id = %s", (own, cast.thaba.guardian.person_id))
    assert browser.get(link).one("html").get("lang") == lang
    assert browser.get(f"{link}?language=af").one("html").get("lang") == "af", "unless another is asked for"


def test_forged_and_truncated_links_are_no_pages(browser, sql, link, settings, cast):
    token = link.rpartition("/")[2]
    other = unsubscribe_link(settings, 2, cast.thaba.guardian.person_id).rpartition("/")[2]  # a real proof, of no person
    middle = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    for bad in (token[:-1], token[:10], token + "A", middle, "x" * 48, "%C3%A9", other, token.swapcase()):
        path = f"/unsubscribe/{bad}"
        assert browser.get(path).status == 404, bad
        assert one_click(browser, path).status_code == 404, bad
        assert browser.post(f"{path}/undo").status == 404, bad
    assert sql.execute("SELECT count(*) FROM contact_preference").fetchone() == (0,)


def test_only_leaving_is_exempt_from_the_token(browser, sql, link):
    one_click(browser, link)
    assert browser.client.post(f"{link}/undo").status_code == 400
    assert sql.execute("SELECT unsubscribed_at IS NOT NULL FROM contact_preference").fetchall() == [(True,)]


def test_what_a_person_chose_before_stays(browser, cast, sql, link):
    browser.as_(cast.thaba.guardian).post(
        "/settings/notifications", {"channel": "email", "quiet_from": "21:00", "quiet_until": "05:00"}
    )
    one_click(browser, link)
    assert preference(sql, cast.thaba.guardian.person_id) == {
        "push": False, "quiet_from": "21:00:00", "quiet_until": "05:00:00", "unsubscribed": True,
    }  # fmt: skip


def test_whoever_has_no_address_any_more_may_still_leave(browser, sql, link):
    sql.execute("UPDATE person SET email = NULL")
    assert "Email from Thaba Nkulu Primary" in browser.get(f"{link}?language=en").main
    assert one_click(browser, link).status_code == 200
    assert "Thaba Nkulu Primary sends you no more email" in browser.get(f"{link}?language=en").main
