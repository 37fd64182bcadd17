"""The local mailbox: a real SMTP server that keeps what it is sent, and the pages that show it."""

from __future__ import annotations

import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.config import Settings
from app.local import letters
from app.local.mailbox import free_socket
from tests.local.instances import PROJECT, in_production


def letter(to: str, subject: str = "Umhlangano", text: str = "Molo, môre!") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "school@example.com", to, subject, f"<{subject[:3]}@umthi>"
    mail.set_content(text)
    mail.add_alternative(f"<p>{text}</p><script>alert(1)</script>", subtype="html")
    return mail.as_bytes().replace(b"\n", b"\r\n")


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A mailbox process: its port, and the folder that it fills."""
    bound = free_socket()
    port = bound.getsockname()[1]
    words = [sys.executable, "-m", "app.local.mailbox", str(tmp_path), str(bound.fileno())]
    with subprocess.Popen(words, cwd=PROJECT, pass_fds=(bound.fileno(),)) as process:
        bound.close()
        yield port, tmp_path
        process.terminate()


def test_it_keeps_what_it_takes_newest_first(mailbox: tuple[int, Path]) -> None:
    port, folder = mailbox
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("pipelining")
        for to in ("nomsa@example.com", "anel@example.com"):
            smtp.sendmail("bounces@example.com", to, letter(to))
    first, second = letters.letters(folder)
    assert (first.to, second.to) == ("anel@example.com", "nomsa@example.com")
    assert (first.sender, first.subject, first.message_id) == ("bounces@example.com", "Umhlangano", "<Umh@umthi>")
    assert first.text == "Molo, môre!\n"
    assert "<script>" in first.html
    assert "X-Envelope-To" not in first.headers
    assert [m.to for m in letters.letters(folder, to="NOMSA")] == ["nomsa@example.com"]
    assert letters.read(folder, first.key) == first


def test_it_speaks_a_pipelined_conversation(mailbox: tuple[int, Path]) -> None:
    """Two letters as RFC 2920 allows: the next envelope goes with the text before it."""
    port, folder = mailbox
    text = letter("x@example.com") + b"\r\n.\r\n"
    envelope = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<%s@example.com>\r\nDATA\r\n"
    with socket.create_connection(("127.0.0.1", port), 20) as line, line.makefile("rb") as answers:
        line.sendall(b"EHLO test\r\n")
        while answers.readline()[3:4] == b"-" or not answers.peek(0):
            pass
        line.sendall(envelope % b"one")
        assert [answers.readline()[:3] for _ in range(4)][-1] in (b"354", b"250")
        line.sendall(text + envelope % b"two" + text + b"QUIT\r\n")
        rest = answers.read()
    assert rest.count(b"250 2.0.0 kept") == 2, rest
    assert [m.to for m in letters.letters(folder)] == ["two@example.com", "one@example.com"]


def test_it_is_bounded_and_never_shows_half_a_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "KEPT", 5)
    for number in range(101):
        letters.keep(tmp_path, sender="a@example.com", to=["b@example.com"], content=letter("b@example.com", f"No {number}"))
    assert len(letters.keys(tmp_path)) < 101
    (tmp_path / f"{9:020d}-0000001-0000001.making").write_bytes(b"half")
    assert all(key != "9" for key in letters.keys(tmp_path))


def test_a_stranger_reads_the_mail_and_its_source_is_text(browser, settings: Settings) -> None:
    folder = settings.home / letters.FOLDER
    for old in letters.keys(folder):
        (folder / f"{old}.eml").unlink()
    assert browser.get("/local/mail").h1 == "Mail on this machine"
    letters.keep(folder, sender="a@example.com", to=["nomsa@example.com"], content=letter("nomsa@example.com", "Eerste <b>"))
    letters.keep(folder, sender="a@example.com", to=["anel@example.com"], content=letter("anel@example.com", "Tweede"))
    page = browser.get("/local/mail")
    assert page.main.index("Tweede") < page.main.index("Eerste <b>")
    found = browser.get("/local/mail?q=NOMSA")
    assert "Eerste" in found.main
    assert "Tweede" not in found.main
    assert browser.get("/local/mail?q=nobody").status == 200
    link = next(href for text, href in found.links().items() if "Eerste" in text)
    shown = browser.get(link)
    assert "<p>Molo, môre!</p><script>alert(1)</script>" in shown.main
    assert browser.get("/local/mail/../../secret").status == 404
    assert browser.get("/local/mail/%2e%2e%2fsecret").status == 404


def test_the_json_is_what_the_contract_says(browser, settings: Settings) -> None:
    letters.keep(settings.home / letters.FOLDER, sender="a@example.com", to=["b@example.com"], content=letter("b@example.com"))
    newest = browser.get("/local/mail.json", check=False).response.json[0]
    assert set(newest) == {"to", "from", "subject", "message_id", "date", "text", "html", "headers"}
    assert (newest["to"], newest["from"]) == ("b@example.com", "a@example.com")
    assert newest["headers"]["Subject"] == "Umhlangano"


def test_many_mails_are_paged(browser, settings: Settings) -> None:
    for number in range(52):
        letters.keep(
            settings.home / letters.FOLDER, sender="a@x.com", to=["many@x.com"], content=letter("many@x.com", f"No {number}")
        )
    first = browser.get("/local/mail?q=many@x.com")
    assert "No 51" in first.main
    assert "No 1 " not in first.main
    assert "No 0" in browser.get(f"/local/mail{first.links()['Older']}").main


def test_in_production_it_does_not_exist(another_app, settings: Settings) -> None:
    client = another_app(in_production(settings)).test_client()
    for path in ("/local/mail", "/local/mail.json", "/local/mail/x"):
        assert client.get(path, base_url="https://umthi.example").status_code == 404
