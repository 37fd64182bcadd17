"""How every command behaves: found by name, loaded when asked for, and an exit status that a script can trust."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.commands import COMMANDS
from app.commands.command import CannotRun, fit_for_production
from app.config import Settings
from app.local.migrate import head
from app.local.testing import Run
from tests.local.instances import OURS, PROJECT, in_production, production_environment


def alone(tmp_path: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command where no instance runs and nothing is set."""
    clean = {k: v for k, v in os.environ.items() if k not in OURS and not k.startswith("UMTHI_")}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    environment = clean | {"UMTHI_HOME": str(tmp_path)} | env
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_help_lists_every_command(flask) -> None:
    said = flask("--help").output
    assert all(name in said for name in COMMANDS)


@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ("doctor",), ("operator", "list"), ("worker",)])
def test_without_an_instance_a_command_says_so_and_ends_with_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = alone(tmp_path, *words)
    assert (said.returncode, said.stdout) == (2, "")
    assert "Traceback" not in said.stderr
    assert "make run" in said.stderr


def test_production_names_every_fault_at_once(tmp_path: Path) -> None:
    said = alone(
        tmp_path, "web", UMTHI_ENV="production", UMTHI_FAULT_POINT="x", UMTHI_SECRET="umthi-local-secret-not-for-production"
    )
    assert said.returncode == 2
    for name in (
        "DATABASE_URL",
        "UMTHI_PLATFORM_DATABASE_URL",
        "UMTHI_SECRET",
        "UMTHI_PUBLIC_URL",
        "REDIS_URL",
        "SMTP_URL",
        "UMTHI_FAULT_POINT",
    ):
        assert name in said.stderr


@pytest.mark.parametrize("words", [("status",), ("mailbox",)])
def test_what_is_for_ones_own_machine_does_not_run_in_production(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = alone(tmp_path, *words, UMTHI_ENV="production")
    assert (said.returncode, "production" in said.stderr) == (2, True)


def test_a_server_that_loads_the_application_without_settings_gets_the_faults(tmp_path: Path) -> None:
    """Only `flask` may go on without them, to reach `db setup`."""
    clean = {k: v for k, v in os.environ.items() if k not in (*OURS, "FLASK_RUN_FROM_CLI") and not k.startswith("UMTHI_")}
    said = subprocess.run([sys.executable, "-c", "import wsgi"], cwd=PROJECT, env=clean | {"UMTHI_HOME": str(tmp_path)},
                          capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert said.returncode != 0
    assert "BadSettings" in said.stderr


def test_db_setup_needs_no_settings_and_prints_the_three_addresses(tmp_path: Path) -> None:
    server = Run.begin()  # of our own: roles belong to a whole server
    try:
        said = alone(tmp_path, "db", "setup", "--admin-url", server.as_superuser(server.addresses("")), UMTHI_ENV="production")
        assert said.returncode == 0, said.stderr
        lines = dict(line.split("=", 1) for line in said.stdout.splitlines())
        assert list(lines) == ["DATABASE_URL", "UMTHI_PLATFORM_DATABASE_URL", "UMTHI_OWNER_DATABASE_URL"]
        known = {k: v.replace("UNCHANGED", "x") for k, v in lines.items()}
        for words, answer in ((("upgrade",), head()), (("downgrade", "0002"), "0002"), (("upgrade",), head())):
            said = alone(tmp_path, "db", *words, **known)
            assert (said.returncode, said.stdout.strip()) == (0, f"at {answer}"), said.stderr
        nowhere = alone(tmp_path, "db", "downgrade", "0099", **known)
        assert (nowhere.returncode, "0099" in nowhere.stderr) == (2, True)
    finally:
        server.finish()


def test_db_setup_with_a_wrong_address_is_a_sentence(tmp_path: Path) -> None:
    for address in ("mysql://x", "postgresql://postgres:hidden@127.0.0.1:1/umthi"):
        said = alone(tmp_path, "db", "setup", "--admin-url", address)
        assert said.returncode == 2
        assert "--admin-url" in said.stderr
        assert "hidden" not in said.stderr


def test_a_web_process_does_not_load_what_other_commands_need() -> None:
    code = (
        "import sys; from app import commands; print([m for m in ('granian', 'aiosmtpd', 'alembic', 'rq') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.usefixtures("cast")
def test_production_does_not_start_on_a_database_with_demo_accounts(another_app, settings: Settings, sql) -> None:
    with another_app(in_production(settings)).app_context():
        with pytest.raises(CannotRun, match=r"demo accounts.*admin@thaba\.example\.com"):
            fit_for_production()
        sql.execute("UPDATE app_user SET email = replace(email, 'example.com', 'umthi.org')")
        fit_for_production()


SERVED = "import wsgi; print('serves', wsgi.application.name)"


@pytest.mark.usefixtures("cast")
def test_any_other_server_that_loads_the_application_in_production_is_refused_too(app, settings: Settings, sql) -> None:
    """And, before a database is put in order, `flask` may load it: its programs ask by themselves."""
    production = production_environment(settings)
    clean = {k: v for k, v in os.environ.items() if k not in (*OURS, "FLASK_RUN_FROM_CLI") and not k.startswith("UMTHI_")}

    def served(**env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", SERVED], cwd=PROJECT, env=clean | production | env,
                              capture_output=True, text=True, timeout=60, check=False)  # fmt: skip

    refused = served()
    assert refused.returncode != 0
    assert "demo accounts" in refused.stderr
    assert served(FLASK_RUN_FROM_CLI="true").stdout == "serves app\n"
    sql.execute("UPDATE app_user SET email = replace(email, 'example.com', 'umthi.org')")
    assert served().stdout == "serves app\n"
