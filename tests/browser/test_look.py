"""Modes, themes, print, and words that are twice as long."""

from __future__ import annotations

import re
import sys
from functools import _lru_cache_wrapper

import pytest
from babel.dates import get_day_names, get_month_names

from app.factory import create_app
from app.i18n import catalogue
from app.i18n.pseudo import write as write_pseudo
from app.tenancy.database import db
from blueprints import AREAS
from tests.browser.conftest import fits, serving
from tests.browser.test_every_page import pages_to_look_at
from tests.notices.arranged import TRILINGUAL

BACKGROUND = "getComputedStyle(document.body).backgroundColor"
ACCENT = "getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()"
LIGHT, DARK = "rgb(245, 246, 248)", "rgb(13, 17, 22)"


@pytest.mark.parametrize(
    ("chosen", "device", "background"),
    [("auto", "light", LIGHT), ("auto", "dark", DARK), ("light", "dark", LIGHT), ("dark", "light", DARK)],
)
def test_the_mode_is_the_persons_or_the_devices(visit, cast, sql, chosen, device, background):
    sql.execute("UPDATE app_user SET mode = %s WHERE id = %s", (chosen, cast.thaba.admin.user_id))
    assert visit(cast.thaba.admin, "/dashboard/", mode=device).evaluate(BACKGROUND) == background


def test_a_strangers_first_page_follows_the_device(visit):
    assert visit(None, "/login", mode="dark").evaluate(BACKGROUND) == DARK


def test_each_theme_has_an_accent_of_its_own_by_day_and_by_night(visit, cast, sql):
    seen = set()
    for theme in ("fynbos", "atlantic", "jacaranda", "granite"):
        sql.execute("UPDATE app_user SET theme = %s WHERE id = %s", (theme, cast.thaba.admin.user_id))
        page = visit(cast.thaba.admin, "/dashboard/")
        seen.add(page.evaluate(ACCENT))
        page.emulate_media(color_scheme="dark")
        seen.add(page.evaluate(ACCENT))
    assert len(seen) == 8


def test_paper_has_the_content_and_no_controls(visit, cast, sample_ids):
    page = visit(cast.thaba.admin, "/schedule-notices/")
    page.emulate_media(media="print")
    assert page.locator("main table").is_visible()
    assert not page.locator(".side").is_visible()
    assert not page.locator(".filters").is_visible()


@pytest.fixture
def pretended(app, settings, tmp_path, monkeypatch):
    """The application in the pretended language, which takes isiZulu's place."""
    write_pseudo(tmp_path)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    forget_words(app)
    other = create_app(AREAS, settings)
    with serving(other) as address:
        yield address
    with other.app_context():
        for engine in db.engines.values():
            engine.dispose()
    monkeypatch.undo()
    forget_words(app)


def forget_words(app):
    """Empty whatever this process keeps of a catalogue: what functions remember, and templates, into which words are compiled."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("app", "blueprints"):
            for kept in vars(module).values():
                if isinstance(kept, _lru_cache_wrapper):
                    kept.cache_clear()
    pages = app.extensions["pages"]
    pages.environments.clear()
    pages.navigation_for.cache_clear()


FITS = """[...document.querySelectorAll('.btn, .badge, .seg a, .nav a, .switch, .place, .choice, .tongues a, .figure, summary, th, dt')]
  .filter(e => e.checkVisibility() && !e.closest('thead') && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 120))"""
#: what people and programs wrote, which no catalogue translates
DATA = {
    "Thaba Nkulu Primary",
    "Laerskool Karoo",
    *TRILINGUAL.values(),
    "English",
    "Afrikaans",
    "isiZulu",
    "Subject",
    "Content-Type",
    "A lost phone",
    "Okujwayelekile",
    "payment.failed · simulator",
    "school.zip",
    "Timetable",
    "Palesa Mahlangu",
    "First answer",
    "Open day",
    "Choir",
    "The tree",
    "Lindiwe <Nkosi>",
}
MONTHS = "|".join({*get_month_names("wide", locale="zu").values(), *get_month_names("abbreviated", locale="zu").values()})
#: days and months are CLDR's; people, classes, files and what a school wrote in isiZulu are of a sample
SAMPLE = re.compile(
    rf"(dead|sent) \d+|(\d{{1,2}} )?({MONTHS}) \d{{4}}(, \d\d:\d\d)?|Class [0-9a-f-]{{36}}( · .*)?|Grade 3A|roster\.csv|.* \(zu\)"
)
WEEKDAYS = {*get_day_names("wide", locale="zu").values(), *get_day_names("abbreviated", locale="zu").values()}

LEFT = """[...document.querySelectorAll('h1, h2, .lede, th[scope=col], .btn, .nav a, .seg a, .pager p, .badge, label, legend, .hint, dt, .empty p')]
  .filter(e => e.checkVisibility() && !e.closest('[lang]:not(html)') && !e.querySelector('[translate=no]'))
  .map(e => e.innerText.trim()).filter(text => /[a-z]{2}/i.test(text) && !text.includes('['))"""


@pytest.mark.parametrize("part", range(2))
def test_words_twice_as_long_fit_and_none_was_left_in_english(revisit, pretended, app, browser, cast, sql, sample_ids, part):
    faults = []
    names = {name for (name,) in sql.execute("SELECT name FROM person")}
    sql.execute("UPDATE lead SET language = 'zu'")  # who leaves is spoken to as they wrote
    for _, person, endpoint, path in pages_to_look_at(app, browser, cast, sample_ids, part=part, parts=2):
        if person:
            sql.execute("UPDATE app_user SET language = 'zu' WHERE id = %s", (person.user_id,))
        page = revisit(person, path, width=320, language="zu", address=pretended)
        faults += [] if fits(page) else [f"{endpoint} scrolls sideways"]
        faults += [f"{endpoint}: does not fit: {html}" for html in page.evaluate(FITS)]
        faults += [
            f"{endpoint}: not marked for translation: {text!r}"
            for text in page.evaluate(LEFT)
            if text not in DATA | WEEKDAYS | names and not SAMPLE.fullmatch(text)
        ]
        page.goto("about:blank")  # what asks for itself again would ask a server that has ended
    assert not faults, "\n".join(faults)
