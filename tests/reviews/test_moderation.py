"""/marketing/reviews/: the school reads, shows or does not show, and answers; what it shows is what strangers may see."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from app.domain.reviews.shown import figures, shown_reviews
from app.tenancy.doors import acting_for
from tests.cast import add_person
from tests.pages import words
from tests.promotion.arranged import add_review

LIST = "/marketing/reviews/"


@pytest.fixture
def review(sql, cast):
    return add_review(sql, cast.thaba, "enrolled")


def state(sql):
    return sql.execute("SELECT state, hidden_why, answer FROM review").fetchone()


def shown():
    with acting_for(1):
        return shown_reviews(10)


def test_a_new_review_is_read_before_it_is_shown(owner, sql, review):
    assert shown() == []
    assert owner.post(f"{LIST}{review}/show", {"revision": "1"}).status == 303
    assert state(sql)[0] == "shown"
    (seen,) = shown()
    assert (seen.name, seen.rating, seen.text, seen.language, seen.answer) == (
        "Ayanda D.", 4, "The gate is safe.", "en", None,
    )  # fmt: skip


def test_not_showing_needs_a_reason(owner, sql, review):
    page = owner.post(f"{LIST}{review}/hide", {"revision": "1", "why": " "})
    assert (page.status, page.problems) == (422, ["Enter why the review is not shown"])
    owner.post(f"{LIST}{review}/hide", {"revision": "1", "why": "It names a teacher"})
    assert state(sql)[:2] == ("hidden", "It names a teacher")
    assert "It names a teacher" in owner.get(f"{LIST}{review}").main


def test_an_answer_stands_below_it_and_can_be_changed(owner, sql, review):
    owner.post(f"{LIST}{review}/show", {"revision": "1"})
    for text in ("Thank you!", "Thank you, and welcome."):
        owner.post(f"{LIST}{review}/answer", {"revision": "1", "answer": text})
        assert shown()[0].answer == text
    owner.post(f"{LIST}{review}/answer", {"revision": "1", "answer": ""})
    assert shown()[0].answer is None


def test_nobody_shows_what_they_have_not_read(owner, sql, review):
    sql.execute("UPDATE review SET body = 'Something else', revision = 2")
    page = owner.get(owner.post(f"{LIST}{review}/show", {"revision": "1"}).location)
    assert "changed in the meantime" in page.text
    assert state(sql)[0] == "new"
    assert owner.post(f"{LIST}{review}/show", {"revision": "x"}).status == 303
    assert state(sql)[0] == "new"


@pytest.mark.parametrize(("deed", "field"), [("answer", "answer"), ("hide", "why")])
def test_what_was_typed_while_the_family_changed_its_review_is_not_lost(owner, sql, review, deed, field):
    sql.execute("UPDATE review SET body = 'The hall is cold.', revision = 2")
    page = owner.post(f"{LIST}{review}/{deed}", {"revision": "1", field: "We have thought about it."})
    assert page.status == 409
    assert "changed in the meantime" in words(page.one("div", role="alert"))
    assert "The hall is cold." in page.main
    assert state(sql) == ("new", None, None)
    sent = page.form(f"{LIST}{review}/{deed}")
    assert (sent[field], sent["revision"]) == ("We have thought about it.", "2")
    assert owner.post(f"{LIST}{review}/{deed}", sent).status == 303
    assert "We have thought about it." in state(sql)


def test_without_consent_it_is_never_shown(owner, sql, cast):
    review = add_review(sql, cast.thaba, "enrolled", consents=False)
    assert "has not agreed" in owner.get(f"{LIST}{review}").main
    owner.post(f"{LIST}{review}/show", {"revision": "1"})
    assert state(sql)[0] == "new"
    with pytest.raises(psycopg.errors.CheckViolation):
        sql.execute("UPDATE review SET state = 'shown'")


def test_the_database_lets_nothing_of_a_withdrawn_review_stay(sql, review):
    with pytest.raises(psycopg.errors.CheckViolation):
        sql.execute("UPDATE review SET state = 'withdrawn'")


def test_the_average_is_of_those_that_are_shown(owner, sql, cast):
    with acting_for(1):
        assert figures().average is None, "there is no figure where there is no review"
    assert "No review is shown yet" in owner.get(LIST).main
    for number, (stars, where) in enumerate([(5, "shown"), (4, "shown"), (4, "shown"), (1, "new"), (1, "hidden")]):
        person = add_person(sql, 1, f"Parent {number} Nkosi", "guardian", f"p{number}@example.org")
        add_review(sql, cast.thaba, "enrolled", state=where, rating=stars, person=person)
    with acting_for(1):
        assert (figures().count, figures().average) == (3, Decimal("4.3"))
    assert "4.3" in owner.get(LIST).main


def test_another_school_shows_none_of_it(sql, cast):
    add_review(sql, cast.thaba, "enrolled", state="shown")
    with acting_for(2):
        assert shown_reviews(10) == []
        assert figures().count == 0


def test_the_list_is_filtered_by_state_and_searched(owner, sql, cast):
    add_review(sql, cast.thaba, "enrolled", state="shown")
    add_review(sql, cast.thaba, "year:2026", state="asked")
    assert "Asked by hand, 2026" in owner.get(f"{LIST}?state=asked").main
    assert "Asked by hand, 2026" not in owner.get(f"{LIST}?state=shown").main
    assert "The gate is safe." in owner.get(f"{LIST}?q=gate").main
    assert "No reviews match" in owner.get(f"{LIST}?q=100%25").main


def test_a_review_in_another_language_says_so(owner, sql, review):
    sql.execute("UPDATE review SET language = 'zu', body = 'Isango liphephile.'")
    assert 'lang="zu">Isango liphephile.' in owner.get(f"{LIST}{review}").text


@pytest.mark.parametrize("role", ["admin", "teacher", "guardian"])
def test_only_the_owner_looks_at_reviews(browser, cast, review, role):
    assert browser.as_(getattr(cast.thaba, role)).get(LIST).status == 403
