"""The doctor says of each of nine things how it is and what to do."""

from __future__ import annotations

import json

NAMES = ["web", "database", "platform", "migrations", "redis", "outbox", "mail", "push", "gateways"]


def test_it_names_what_is_wrong_and_what_to_do(flask) -> None:
    """In a test nothing is served, and there is neither Redis nor a mail server."""
    said = flask("doctor")
    assert said.exit_code == 1
    lines = {line.split()[1]: line for line in said.output.splitlines()}
    assert list(lines) == NAMES
    assert [name for name, line in lines.items() if "✗" in line] == ["web", "redis", "outbox", "mail"]
    assert "Start Redis" in lines["redis"]
    assert "SMTP_URL" in lines["mail"]


def test_a_machine_gets_json(flask) -> None:
    told = json.loads(flask("doctor", "--json").output)
    assert told["ok"] is False
    assert [check["name"] for check in told["checks"]] == NAMES
    assert all(check["state"] in ("ok", "degraded", "failed") for check in told["checks"])
