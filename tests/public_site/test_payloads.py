"""Hostile texts in every field of everything that a website shows: none of them is ever more than a text.

The same texts in the drawings of assets and in the mails of follow-ups, which show what a school and strangers write as well.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import icalendar
import pytest
from psycopg.types.json import Jsonb

from app.delivery import follow_up_mail
from app.domain.promotion.kinds import KINDS as ASSETS
from app.domain.promotion.layouts import TooLong
from app.domain.promotion.making import Around, Design, made
from app.domain.promotion.palettes import PALETTES
from app.domain.site.blocks import KINDS
from app.domain.site.previews import own_token
from app.domain.site.shapes import Field, Shape, cleaned
from app.ids import uuid7
from app.models.follow_up import FollowUp
from app.models.lead import Lead
from app.tenancy.doors import acting_for
from tests.notices.arranged import add_notice
from tests.pages import XHTML, Page, words
from tests.public_site.arranged import DAY, a_document, add_class, add_event, add_picture, add_review, open_form, publish
from tests.public_site.payloads import PAYLOADS, live, skeleton

LANGUAGES = ("en", "af", "zu")
HARMLESS = "harmless"
PROPERTIES = {
    "VERSION", "PRODID", "CALSCALE", "NAME", "X-WR-CALNAME", "X-WR-TIMEZONE", "URL", "REFRESH-INTERVAL", "X-PUBLISHED-TTL",
    "UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "DESCRIPTION", "CLASS", "DTSTART", "DTEND", "LOCATION",
    "TRANSP", "PRIORITY", "TZID", "COMMENT", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE",
}  # fmt: skip


def stored(text: str) -> str:
    """What a database can hold: requests with a NUL are refused before anything reads them."""
    return text.replace("\x00", "")


def value(field: Field, text: str, picture: str) -> Any:
    """A field of a block with nothing but this text in it."""
    match field.shape:
        case Shape.WORDS | Shape.TEXT:
            return dict.fromkeys(LANGUAGES, cleaned(text, lines=field.shape is Shape.TEXT)[: field.most])
        case Shape.LINE | Shape.TARGET:
            return cleaned(text)[: field.most]
        case Shape.PICTURE:
            return picture
        case Shape.FLAG:
            return True
        case Shape.NUMBER:
            return field.most
        case Shape.ROWS:
            return [{part.name: value(part, text, picture) for part in field.rows}] * 2
    return field.default


def of_every_block(text: str, picture: str, *, menu: str) -> dict[str, Any]:
    """A document with this text in every field of a block of every kind, and in its titles."""
    blocks = [
        {"key": f"b{n}", "kind": kind.key, "content": {field.name: value(field, text, picture) for field in kind.fields}}
        for n, kind in enumerate(KINDS.values())
    ]
    title = dict.fromkeys(LANGUAGES, cleaned(menu)[:80])
    home = {"key": "home", "slug": "", "title": title, "description": title, "blocks": blocks}
    about = {"key": "about", "slug": "about", "title": title, "blocks": [{**blocks[1], "key": "again"}]}
    return a_document(home, about, title=title, description=title)


def fill(sql: Any, cast: Any, text: str) -> dict[str, Any]:
    """A school of whose website everything says this text; the document."""
    held = stored(text)
    many = Jsonb(dict.fromkeys(LANGUAGES, held))
    picture = add_picture(sql, cast.thaba, alt=dict.fromkeys(LANGUAGES, held[:300]))
    add_notice(sql, cast.thaba, dict.fromkeys(LANGUAGES, held), held, urgent=True)
    add_event(sql, cast.thaba, title=dict.fromkeys(LANGUAGES, held), text=dict.fromkeys(LANGUAGES, held), place=held)
    add_event(sql, cast.thaba, title=dict.fromkeys(LANGUAGES, held), text={}, place="", starts=2 * DAY, lasts=None)
    add_class(sql, cast.thaba, held, room=held)
    add_review(sql, cast.thaba, shown_name=held, body=held, answer=held)
    open_form(sql, cast.thaba)
    sql.execute(
        "UPDATE lead_form SET wordings = %s",
        [Jsonb({code: {"title": held, "intro": held, "button": held} for code in LANGUAGES})],
    )
    sql.execute(
        "UPDATE school SET name = %(t)s, contact_email = %(t)s, contact_phone = %(t)s, contact_address = %(t)s WHERE id = 1",
        {"t": held},
    )
    sql.execute("UPDATE notice SET title = %s, message = %s", (many, many))
    document = of_every_block(text, str(picture), menu=text)
    publish(sql, cast.thaba, document)
    return document


@pytest.mark.parametrize("name", PAYLOADS)
def test_nothing_that_a_website_shows_makes_it_more_than_a_text(browser, cast, sql, app, name):
    text = PAYLOADS[name]
    fill(sql, cast, text)
    with acting_for(1):
        preview = own_token(app.extensions["settings"])
    paths = [f"/s/thaba/{code}/{page}" for code in LANGUAGES for page in ("", "about", "nowhere")]
    pages = {path: browser.client.get(path) for path in [*paths, f"/s/thaba/preview/{preview}/en/"]}
    for path, answer in pages.items():
        assert answer.status_code == (404 if path.endswith("nowhere") else 200), path
        no_page_has_anything_live(answer.get_data(as_text=True), path)
    home = Page(pages["/s/thaba/en/"])
    if not re.search(r"[\[*]|^- ", text, re.M):  # what our own marks do not read stands there letter for letter
        shown = " ".join(cleaned(text, lines=True).split())[:60]
        assert shown in " ".join(home.main.split())
    the_data_block_is_json(home.text, text)
    for kind, number in (("notices", 1), ("events", 2)):
        the_calendar_has_only_what_is_ours(browser.client.get(f"/s/thaba/en/{kind}.ics").get_data(), number, text)
    the_sitemap_has_only_addresses(browser.client.get("/s/thaba/sitemap.xml").get_data())
    the_form_has_no_script_in_it(Page(browser.client.get("/s/thaba/lead?lang=en")))


def no_page_has_anything_live(html: str, path: str) -> None:
    assert list(live(html)) == [], path
    assert "\x00" not in html
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", html), "a mark that turns what follows"


def the_data_block_is_json(html: str, text: str) -> None:
    raw = html.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert not re.search("[<>&\u2028\u2029]", raw)
    school, *events = json.loads(raw)["@graph"]
    assert school["name"] == cleaned(stored(text))
    assert set(school) <= {"@type", "@id", "name", "url", "email", "telephone", "address", "logo", "aggregateRating", "review"}
    assert [event["@type"] for event in events] == ["Event", "Event"]
    assert {key for event in events for key in event} <= {
        "@type", "name", "startDate", "endDate", "url", "inLanguage", "eventAttendanceMode", "eventStatus", "organizer", "location",
        "description",
    }  # fmt: skip


def the_calendar_has_only_what_is_ours(body: bytes, number: int, text: str) -> None:
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n)", body)
    lines = [line for line in body.decode().replace("\r\n ", "").split("\r\n") if line]
    entries = list(icalendar.Calendar.from_ical(body).walk("VEVENT"))
    assert [str(entry["SUMMARY"]).split() for entry in entries] == [cleaned(stored(text)).split()] * number
    assert [part.name for entry in entries for part in entry.subcomponents] == []
    assert {re.split("[;:]", line)[0] for line in lines} - {"BEGIN", "END"} <= PROPERTIES
    assert {line.partition(":")[2] for line in lines if line.startswith("BEGIN:")} <= {
        "VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT",
    }  # fmt: skip


def the_sitemap_has_only_addresses(body: bytes) -> None:
    tree = ET.fromstring(body)
    assert {element.tag.rpartition("}")[2] for element in tree.iter()} == {"urlset", "url", "loc", "link"}
    assert b"pwned" not in body


def the_form_has_no_script_in_it(form: Page) -> None:
    assert form.status == 200
    assert [e for e in form.all("script") if not e.get("src")] == []
    assert [name for e in form.tree.iter() for name in e.attrib if str(name).startswith("on")] == []


SAMPLE = ("script", "double quote", "end of everything", "end of a data block", "template", "an entity")


def test_a_page_is_made_of_the_same_elements_as_one_without_any_harm(browser, cast, sql):
    fill(sql, cast, HARMLESS)
    harmless = skeleton(browser.client.get("/s/thaba/en/").get_data(as_text=True))
    for name in SAMPLE:
        for table in ("notice", "school_event", "meeting_time", "class_group", "review"):
            sql.execute(f"DELETE FROM {table}")
        fill(sql, cast, PAYLOADS[name])
        assert skeleton(browser.client.get("/s/thaba/en/").get_data(as_text=True)) == harmless, name


@pytest.mark.parametrize("name", PAYLOADS)
def test_in_a_drawing_it_is_outlines_and_a_title(app, name):
    text = cleaned(PAYLOADS[name], lines=True)
    around = Around("http://localhost", "thaba", text[:80], text[:40], text[:80], text[:80], None, None)
    for kind in ASSETS:
        texts = {"headline": text[:30], "body": text[:60], "call": text[:20], "alt": text[:300]}
        try:
            drawn = made(Design(kind, text[:80], "site", next(iter(PALETTES)), {"en": texts}), around, "en")
        except TooLong:
            continue
        tree = ET.fromstring(drawn.svg)
        assert {e.tag.rpartition("}")[2] for e in tree.iter()} <= {"svg", "title", "rect", "circle", "path", "image"}
        names = {str(attribute) for e in tree.iter() for attribute in e.attrib}
        assert not {each for each in names if each.startswith("on") or "href" in each or each == "style"}
        (title,) = (e for e in tree.iter() if e.tag.endswith("title"))
        assert " ".join((title.text or "").split()) == " ".join(texts["alt"].split()) or not texts["alt"]


@pytest.mark.parametrize("name", PAYLOADS)
def test_in_a_follow_up_it_adds_no_header_and_no_element(cast, sql, name):
    text = stored(PAYLOADS[name])
    letters = {}
    for what, held in (("hostile", text), ("harmless", HARMLESS)):
        sql.execute("UPDATE school SET name = %(t)s, contact_phone = %(t)s WHERE id = 1", {"t": cleaned(held)[:200] or "x"})
        with acting_for(1):
            lead = Lead(id=uuid7(), school_id=1, name=cleaned(held)[:120], email="zodwa@example.org", language="en")
            item = FollowUp(
                id=uuid7(), school_id=1, lead_id=lead.id, template_id=uuid7(), revision=1, language="en", email="zodwa@example.org",
                subject=" ".join(cleaned(held).split())[:150], body=cleaned(held, lines=True)[:4_000], due_at=dt.datetime.now(dt.UTC),
            )  # fmt: skip
            content = follow_up_mail._envelope(item, lead).content
        letters[what] = email.message_from_bytes(content, policy=email.policy.default)
    hostile, plain = letters["hostile"], letters["harmless"]
    assert [header.lower() for header in hostile] == [header.lower() for header in plain]
    assert [address.addr_spec for address in hostile["To"].addresses] == ["zodwa@example.org"]
    html = hostile.get_body(("html",)).get_content()
    harm = re.findall(r"<(?:script|iframe|svg|math|form|base|object|embed|link)\b|\son\w+=[\"']?pwned", _tags(html), re.I)
    assert harm == []
    plain_tags = {tag for tag, _ in skeleton(plain.get_body(("html",)).get_content())}
    assert {tag for tag, _ in skeleton(html)} <= plain_tags | {f"{XHTML}br"}


def _tags(html: str) -> str:
    """The tags of a page alone: what is written as text is none."""
    return " ".join(re.findall(r"<[^>]*>", html))


def test_a_planted_leak_is_found():
    page = "<!doctype html><html lang=en><head><title>x</title></head><body><p>{}</p></body></html>"
    assert list(live(page.format("text"))) == []
    for planted in ("<img src=x onerror=pwned()>", "<a href='javascript:pwned()'>x</a>", "<script>pwned()</script>", "<svg onload=x></svg>",
                    "<img alt='' src='//evil.example/x'>", "<b style='x'>y</b>", "<a href='//evil.example'>x</a>"):  # fmt: skip
        assert list(live(page.format(planted))), planted


def test_there_are_enough_of_them_and_every_field_gets_one(browser, cast, sql):
    assert len(PAYLOADS) >= 25
    fill(sql, cast, "pwned-everywhere")
    page = Page(browser.client.get("/s/thaba/en/"))
    assert page.text.count("pwned-everywhere") >= 40
    assert words(page.one("h1")) == "pwned-everywhere"
