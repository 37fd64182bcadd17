"""/marketing/reviews/ask: families are asked once after a milestone, by the database's own word, and reminded once at most."""

from __future__ import annotations

import psycopg
import pytest

from blueprints.reviews.candidates import MOST
from tests.promotion.arranged import add_review
from tests.reviews.conftest import states

ASK = "/marketing/reviews/ask"


def ask(owner, cast, where, **more):
    return owner.post(f"{ASK}?{where}", {"person": [str(cast.thaba.guardian.person_id)], **more})


def test_the_families_of_a_class_can_be_picked(owner, cast, a_family):
    page = owner.get(f"{ASK}?of=class&class_id={a_family}")
    box = page.one("input", type="checkbox", name="person")
    assert box.get("value") == str(cast.thaba.guardian.person_id)
    assert "checked" in box.attrib


def test_the_question_is_mailed_with_a_link_that_stands_nowhere_else(owner, browser, cast, sql, a_family, mailserver, work_off):
    answer = ask(owner, cast, f"of=class&class_id={a_family}")
    assert answer.status == 303
    work_off()
    (mail,) = mailserver.mails
    assert mail.parsed["To"].addresses[0].addr_spec == cast.thaba.guardian.email
    (link,) = [word for word in mail.text.split() if "/s/" in word and "/review/" in word][:1]
    page = browser.get(link.removeprefix("http://localhost") + "?language=en")
    assert page.h1 == "Your review of Thaba Nkulu Primary"
    token = link.rpartition("/")[2]
    assert not sql.execute("SELECT 1 FROM message WHERE url LIKE %s", (f"%{token}%",)).fetchone()
    assert not sql.execute("SELECT 1 FROM message_text WHERE body_text LIKE %s", (f"%{token}%",)).fetchone()
    assert sql.execute("SELECT sent_at IS NOT NULL FROM review").fetchone() == (True,)


def test_nobody_is_asked_twice_for_one_milestone(owner, cast, sql, a_family, mailserver, work_off):
    for _ in range(2):
        ask(owner, cast, f"of=class&class_id={a_family}")
    work_off()
    assert len(states(sql)) == len(mailserver.mails) == 1
    with pytest.raises(psycopg.errors.UniqueViolation):
        add_review(sql, cast.thaba, states(sql)[0][1])


def test_each_milestone_is_one_of_its_own(owner, cast, sql, a_family, a_term):
    for where in ("of=term", "of=enrolled", "of=name&q=ayanda"):
        assert ask(owner, cast, where).status == 303
    year = a_term.year if a_term else 0
    assert [milestone for _, milestone in states(sql)][:2] == [f"term:{a_term}", "enrolled"]
    assert states(sql)[2][1].startswith("year:")
    assert year


def test_only_who_was_offered_is_asked(owner, cast, sql, a_family):
    page = owner.post(f"{ASK}?of=class&class_id={a_family}", {"person": [str(cast.thaba.teacher.person_id)]})
    assert page.problems == ["Tick at least one person."]
    assert owner.post(f"{ASK}?of=class&class_id={a_family}").status == 422
    assert states(sql) == []


@pytest.mark.parametrize("change", ["no_contact = true", "hears_notices = false"])
def test_who_gets_no_notices_is_not_asked(owner, cast, sql, a_family, change):
    sql.execute(f"UPDATE guardianship SET {change}")
    page = owner.get(f"{ASK}?of=class&class_id={a_family}")
    assert "Nobody to ask" in page.main


def test_whom_nothing_reaches_is_shown_and_not_asked(owner, cast, sql, a_family):
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.thaba.guardian.person_id,))
    page = owner.get(f"{ASK}?of=class&class_id={a_family}")
    assert page.all("input", name="person") == []
    assert "No address" in page.main


