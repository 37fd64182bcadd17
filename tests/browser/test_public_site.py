"""A school's website in Chromium: handsome templates that axe has nothing to say about, and hostile texts that do nothing."""

from __future__ import annotations

import pytest

from tests.browser.conftest import fits, violations
from tests.notices.arranged import TRILINGUAL, add_notice
from tests.public_site.arranged import (
    DAY,
    a_document,
    a_page,
    a_website,
    add_event,
    add_picture,
    block,
    every_block,
    publish,
    three,
)
from tests.public_site.payloads import PAYLOADS
from tests.public_site.test_payloads import fill

#: template and colours, with a width, a mode and a language for each
LOOKS = [
    ("classic", {}, 1440, "light", "en"), ("classic", {"theme": "granite"}, 320, "dark", "zu"),
    ("bands", {"theme": "jacaranda"}, 390, "dark", "zu"), ("bands", {"theme": "atlantic"}, 1440, "light", "af"),
    ("column", {"accent": "#8a3b12", "ground": "#fbf7f2"}, 320, "light", "af"),
    ("column", {"accent": "#8a3b12", "ground": "#fbf7f2"}, 1440, "dark", "en"),
]  # fmt: skip
WATCH = "window.pwned = () => { window.wasPwned = true }"
#: characters of a text that has no place to break: more of them on one page is only slow, and what they do is seen without a browser
LONGEST = 1_000
POKE = """() => { for (const e of document.querySelectorAll('*')) for (const kind of ['mouseover', 'focus', 'click', 'error', 'load'])
  if (!e.closest('a, form')) e.dispatchEvent(new Event(kind)) }"""


@pytest.fixture
def website(sql, cast):
    """A website that has everything; gives what publishes it in a look."""
    a_website(sql, cast.thaba)
    add_notice(sql, cast.thaba, TRILINGUAL, "Bring water and a hat.\n\nThe buses leave at seven.")
    add_event(sql, cast.thaba, three("Prize-giving"), starts=9 * DAY, lasts=None)
    picture = add_picture(sql, cast.thaba)
    about = a_page(block("a", "text", text=three("Since 1952.")), slug="about", key="about")

    def show(template: str, **more: str) -> None:
        publish(sql, cast.thaba, a_document(a_page(*every_block(picture)), about, template=template, **more))

    return show


@pytest.mark.parametrize(("template", "more", "width", "mode", "language"), LOOKS)
def test_every_look_is_accessible_silent_and_fits(visit, axe, website, template, more, width, mode, language):
    website(template, **more)
    page = visit(None, f"/s/thaba/{language}/", width=width, mode=mode, language=language)
    assert violations(axe, page) == []
    assert fits(page)


@pytest.mark.parametrize(("path", "status"), [("/s/thaba/en/about", 200), ("/s/thaba/en/nowhere", 404), ("/s/never/", 404)])
def test_the_small_pages_are_accessible_and_fit(visit, axe, website, path, status):
    website("classic")
    page = visit(None, path, status=status, width=320, mode="dark")
    assert violations(axe, page) == []
    assert fits(page)


def test_without_scripts_and_on_paper_it_is_the_same_page(visit, website):
    website("bands")
    page = visit(None, "/s/thaba/en/", scripts=False)
    assert page.get_by_role("heading", level=1).inner_text() == "A school among trees"
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Menu").is_visible()
    assert page.get_by_role("heading", level=1).is_visible()


def test_the_form_goes_on_to_a_page_that_has_what_was_typed(visit, website):
    website("classic")
    page = visit(None, "/s/thaba/en/", scripts=False)
    page.get_by_label("Your name").fill("Zodwa Cele")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/s/thaba/lead**")
    assert page.get_by_label("Your name").input_value() == "Zodwa Cele"


@pytest.mark.parametrize("part", range(4))
def test_hostile_texts_do_nothing_in_a_browser(visit, cast, sql, live, part):
    """All of them, a quarter at a time on one page: nothing runs, nothing is asked of another site, the console is silent."""
    texts = [text[:LONGEST] for number, text in enumerate(PAYLOADS.values()) if number % 4 == part]
    fill(sql, cast, " ".join(text.strip() for text in texts)[:8_000])
    blocks = [block(f"t{n}", "text", heading=three(text[:110]), text=three(text[:5_900])) for n, text in enumerate(texts)]
    for text in texts:
        add_notice(sql, cast.thaba, text.replace("\x00", ""), text.replace("\x00", ""))
        add_event(sql, cast.thaba, three(text.replace("\x00", "")), place=text.replace("\x00", ""))
    most = [block("n", "notices", heading=three("Notices"), most=12), block("e", "events", heading=three("Events"), most=20)]
    page = visit(None, "/s/never/", status=404, width=390)
    page.add_init_script(WATCH)
    asked, dialogs = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for document in (None, a_document(a_page(*blocks, *most))):
        if document:
            publish(sql, cast.thaba, document)
        for language in ("en", "zu"):
            answer = page.goto(f"{live.address}/s/thaba/{language}/")
            assert answer
            assert answer.status == 200
            page.evaluate(POKE)
            assert page.evaluate("window.wasPwned") is None
            assert fits(page)
    assert dialogs == []
    assert [url for url in asked if not url.startswith(f"{live.address}/")] == []
