"""What docs/operations.md and deploy/ say is what the code does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from flask import Flask

from app.access.gate import access_of
from app.access.permissions import GRANTS, PLATFORM_GRANTS, Permission
from app.commands import COMMANDS
from app.config import BadSettings, Settings
from app.domain.health import checks
from tests.local.instances import PROJECT

TEXT = (PROJECT / "docs" / "operations.md").read_text()


class Listening(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, **values: str) -> None:
        self.values_, self.asked = values, set[str]()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def asked_for() -> set[str]:
    environment = Listening(UMTHI_ENV="production", UMTHI_HOME="/nowhere")
    with pytest.raises(BadSettings):
        Settings.from_environment(environment)
    return environment.asked


def table_below(text: str, heading: str) -> list[str]:
    """The first cells of the first table below a heading."""
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def matrix() -> str:
    everybody = GRANTS | PLATFORM_GRANTS
    rows = ["| permission | " + " | ".join(everybody) + " |", "|---|" + "---|" * len(everybody)]
    for permission in Permission:
        rows.append(
            f"| `{permission}` | " + " | ".join("yes" if permission in held else "–" for held in everybody.values()) + " |"
        )
    return "\n".join(rows)


def written_matrix(text: str) -> str:
    return text.split("<!-- permissions -->\n")[1].split("\n<!-- /permissions -->")[0]


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(table_below(TEXT, "Settings")) == asked_for()


def test_a_setting_that_is_missing_in_the_table_would_be_noticed() -> None:
    """The planted violation."""
    assert set(table_below(TEXT.replace("| `REDIS_URL`", "| REDIS_URL"), "Settings")) != asked_for()


def test_the_table_of_permissions_is_the_codes() -> None:
    assert written_matrix(TEXT) == matrix(), f"write this into docs/operations.md:\n{matrix()}"


def test_a_right_that_was_added_to_the_table_alone_would_be_noticed() -> None:
    """The planted violation."""
    assert written_matrix(TEXT.replace("| yes | – |", "| yes | yes |", 1)) != matrix()


def test_the_checks_are_those_of_the_doctor(app, settings: Settings) -> None:
    names = table_below(TEXT, "Is it well? Nine checks")
    assert names == ["web", *(check.name for check in checks(settings))]


def test_every_command_is_listed() -> None:
    section = TEXT.split("\n## Commands\n")[1].split("\n## ")[0]
    assert {name for name in COMMANDS if f"`{name}" not in section} == set()


def test_the_units_start_commands_that_exist_and_name_settings_that_do() -> None:
    deploy = PROJECT / "deploy"
    for unit in deploy.glob("*.service"):
        command = re.search(r"^ExecStart=\S+/flask --app wsgi (\S+)", unit.read_text(), re.MULTILINE)
        assert command, unit
        assert command[1] in COMMANDS
    names = {
        line.partition("=")[0] for file in deploy.glob("*.env.example") for line in file.read_text().splitlines() if "=" in line
    }
    assert names <= asked_for() | {"UMTHI_OWNER_DATABASE_URL"}


def proxy_faults(text: str) -> list[str]:
    """What an nginx configuration lacks of what docs/operations.md demands of the proxy."""
    wanted = [
        r"listen 443 ssl;", r"ssl_certificate \S+;", r"client_max_body_size 1m;", r"client_body_timeout \d+s;",
        r"proxy_request_buffering on;", r"proxy_set_header X-Forwarded-For \$remote_addr;",
        r"proxy_set_header X-Forwarded-Proto \$scheme;", r"proxy_set_header X-Request-Id \$request_id;",
    ]  # fmt: skip
    return [pattern for pattern in wanted if not re.search(rf"^\s*{pattern}$", text, re.MULTILINE)]


def test_the_proxy_of_the_example_does_what_is_demanded_and_reaches_the_web_server() -> None:
    text = (PROJECT / "deploy" / "nginx.conf.example").read_text()
    settings = (PROJECT / "deploy" / "umthi.env.example").read_text()
    assert proxy_faults(text) == []
    assert re.findall(r"server 127\.0\.0\.1:(\d+);", text) == re.findall(r"^PORT=(\d+)$", settings, re.MULTILINE)
    host = re.search(r"^UMTHI_PUBLIC_URL=https://(\S+)$", settings, re.MULTILINE)
    assert host
    assert f"proxy_set_header Host {host[1]};" in text
    assert "**buffers request bodies**" in TEXT


#: arguments of public addresses that prove nothing: whoever reads them in a log can do no more than anybody
OPEN = {
    "slug", "page", "language", "rest", "colours", "picture_id", "width", "ending", "school_id", "logo_id", "provider", "key",
}  # fmt: skip


def locations(text: str, inside: str) -> list[str]:
    """The addresses, as nginx writes them, of the locations that have something inside."""
    return [found[1] for found in re.finditer(r"location (.+?) \{([^}]*)\}", text) if re.search(inside, found[2])]


def is_at(address: str, places: list[str]) -> bool:
    """Whether nginx takes an address to one of these locations."""
    return any(
        address == place[2:] if place.startswith("= ") else re.search(place.removeprefix("~ "), address) for place in places
    )


def test_no_address_that_opens_something_by_itself_stands_in_the_log_of_the_proxy(app: Flask) -> None:
    text = (PROJECT / "deploy" / "nginx.conf.example").read_text()
    silent = locations(text, "access_log off;")
    proofs = {
        rule.rule for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint).why_public and rule.arguments - OPEN
    }
    assert len(proofs) >= 12
    assert [rule for rule in sorted(proofs) if not is_at(re.sub("<[^>]*>", "x", rule), silent)] == []
    assert not is_at("/s/thaba/en/about", silent)


def test_the_proxy_lets_files_in_where_a_page_takes_them(app: Flask) -> None:
    text = (PROJECT / "deploy" / "nginx.conf.example").read_text()
    taking = {
        re.sub("<[^>]*>", "1", rule.rule): view.files
        for rule in app.url_map.iter_rules()
        if hasattr(view := app.view_functions[rule.endpoint], "files")
    }
    assert len(taking) >= 4
    for address, size in taking.items():
        (place,) = (each for each in locations(text, "client_max_body_size") if is_at(address, [each]))
        megabytes = re.search(re.escape(f"location {place} {{") + r"\s+client_max_body_size (\d+)m;", text)
        assert megabytes, address
        assert size < int(megabytes[1]) << 20 <= size + (2 << 20), address


def test_a_proxy_that_appends_to_what_the_visitor_sent_or_does_not_buffer_would_be_noticed() -> None:
    """The planted violation."""
    text = (PROJECT / "deploy" / "nginx.conf.example").read_text()
    appends = text.replace("X-Forwarded-For $remote_addr", "X-Forwarded-For $proxy_add_x_forwarded_for")
    assert len(proxy_faults(appends.replace("proxy_request_buffering on", "proxy_request_buffering off"))) == 2
