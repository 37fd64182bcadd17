"""/s/<slug>/review/<token>: a family gives, changes and takes back its review, without signing in, a cookie or a script."""

from __future__ import annotations

import pytest

from app.delivery.proof import sealed
from blueprints.reviews.families import name_to_show
from tests.promotion.arranged import add_review

HOSTILE = '</div><script>alert(1)</script><img src=x onerror="alert(1)">{{ 7*7 }} %s \u202e'


@pytest.fixture
def asked(sql, cast):
    return add_review(sql, cast.thaba, "year:2026", state="asked")


def said(**more):
    return {"rating": "5", "body": "My child runs to the gate.", "shown_name": "Ayanda D.", "consents": "y", **more}


def give(browser, path, **more):
    """A post as a browser without cookies and without our token sends it."""
    return browser.post(f"{path}?language=en", said(**more), token=False)


def row(sql, review):
    found = "state, rating, body, shown_name, consents, answer, revision, language"
    return sql.execute(f"SELECT {found} FROM review WHERE id = %s", (review,)).fetchone()


def test_the_page_asks_in_the_familys_language_and_suggests_a_short_name(browser, cast, asked, path_of):
    page = browser.get(f"{path_of(asked)}?language=en")
    assert (page.status, page.h1) == (200, "Your review of Thaba Nkulu Primary")
    assert page.one("input", name="shown_name").get("value") == name_to_show(cast.thaba.guardian.name)
    assert len(page.all("input", type="radio", name="rating")) == 5
    assert "checked" not in page.one("input", name="consents").attrib, "nobody has agreed before they have"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert browser.get(path_of(asked)).one("html").get("lang") == "zu", "the school's language, as she has chosen none"


def test_the_page_sets_no_cookie(browser, asked, path_of):
    assert "Set-Cookie" not in browser.get(path_of(asked), check=False).headers
    assert "Set-Cookie" not in give(browser, path_of(asked)).headers


def test_a_review_is_given_without_signing_in(browser, sql, asked, path_of):
    answer = give(browser, path_of(asked))
    assert answer.status == 303
    assert row(sql, asked) == ("new", 5, "My child runs to the gate.", "Ayanda D.", True, None, 2, "en")
    assert "Thank you. The school has your review." in browser.get(answer.location).main
    assert sql.execute("SELECT action, actor_kind FROM audit_event ORDER BY id DESC LIMIT 1").fetchone() == (
        "reviews.give", "visitor",
    )  # fmt: skip


def test_what_is_missing_is_named_and_nothing_typed_is_lost(browser, sql, asked, path_of):
    page = give(browser, path_of(asked), rating="", shown_name=" ")
    assert page.status == 422
    assert page.problems == ["Choose what you think of the school", "Enter the name that is shown with your review"]
    assert "My child runs to the gate." in page.text
    assert give(browser, path_of(asked), rating="6").status == 422
    assert give(browser, path_of(asked), body="x" * 2001).problems[0].startswith("Too long: at most 2")
    assert row(sql, asked)[0] == "asked"


def test_the_same_link_changes_it_and_the_school_looks_again(browser, sql, cast, path_of):
    shown = add_review(sql, cast.thaba, "enrolled", state="shown", answer="Thank you!")
    page = browser.get(f"{path_of(shown)}?language=en")
    assert "The gate is safe." in page.text
    assert "Thank you!" in page.main
    assert give(browser, path_of(shown), body="The gate is slow now.", rating="3").status == 303
    assert row(sql, shown)[:3] == ("new", 3, "The gate is slow now.")
    assert sql.execute("SELECT changed_at IS NOT NULL FROM review").fetchone() == (True,)


def test_sending_the_same_again_changes_nothing(browser, sql, asked, path_of):
    give(browser, path_of(asked))
    sql.execute("UPDATE review SET state = 'shown'")
    give(browser, path_of(asked))
    assert row(sql, asked)[0] == "shown"


def test_taking_it_back_erases_all_of_it(browser, sql, cast, path_of):
    shown = add_review(sql, cast.thaba, "enrolled", state="shown", answer="Thank you!")
    page = browser.get(f"{path_of(shown)}/withdraw?language=en")
    assert page.h1 == "Take your review back"
    assert row(sql, shown)[0] == "shown", "looking takes nothing back"
    answer = browser.post(f"{path_of(shown)}/withdraw?language=en", token=False)
    assert answer.status == 303
    assert "all that you wrote is erased" in browser.get(answer.location).main
    assert row(sql, shown)[:6] == ("withdrawn", None, None, None, False, None)
    assert not sql.execute("SELECT 1 FROM audit_value WHERE value LIKE '%%gate%%'").fetchone(), "the audit never had the words"
    assert browser.post(f"{path_of(shown)}/withdraw", token=False).status == 303, "a second time does nothing"


def test_who_took_it_back_may_write_another(browser, sql, cast, path_of):
    gone = add_review(sql, cast.thaba, "enrolled", state="withdrawn")
    assert give(browser, path_of(gone)).status == 303
    assert row(sql, gone)[0] == "new"


@pytest.mark.parametrize("token", ["x" * 48, "x", "é"])
def test_a_link_that_we_did_not_make_leads_nowhere(browser, token):
    assert browser.get(f"/s/thaba-nkulu/review/{token}").status == 404


def test_a_link_opens_its_own_school_and_purpose_alone(browser, settings, cast, asked, path_of):
    assert browser.get(path_of(asked).replace(cast.thaba.slug, cast.karoo.slug)).status == 404
    for purpose, school in (("seen", 1), ("review", 2)):
        assert browser.get(f"/s/{cast.thaba.slug}/review/{sealed(settings, purpose, school, asked)}").status == 404


def test_a_closed_school_takes_nothing_but_gives_back(browser, sql, cast, path_of):
    shown = add_review(sql, cast.thaba, "enrolled", state="shown")
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    assert browser.get(f"{path_of(shown)}?language=en").h1 == "This school is suspended"
    assert give(browser, path_of(shown)).status == 403
    assert row(sql, shown)[0] == "shown"
    assert browser.post(f"{path_of(shown)}/withdraw?language=en", token=False).h1 == "There is no review of yours"
    assert row(sql, shown)[0] == "withdrawn"


@pytest.mark.parametrize("field", ["body", "shown_name"])
def test_hostile_words_are_words_everywhere(browser, owner, sql, asked, path_of, field):
    text = HOSTILE[:60] if field == "shown_name" else HOSTILE
    assert give(browser, path_of(asked), **{field: text}).status == 303
    for page in (browser.get(path_of(asked)), owner.get("/marketing/reviews/"), owner.get(f"/marketing/reviews/{asked}")):
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "{{ 7*7 }}" in page.main or field == "shown_name"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ayanda Dlamini", "Ayanda D."), ("Pieter van der Merwe", "Pieter M."), ("Nomsa", "Nomsa"),
        ("Anna Maria Élise Évrard", "Anna É."),
    ],
)  # fmt: skip
def test_a_name_is_short_unless_the_family_says_otherwise(name, shown):
    assert name_to_show(name) == shown
