"""/marketing/assets/: made, kept, known to be out of date, made anew, taken out as safe files."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from app.domain.promotion.making import Around, Design, address_of, alt_of, link_of
from tests.pages import words
from tests.promotion.arranged import a_drawing, an_asset

ASSETS = "/marketing/assets/"
AROUND = Around("https://umthi.example.com", "thaba", "Thaba Nkulu Primary", None, None, None, None, None)


def filled(**more):
    texts = {
        "headline_en": "Come and see us", "body_en": "Small classes.", "call_en": "Scan the code", "alt_en": "",
        "headline_af": "Kom kyk na ons skool", "body_af": "", "call_af": "", "alt_af": "’n Groen plakkaat",
        "headline_zu": "", "body_zu": "", "call_zu": "", "alt_zu": "",
    }  # fmt: skip
    return {"title": "Open day 2026", "leads_to": "lead", "theme": "fynbos", **texts, **more}


def make(owner, kind="poster", **more):
    answer = owner.post(f"{ASSETS}new?kind={kind}", filled(**more))
    assert answer.status == 303, answer.problems
    return answer.location


def drawings(sql):
    return sql.execute("SELECT number, language, alt FROM promotion_drawing ORDER BY number, language").fetchall()


def test_a_new_one_comes_with_texts_in_every_language(owner):
    page = owner.get(f"{ASSETS}new?kind=poster")
    for code in ("en", "af", "zu"):
        assert page.one("input", name=f"headline_{code}").get("value")
    assert owner.get(f"{ASSETS}new").h1 == "Make a poster, a flyer or a card"
    assert owner.get(f"{ASSETS}new?kind=banner").status == 404


def test_it_is_drawn_in_the_languages_that_have_a_headline(owner, sql, logo):
    page = owner.get(make(owner))
    assert [(number, language) for number, language, _ in drawings(sql)] == [(1, "af"), (1, "en")]
    assert drawings(sql)[0][2] == "’n Groen plakkaat"
    assert drawings(sql)[1][2] == "Poster of Thaba Nkulu Primary: Come and see us. The code leads to localhost/s/thaba/lead."
    assert "Up to date" in page.main
    assert {image.get("alt") for image in page.all("img")} >= {drawings(sql)[1][2]}


def test_the_code_says_where_somebody_came_from():
    design = Design("poster", "Ope dag, Junie 2026!", "lead", "fynbos", {"en": {"headline": "x"}})
    link = urlsplit(link_of(design, AROUND, "af"))
    assert link.path == "/s/thaba/lead"
    assert parse_qs(link.query) == {
        "utm_source": ["poster"], "utm_medium": ["print"], "utm_campaign": ["ope-dag-junie-2026"], "utm_content": ["af"],
    }  # fmt: skip
    assert urlsplit(link_of(design._replace(leads_to="site"), AROUND, "en")).path == "/s/thaba/"
    assert address_of(design._replace(leads_to="site"), AROUND) == "umthi.example.com/s/thaba"
    assert "Thaba Nkulu Primary: x." in alt_of(design, AROUND, "en")


def test_a_file_is_a_download_that_runs_nothing(owner, sql):
    make(owner)
    (drawing,) = sql.execute("SELECT id FROM promotion_drawing WHERE language = 'en'").fetchone()
    file = owner.get(f"{ASSETS}drawings/{drawing}.svg")
    assert file.headers["Content-Type"] == "image/svg+xml"
    assert file.headers["Content-Disposition"] == 'attachment; filename="open-day-2026-en.svg"'
    policy = file.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert owner.get(f"{ASSETS}drawings/{drawing}.png").status == 404, "only cards have pixels"


def test_a_card_has_pixels_too(owner, sql):
    make(owner, "card")
    (drawing,) = sql.execute("SELECT id FROM promotion_drawing WHERE language = 'en'").fetchone()
    file = owner.client.get(f"{ASSETS}drawings/{drawing}.png")
    with Image.open(BytesIO(file.data)) as picture:
        assert picture.size == (1200, 630)
    assert file.headers["Content-Type"] == "image/png"


def test_it_prints_on_a_page_of_its_own(owner, sql, cast):
    drawing = a_drawing(sql, cast.thaba)
    page = owner.get(f"{ASSETS}drawings/{drawing}/print")
    assert page.h1 == "Print Open day"
    assert page.one("img").get("alt") == "A poster"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE school SET name = 'Thaba High', name_key = 'thabahigh' WHERE id = 1",
        "UPDATE school SET contact_phone = '011 555 0199' WHERE id = 1",
        "DELETE FROM school_logo",
        "UPDATE promotion_asset SET theme = 'granite'",
        "UPDATE promotion_asset SET texts = jsonb_set(texts, '{en,headline}', '\"Other words\"')",
    ],
)
def test_it_knows_that_it_is_out_of_date_and_is_drawn_anew(owner, sql, logo, change):
    where = make(owner)
    sql.execute(change)
    page = owner.get(where)
    assert "Out of date" in page.main
    assert "Out of date" in owner.get(ASSETS).main
    assert owner.post(f"{where}/draw").status == 303
    assert "Up to date" in owner.get(where).main
    assert sorted({number for number, _, _ in drawings(sql)}) == [1, 2], "what was drawn before is still there"


def test_an_edit_draws_anew_and_the_old_stays_until_it_is_removed(owner, sql):
    where = make(owner)
    assert owner.post(f"{where}/edit", filled(headline_en="Visit us in June")).status == 303
    assert len(drawings(sql)) == 4
    old, new = (
        sql.execute("SELECT id FROM promotion_drawing WHERE language = 'en' AND number = %s", (number,)).fetchone()[0]
        for number in (1, 2)
    )
    assert "Drawn before" in owner.get(where).main
    assert owner.get(f"{ASSETS}drawings/{old}.svg").status == 200
    owner.post(f"{ASSETS}drawings/{new}/remove")
    assert len(drawings(sql)) == 4, "the newest goes only with the poster"
    owner.post(f"{ASSETS}drawings/{old}/remove")
    assert len(drawings(sql)) == 3
    assert owner.get(f"{ASSETS}drawings/{old}.svg").status == 404


def test_a_logo_that_cannot_be_read_is_left_out(owner, sql, logo):
    sql.execute("UPDATE school_logo SET image = 'x'")
    make(owner)
    assert "<image" not in sql.execute("SELECT svg FROM promotion_drawing LIMIT 1").fetchone()[0]


def test_saving_the_same_draws_nothing(owner, sql):
    where = make(owner)
    owner.post(f"{where}/edit", filled())
    assert len(drawings(sql)) == 2


def test_a_language_that_is_left_out_is_drawn_no_more(owner, sql):
    where = make(owner)
    owner.post(f"{where}/edit", filled(headline_af="", alt_af=""))
    page = owner.get(where)
    assert "Up to date" in page.main
    assert words(page.all("h2")[0]) == "English"
    assert len(page.all("img")) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"headline_en": "", "headline_af": "", "body_en": "", "call_en": ""}, "Write a headline in at least one language"),
        ({"headline_en": ""}, "Write a headline, or leave this language empty"),
        ({"body_en": "a\n" * 60}, "This does not fit on the sheet, even in small letters. Shorten it"),
        ({"headline_en": "x" * 91}, "Too long: at most 90 characters"),
        ({"body_en": "学 🎉"}, "These signs cannot be printed: 学 🎉"),
        ({"title": ""}, "Enter a name for it"),
        ({"theme": "neon"}, "Not a valid choice."),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_not_lost(owner, sql, change, problem):
    page = owner.post(f"{ASSETS}new?kind=poster", filled(**change))
    assert page.status == 422
    assert problem in page.problems or problem == "Not a valid choice."
    assert 'value="Scan the code"' in page.text or change.get("call_en") == ""
    assert drawings(sql) == []


def test_removing_it_removes_its_drawings(owner, sql, cast):
    a_drawing(sql, cast.thaba)
    (asset,) = sql.execute("SELECT id FROM promotion_asset").fetchone()
    assert owner.get(f"{ASSETS}{asset}/remove").h1 == "Remove Open day?"
    assert owner.post(f"{ASSETS}{asset}/remove").status == 303
    assert sql.execute("SELECT count(*) FROM promotion_drawing").fetchone() == (0,)


def test_one_that_was_never_drawn_offers_it(owner, sql, cast):
    asset = an_asset(sql, cast.thaba)
    assert "Not drawn yet" in owner.get(f"{ASSETS}{asset}").main
    assert "Not drawn yet" in owner.get(ASSETS).main


def test_hostile_words_stay_words(owner, sql):
    nasty = '"><script>alert(1)</script>'
    where = make(owner, title=nasty, headline_en=nasty, alt_en=nasty)
    for page in (owner.get(where), owner.get(ASSETS), owner.get(f"{where}/edit")):
        assert "<script>alert" not in page.text
    (svg,) = sql.execute("SELECT svg FROM promotion_drawing WHERE language = 'en'").fetchone()
    assert "<script" not in svg


@pytest.mark.parametrize("role", ["admin", "teacher", "guardian"])
def test_only_the_owner_makes_them(browser, cast, role):
    assert browser.as_(getattr(cast.thaba, role)).get(ASSETS).status == 403
