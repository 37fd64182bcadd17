"""A letter that is filled in: whatever a name holds, it makes no header, no recipient and no end of the text."""

from __future__ import annotations

import email
import email.policy
from email.header import decode_header, make_header
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.delivery.letter import CONTROLS, BadAddress, Letter, display, literal, mailbox

ID = UUID("01934c00-0000-7000-8000-000000000001")
TEXT = "Dear {name}\n\n.a line with a dot\nünï = {link}\n" + "long " * 40 + "\n.\n"


def letter(**more):
    given = {"subject": "Skool – môre", "text": TEXT, "html_text": "<p>{name} <a href='{link}'>x</a></p>"}
    return Letter(sender="post@school.example", host="school.example", **{**given, **more})


def read(raw):
    unstuffed = raw.replace(b"\r\n..", b"\r\n.")
    return email.message_from_bytes(unstuffed, policy=email.policy.default)


def fill(name="Nomsa", address="nomsa@example.org", link="https://umthi.example/n/1?d=2", of=None):
    return (of or letter()).fill(reference=ID.hex, name=name, address=address, link=link)


HEADERS = {
    "To",
    "Message-ID",
    "From",
    "Subject",
    "Date",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
}


@given(st.text(max_size=120))
@example("Evil\r\nBcc: x@example.org")
@example("Siyabonga =?utf-8?q?=0ABcc?= <b@x>, c@x")
@example("Anél\x00van\u2028der Mérwe")
@example(".")
@example("😀" * 60)
@example('Quote" \\ <a@b>')
def test_no_name_can_make_a_header_a_recipient_or_an_end_of_the_text(name):
    raw = fill(name=name)
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert b"\r\n.\r\n" not in raw + b"x"
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head = raw.partition(b"\r\n\r\n")[0]
    assert {line.partition(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith(b" ")} == HEADERS
    message = read(raw)
    assert [a.addr_spec for a in message["To"].addresses] == ["nomsa@example.org"]
    shown = CONTROLS.sub(" ", name)
    assert (
        message.get_body(("plain",))
        .get_content()
        .replace("\r\n", "\n")
        .startswith(f"Dear {shown}\n\n.a line with a dot\nünï = https://")
    )
    assert len(list(message.iter_parts())) == 2


@pytest.mark.parametrize(
    "name", ["Nomsa Dlamini", "Anél van der Mérwe", "Ŋqobile Ṱhaḓi Ḽivhuwani " * 4, "O'Brien-Smith", "李小龍"]
)
def test_names_of_all_languages_arrive_as_they_are(name):
    message = read(fill(name=name))
    shown = str(
        make_header(decode_header(display(name).decode()))
    )  # the address parser of 3.11 puts a space between encoded words
    assert shown.strip('"') == name
    assert name in message.get_body(("plain",)).get_content()


def test_html_is_escaped_once():
    assert (
        "<p>&lt;b&gt;&amp; <a href='https://x/?a=1&amp;b=2'>"
        in read(fill(name="<b>&", link="https://x/?a=1&b=2")).get_body(("html",)).get_content()
    )


def test_the_message_id_is_the_delivery_and_answers_go_to_the_school():
    message = read(fill(of=letter(reply_to="office@school.example")))
    assert message["Message-ID"] == "<01934c00000070008000000000000001@school.example>"
    assert message["Reply-To"] == "office@school.example"
    assert "Reply-To" not in read(fill())


@given(st.text(alphabet="{}namelik \n", max_size=40))
@example("{name}{link}{{name}}")
def test_literal_text_comes_out_as_it_went_in(text):
    message = read(fill(of=letter(text=f"begin{literal(text)}end\n")))
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == f"begin{text}end\n"


def test_a_subject_cannot_make_a_header():
    assert read(fill(of=letter(subject="a\r\nBcc: b@example.org")))["Bcc"] is None


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "a",
        "a@",
        "@b",
        "a@b, c@d",
        "a@b\nBcc: c@d",
        "a b@c",
        "<a@b>",
        "a@b>",
        "a@-",
        "é@b.za",
        "a@b\x00",
        ".a@b",
        "a" * 65 + "@b",
        "a@[127.0.0.1]",
        "a@b c",
        "a@xn--\ud800",
    ],
)
def test_what_is_not_one_mailbox_is_refused(bad):
    with pytest.raises(BadAddress):
        mailbox(bad)


def test_a_domain_in_its_own_script_is_written_in_ascii():
    assert mailbox("ouer@skool-môre.co.za") == "ouer@xn--skool-mre-m7a.co.za"


@given(st.text(max_size=60))
def test_an_accepted_address_has_no_character_that_smtp_gives_a_meaning(text):
    try:
        plain = mailbox(text)
    except BadAddress:
        return
    assert plain.isascii()
    assert not set(plain) & set(' <>,;:"\\()[]\r\n\x00')
