"""One conversation for many letters: each answer belongs to its letter, and a line that breaks says what is known."""

from __future__ import annotations

import subprocess
import sys
from uuid import uuid4

import pytest

from app.delivery.smtp import Broken, Conversation, Envelope
from app.delivery.states import Event
from app.local.letters import letters
from app.local.mailbox import free_socket

TEXT = b"Message-ID: <%s@x>\r\n\r\nhello\r\n"


def letters_to(people):
    return [Envelope(id, f"{who}@example.org", TEXT % id.hex.encode()) for who in people for id in [uuid4()]]


def converse(url, people, timeout=1.0):
    letters, results = letters_to(people), []
    line = Conversation(url, "post@school.example", timeout=timeout)
    try:
        results += line.send(iter(letters))
        line.quit()
    except Broken as broken:
        line.close()
        results += broken.results
    return [(letter.to.split("@")[0], r.event, r.code) for letter in letters for r in results if r.id == letter.id]


@pytest.fixture(params=[True, False], ids=["pipelining", "plain"])
def server(_mailserver, request):
    _mailserver.forget()
    _mailserver.pipelining = request.param
    return _mailserver


def test_each_answer_goes_to_its_own_letter(server):
    assert converse(server.url, ["ok1", "r450", "ok2", "r550", "r550b", "dot451", "ok3"]) == [
        ("ok1", Event.ACCEPTED, 250),
        ("r450", Event.TEMPORARY, 450),
        ("ok2", Event.ACCEPTED, 250),
        ("r550", Event.PERMANENT, 550),
        ("r550b", Event.PERMANENT, 550),
        ("dot451", Event.TEMPORARY, 451),
        ("ok3", Event.ACCEPTED, 250),
    ]
    assert [mail.to.split("@")[0] for mail in server.mails] == ["ok1", "ok2", "ok3"]


def test_a_line_that_breaks_after_the_text_is_unsure_and_the_next_letter_did_not_leave(server):
    letters, known = letters_to(["ok1", "drop", "ok2"]), []
    line = Conversation(server.url, "post@school.example", timeout=1)
    with pytest.raises(Broken) as broken:
        known.extend(result.event for result in line.send(iter(letters)))
    line.close()
    assert known == [Event.ACCEPTED]
    assert [result.event for result in broken.value.results] == [Event.UNSURE]
    assert [mail.to.split("@")[0] for mail in server.mails] == ["ok1", "drop"]


def test_a_tarpit_costs_its_own_timeout_and_only_its_own_letter(server):
    letters = letters_to(["ok1", "tarpit", "ok2"])
    line = Conversation(server.url, "post@school.example", timeout=0.3)
    results = line.send(iter(letters))
    assert next(results).event is Event.ACCEPTED
    with pytest.raises(Broken) as broken:
        next(results)
    line.close()
    (result,) = broken.value.results
    assert (result.id, result.event, result.provider_fault) == (letters[1].id, Event.TEMPORARY, True)


def test_a_server_that_is_not_there_is_broken_at_once():
    with pytest.raises(Broken):
        Conversation("smtp://127.0.0.1:1", "post@school.example", timeout=1)


def test_a_server_of_somebody_elses_making_takes_our_mail_as_it_is(tmp_path):
    with free_socket() as bound:
        url = f"smtp://127.0.0.1:{bound.getsockname()[1]}"
        command = [sys.executable, "-m", "app.local.mailbox", tmp_path, str(bound.fileno())]  # aiosmtpd
        server = subprocess.Popen(command, pass_fds=(bound.fileno(),))
    try:
        assert [event for _, event, _ in converse(url, ["a", "r550-b"], timeout=20)] == [Event.ACCEPTED] * 2
    finally:
        server.terminate()
        server.wait()
    assert sorted((letter.to, letter.text.strip()) for letter in letters(tmp_path)) == [
        ("a@example.org", "hello"), ("r550-b@example.org", "hello"),
    ]  # fmt: skip
