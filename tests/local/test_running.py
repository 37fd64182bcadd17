"""A running instance: what a person does with it, what it tells about itself, and what it bears."""

from __future__ import annotations

import json
import os
import signal
import stat
import time
import urllib.request
from email.utils import parsedate_to_datetime

import pytest

from app import clock
from app.local.instance import read
from tests.local.instances import Run, living
from tests.local.visitor import Visitor


def mails(run: Run, to: str = "") -> list[dict[str, object]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/local/mail.json?to={to}") as answer:
        told: list[dict[str, object]] = json.load(answer)
        return told


def test_an_admin_signs_in_schedules_a_notice_and_a_guardian_gets_it_by_mail(running: Run) -> None:
    admin = Visitor(f"http://localhost:{running.port}")
    admin.get("/login")
    assert "Thaba Nkulu Primary" in admin.post("/login", email="admin@thaba.example.com", password="password123")
    admin.get("/schedule-notices/new")
    texts = {
        "title_en": "Water is off",
        "message_en": "Bring a bottle.",
        "title_zu": "Awekho amanzi",
        "message_zu": "Phatha ibhodlela.",
    }
    starts = clock.now().strftime("%Y-%m-%dT00:00")
    admin.post("/schedule-notices/new", **texts, title_af="", message_af="", starts_at=starts, ends_at="", audience="guardians")
    deadline = time.monotonic() + 60
    while not (
        found := [m for m in mails(running, "guardian@thaba.example.com") if m["subject"] in ("Water is off", "Awekho amanzi")]
    ):
        assert time.monotonic() < deadline, (running.home / "log" / "worker-1.log").read_text()[-3000:]
        time.sleep(0.2)
    (mail,) = found
    assert set(mail) == {"to", "from", "subject", "message_id", "date", "text", "html", "headers"}
    assert "ibhodlela" in str(mail["text"]) + str(mail["html"]) or "bottle" in str(mail["text"])
    assert not [m for m in mails(running) if str(m["to"]).endswith("karoo.example.com") and m["subject"] == "Awekho amanzi"]


def test_a_backup_of_what_runs_comes_back_in_a_drill_and_in_its_place(running: Run) -> None:
    folder = running.home / "backups" / "one"
    for words in (("backup", str(folder)), ("restore", str(folder), "--drill"), ("restore", str(folder), "--yes")):
        said = running.flask(*words)
        assert said.returncode == 0, said.stderr
    assert "is kept as umthi_before_" in said.stdout
    running.until_ready()
    admin = Visitor(f"http://localhost:{running.port}")
    admin.get("/login")
    assert "Thaba Nkulu Primary" in admin.post("/login", email="admin@thaba.example.com", password="password123")


def test_status_tells_the_addresses_and_the_processes(running: Run) -> None:
    running.until_ready()
    told = running.status()
    assert set(told) == {"web", "pids", "database", "redis", "smtp", "mailbox", "providers"}
    assert told["web"] == f"http://localhost:{running.port}"
    assert set(told["database"]) == {"app", "platform", "owner"}
    assert {kind: len(pids) for kind, pids in told["pids"].items() if kind not in ("web", "supervisor")} == {
        "postgres": 1, "redis": 1, "mailbox": 1, "worker": 3, "relay": 1,
    }  # fmt: skip
    assert all(living(pid) for pids in told["pids"].values() for pid in pids)
    assert "mail at" in running.flask("status").stdout


def test_what_it_tells_is_for_its_owner_alone_and_the_secret_is_its_own(running: Run) -> None:
    for name in ("instance.json", "secret"):
        assert stat.S_IMODE((running.home / name).stat().st_mode) == 0o600
    settings = json.loads((running.home / "instance.json").read_text())["settings"]
    assert settings["UMTHI_SECRET"] == (running.home / "secret").read_text()


def test_the_doctor_finds_nothing_wrong(running: Run) -> None:
    running.until_ready()
    said = running.flask("doctor")
    assert said.returncode == 0, said.stdout + said.stderr
    told = json.loads(running.flask("doctor", "--json").stdout)
    assert told["ok"]
    assert [c["name"] for c in told["checks"]] == [
        "web", "database", "platform", "migrations", "redis", "outbox", "mail", "push", "gateways",
    ]  # fmt: skip


def test_a_second_start_on_the_same_folder_is_refused(running: Run) -> None:
    sentence = Run(running.home).refused()
    assert f"process {running.process.pid}, http://localhost:{running.port}" in sentence


@pytest.mark.parametrize("kind", ["redis", "mailbox", "relay", "worker", "web", "postgres"])
def test_what_is_killed_is_started_again(running: Run, kind: str) -> None:
    before = read(running.until_ready().home)
    assert before
    victim = before["pids"][kind][0]
    os.kill(victim, signal.SIGKILL)
    deadline = time.monotonic() + 40
    while not (after := read(running.home)) or victim in after["pids"][kind] or not running.ready():
        assert time.monotonic() < deadline, running.said
        time.sleep(0.1)
    assert after["smtp"] == before["smtp"]


def test_the_logs_are_json_lines_and_hold_no_address(running: Run) -> None:
    running.until_ready()
    lines = [line for line in (running.home / "log" / "web.log").read_text().splitlines() if line.startswith("{")]
    assert any(json.loads(line).get("route") == "machine.readyz" for line in lines)
    for log in (running.home / "log").glob("w*.log"):
        assert "@thaba.example.com" not in log.read_text()


def test_a_mail_carries_the_moment_it_came(running: Run) -> None:
    for mail in mails(running)[:3]:
        assert "T" in str(mail["date"])
        headers = mail["headers"]
        assert isinstance(headers, dict)
        assert parsedate_to_datetime(headers["Date"])
