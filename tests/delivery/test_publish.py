"""What a message says: in every language, as it was typed, whatever was typed."""

from __future__ import annotations

import html5lib
import pytest
from jinja2 import UndefinedError

from app.delivery.paper import draw, paragraphs
from app.delivery.publish import NoText, Text, written_in
from tests.cast import add_person
from tests.delivery.sending import TEXTS, only, send


@pytest.mark.parametrize(
    ("there", "wanted"),
    [({"en", "af", "zu"}, "zu"), ({"en", "af"}, "af"), ({"en"}, "en"), ({"zu", "en"}, "zu")],
)
def test_a_missing_language_falls_back_to_the_schools_then_to_the_first_there_is(there, wanted):
    texts = {code: TEXTS[code] for code in there}
    assert written_in(texts, "zu", "af") == wanted


def test_a_message_without_any_text_is_refused():
    with pytest.raises(NoText):
        written_in({}, "zu", "af")


def test_who_gets_another_language_is_told_so_and_the_letter_is_in_that_language(sql, cast, mailserver, work_off):
    only(sql, cast.karoo.id)
    add_person(sql, cast.karoo.id, "Jan", "guardian", "jan@example.com", "af")
    add_person(sql, cast.karoo.id, "Ann", "guardian", "ann@example.com", "en")
    send(cast.karoo.id, texts={"en": TEXTS["en"]})
    work_off()
    (jan,), (ann,) = mailserver.to("jan@example.com"), mailserver.to("ann@example.com")
    assert jan.subject == ann.subject == "School closes early"
    assert '<p class="small" lang="af">' in jan.html
    assert "in Engels" in jan.text
    assert "English" not in ann.text


def test_braces_markup_and_lines_arrive_as_they_were_typed(sql, cast, mailserver, work_off):
    only(sql, cast.thaba.id, "a@example.com")
    body = "{name} pays {link} {{twice}} }{\r\n<b>R50 & more</b>\n\n.\n.. dots\n\n\nlast"
    send(cast.thaba.id, texts={"en": Text("{name} <i>", body)})
    work_off()
    (mail,) = mailserver.mails
    assert mail.subject == "{name} <i>"
    assert "{name} pays {link} {{twice}} }{\n<b>R50 & more</b>\n\n.\n.. dots\n\nlast" in mail.text
    assert "<p>{name} pays {link} {{twice}} }{<br>&lt;b&gt;R50 &amp; more&lt;/b&gt;</p>" in mail.html
    assert "<title>{name} &lt;i&gt;</title>" in mail.html


def test_a_letter_names_school_recipient_and_link_and_answers_go_to_the_school(sql, cast, mailserver, work_off):
    only(sql, cast.karoo.id)
    add_person(sql, cast.karoo.id, 'Elsabé "<Nel>"', "guardian", "nel@example.com", "en")
    send(cast.karoo.id, url="/schedule-notices/7")
    work_off()
    (mail,) = mailserver.mails
    parsed = mail.parsed
    assert parsed["From"].addresses[0].display_name == "Laerskool Karoo"
    assert parsed["Reply-To"] == "kantoor@karoo.example.com"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed["List-Unsubscribe"].strip("<>") in mail.text
    assert 'Dear Elsabé "<Nel>"' in mail.text
    assert "Dear Elsabé &quot;&lt;Nel&gt;&quot;" in mail.html
    assert "http://localhost/schedule-notices/7\n" in mail.text
    assert '<a class="button" href="http://localhost/schedule-notices/7">' in mail.html
    assert "Laerskool Karoo sent this notice" in mail.text


def test_the_message_id_is_the_deliverys(sql, cast, mailserver, work_off):
    only(sql, cast.thaba.id, "a@example.com")
    send(cast.thaba.id)
    work_off()
    (id,) = sql.execute("SELECT id FROM delivery").fetchone()
    assert mailserver.mails[0].message_id == f"<{id.hex}.1@localhost.localdomain>"


def test_a_letter_with_an_unknown_name_is_an_error(app):
    with pytest.raises(UndefinedError):
        draw("notice", "en", school="Thaba")


def test_paragraphs_are_parted_by_empty_lines():
    assert paragraphs(" a\r\nb \n \n\nc\n") == [["a", "b"], ["c"]]


@pytest.mark.parametrize("language", ["en", "af", "zu"])
@pytest.mark.parametrize("template", ["notice", "password_link", "password_changed"])
def test_every_letter_is_valid_html_in_its_language_and_says_the_same_in_both_parts(template, language):
    values = {"school": "Thaba", "email": "a@b.example", "phone": "+27", "subject": "Subject", "paragraphs": [["One", "two"]],
              "reader": "zu", "elsewhere": "Elsewhere", "leave": True, "address": "c@d.example", "at": "1 Jan"}  # fmt: skip
    bodies = draw(template, language, **values)
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(bodies.html)
    assert tree.get("lang") == language
    assert len(list(tree.iter("h1"))) == 1
    assert "{link}" in bodies.text
    assert [a.get("href") for a in tree.iter("a")] == ["{link}", *(["{unsubscribe}"] if template == "notice" else [])]
    button = "".join(next(tree.iter("a")).itertext())
    said = {" ".join("".join(e.itertext()).split()) for e in tree.iter("p")} - {button, "One two", "Onetwo", "Thaba"}
    assert [words for words in sorted(said) if words not in bodies.text] == []


def test_what_is_urgent_cannot_be_unsubscribed_from(sql, cast, mailserver, work_off):
    only(sql, cast.thaba.id, "a@example.com")
    send(cast.thaba.id, urgent=True)
    work_off()
    assert mailserver.mails[0].parsed["List-Unsubscribe"] is None
    assert "unsubscribe" not in mailserver.mails[0].text