def test_what_could_not_be_sent_says_why_and_is_tried_again(owner, cast, sql, a_family, mailserver, work_off):
    ask(owner, cast, f"of=class&class_id={a_family}")
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.thaba.guardian.person_id,))
    work_off()
    (review,) = sql.execute("SELECT id FROM review WHERE unsent_why = 'no_address'").fetchone()
    assert "The question could not be sent: No address." in owner.get(f"/marketing/reviews/{review}").main
    sql.execute("UPDATE person SET email = %s WHERE id = %s", (cast.thaba.guardian.email, cast.thaba.guardian.person_id))
    owner.post(f"/marketing/reviews/{review}/retry")
    work_off()
    assert len(mailserver.mails) == 1
    assert sql.execute("SELECT unsent_why FROM review").fetchone() == (None,)


def test_there_is_one_reminder_at_most(owner, cast, sql, a_family, mailserver, work_off):
    ask(owner, cast, f"of=class&class_id={a_family}")
    work_off()
    (review,) = sql.execute("SELECT id FROM review").fetchone()
    for _ in range(2):
        owner.post(f"/marketing/reviews/{review}/remind")
    work_off()
    assert len(mailserver.mails) == 2
    assert "Send a reminder" not in owner.get(f"/marketing/reviews/{review}").main


@pytest.mark.parametrize("state", ["new", "shown", "withdrawn"])
def test_who_has_answered_is_not_reminded(owner, cast, sql, mailserver, work_off, state):
    review = add_review(sql, cast.thaba, "enrolled", state=state)
    owner.post(f"/marketing/reviews/{review}/remind")
    work_off()
    assert mailserver.mails == []


def test_a_term_that_goes_on_is_no_milestone(owner, a_family):
    assert "No term of the school’s calendar has ended yet." in owner.get(ASK).main
    assert owner.get(f"{ASK}?of=other").status == 404
    assert owner.get(f"{ASK}?of=class&class_id=01890000-0000-7000-8000-000000000000").status == 404


def add_guardians(sql, cast, number):
    """So many more guardians of the student of Thaba Nkulu, whose names come first."""
    sql.execute(
        "WITH made AS (INSERT INTO person (school_id, id, kind, name, sort_key, email) SELECT 1, uuid7(), 'guardian',"
        " 'Aa ' || n, 'aa ' || lpad(n::text, 4, '0'), 'aa' || n || '@example.org' FROM generate_series(1, %s) AS n RETURNING id)"
        " INSERT INTO guardianship (school_id, id, guardian_id, learner_id) SELECT 1, uuid7(), id, %s FROM made",
        (number, cast.thaba.student.person_id),
    )


def offered(page):
    return [box.get("value") for box in page.all("input", name="person")]


def test_whoever_is_beyond_the_first_page_can_be_asked_too(owner, cast, sql, a_family):
    add_guardians(sql, cast, MOST)
    where = f"{ASK}?of=class&class_id={a_family}"
    page, last = owner.get(where), str(cast.thaba.guardian.person_id)
    assert len(offered(page)) == MOST
    assert last not in offered(page)
    assert "More people follow" in page.main
    behind = owner.get(ASK + page.one("a", rel="next").get("href"))
    assert offered(behind) == [last]
    assert "More people follow" not in behind.main
    answer = owner.post(where, {"person": offered(page)[:-1]})
    assert offered(owner.get(answer.location)) == [last]
    assert owner.post(answer.location, {"person": [last]}).location.endswith("?state=asked")
    assert len(states(sql)) == MOST
    left = owner.get(where)
    assert offered(left) == offered(page)[-1:], "who was asked does not stand before who was not"
    assert left.one("a", rel="next") is not None
    assert owner.post(where, {"person": offered(left)}).location.endswith("?state=asked"), "nobody is left on the next page"


@pytest.mark.parametrize("place", ["x", "2~aa~01890000-0000-7000-8000-000000000000", "0~aa~x"])
def test_a_place_in_the_list_that_there_is_not_is_no_page(owner, a_family, place):
    assert owner.get(f"{ASK}?of=class&class_id={a_family}&after={place}").status == 404


def test_behind_the_last_there_is_nobody(owner, a_family):
    end = "1~zz~01890000-0000-7000-8000-000000000000"
    assert "These are all." in owner.get(f"{ASK}?of=class&class_id={a_family}&after={end}").main
