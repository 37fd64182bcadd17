"""`make run`: the servers, the migrations and the demo schools, then web, workers, relay and mailbox until told to stop."""

from __future__ import annotations

import os
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.local import letters, postgres, redis, roles
from app.local.home import Home, claim
from app.local.instance import Instance, secret_of
from app.local.mailbox import free_socket
from app.local.processes import Program, Stopped, Supervisor
from app.local.refusal import Refusal, failed

WORKERS = 2  # for every queue; one more reads urgent work only
ACCOUNTS = """
    operator@example.com, superuser@example.com                 the platform
    owner@ admin@ teacher@ officer@ guardian@ student@          of thaba.example.com and karoo.example.com
    multi@example.com                                           admin of both
    Password of all: password123
"""


def main() -> int:
    """Run until told to stop. Returns the exit status: 0 when stopped on request, 1 with a sentence otherwise."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    root = Path(os.environ.get("UMTHI_HOME") or "instance").absolute()
    home: Home | None = None
    try:
        if os.environ.get("UMTHI_ENV") == "production":
            raise Refusal("`make run` is for one's own machine: it makes demo accounts. For production see docs/operations.md.")
        port = _free_port(os.environ.get("PORT") or "8000")
        address = f"http://localhost:{port}"
        home = claim(root, address=address)
        with Supervisor(keep=(home.programs,), say=lambda text: print(f"  ! {text}", flush=True)) as supervisor:
            instance: Instance | None = None
            try:
                instance = _bring_up(supervisor, home, port, address)
                supervisor.watch()
            except Refusal as refusal:
                print(f"\n  ✗ {refusal}\n", file=sys.stderr, flush=True)
                return 1
            except Stopped:
                print("\n  Stopping …", flush=True)
            finally:
                home.note("stopping")
                if instance:
                    instance.forget()
    except BrokenPipeError:  # who read our output has gone; everything is stopped by now
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  for Python's own flush at the end
        return 1
    except (Refusal, KeyboardInterrupt) as refusal:  # the second before the supervisor listens
        print(f"\n  ✗ {refusal or 'Stopped'}\n", file=sys.stderr, flush=True)
        return 1
    print("  ✓ Stopped, nothing is left running", flush=True)
    return 0


def _bring_up(supervisor: Supervisor, home: Home, port: int, address: str) -> Instance:
    begun = time.monotonic()
    with _step("PostgreSQL") as told:
        addresses, said = _database(supervisor, home)
        told.append(said)
    with _step("Redis") as told:
        queue, said = _redis(supervisor, home)
        told.append(said)
    running = {
        **os.environ, **addresses.environment(), "REDIS_URL": queue, "UMTHI_HOME": str(home.root), "PORT": str(port),
        "UMTHI_SECRET": os.environ.get("UMTHI_SECRET") or secret_of(home.root),
    }  # fmt: skip
    if own_mail := bool(os.environ.get("SMTP_URL")):
        mailbox = []
    else:
        bound = free_socket()
        running["SMTP_URL"] = f"smtp://127.0.0.1:{bound.getsockname()[1]}"
        descriptor = bound.detach()  # ours as long as we run, whatever becomes of the mailbox
        argv: list[str | Path] = [sys.executable, "-m", "app.local.mailbox", home.root / letters.FOLDER, str(descriptor)]
        mailbox = [Program("mailbox", argv, running, home.logs / "mailbox.log", keep=(descriptor,))]
    with _step("Migrations and demo schools") as told:
        told.append(_prepare(supervisor, home, {**running, **addresses.for_migrations()}))
    with _step("Web, workers, relay, mail") as told:
        supervisor.start(*mailbox, *_programs(running, home))
        if not supervisor.wait_until(lambda: _is_healthy(port), "web", seconds=60):
            raise failed("The web server did not start", home.logs / "web.log")
        told.append(f"ready after {time.monotonic() - begun:.1f} s")
    instance = Instance(
        home.root, web=address, database=addresses, redis=queue, smtp=running["SMTP_URL"],
        mailbox=None if own_mail else f"{address}/local/mail", settings={**running, **addresses.for_migrations()},
    )  # fmt: skip
    instance.note(supervisor)
    supervisor.changed = lambda: instance.note(supervisor)
    shown = "  Mail goes to your own server, SMTP_URL." if own_mail else f"  Mail is kept at {instance.mailbox}"
    print(f"\n  {address}\n{ACCOUNTS}\n{shown}\n  Ctrl-C stops everything. Logs: {home.logs}\n", flush=True)
    return instance


def _database(supervisor: Supervisor, home: Home) -> tuple[roles.Addresses, str]:
    """Start or find PostgreSQL, make what is missing on it; returns the addresses and what to tell."""
    given = os.environ.get("DATABASE_URL", "")
    if given and not given.startswith(("postgresql://", "postgres://")):
        raise Refusal("DATABASE_URL must look like postgresql://user:password@host:5432/umthi.")
    whose = "your own, DATABASE_URL"
    if not given:
        whose = "as it was" if home.data.exists() else "new"
        supervisor.start(postgres.program(home))
        if not supervisor.wait_until(lambda: postgres.answers(home), "postgres", seconds=300):
            raise failed("PostgreSQL did not start", home.logs / "postgres.log")
    addresses = roles.provision(given or postgres.url(home, "postgres", "umthi"))
    return addresses, f"{postgres.version(addresses.app)}, {whose}"


def _redis(supervisor: Supervisor, home: Home) -> tuple[str, str]:
    """Start or find Redis; returns its address and what to tell."""
    if given := os.environ.get("REDIS_URL"):
        _check_redis(given)
        return given, "your own, REDIS_URL"
    supervisor.start(redis.program(home))
    if not supervisor.wait_until(lambda: redis.answers(home), "redis", seconds=20):
        raise failed("Redis did not start", home.logs / "redis.log")
    return redis.url(home), redis.version()


def _prepare(supervisor: Supervisor, home: Home, environment: Mapping[str, str]) -> str:
    """Migrate and seed; returns the last line of what it said."""
    log = home.logs / "prepare.log"
    if supervisor.run(Program("prepare", _flask("prepare"), environment, log)):
        raise failed("Migrating and seeding failed", log)
    return (log.read_text().strip().splitlines() or ["done"])[-1]


def _programs(environment: Mapping[str, str], home: Home) -> Iterator[Program]:
    """What acts for people. There is no scheduler: the relay files the periodic jobs too."""
    kinds = {"web": ["web"], "worker urgent": ["worker", "--only", "urgent"], "relay": ["relay"]}
    kinds |= {f"worker {number}": ["worker"] for number in range(1, WORKERS + 1)}
    for name, words in kinds.items():
        yield Program(name, _flask(*words), environment, home.logs / f"{name.replace(' ', '-')}.log")


def _flask(*words: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *words]


@contextmanager
def _step(name: str) -> Iterator[list[str]]:
    """Show a step with a tick when it is done; what is appended to the list is its detail."""
    detail: list[str] = []
    if sys.stdout.isatty():
        print(f"  … {name}", end="", flush=True)
    try:
        yield detail
    except BaseException:
        print("\r\033[K" if sys.stdout.isatty() else "", end="")
        raise
    print(("\r\033[K" if sys.stdout.isatty() else "") + f"  ✓ {name:<28} {' '.join(detail)}", flush=True)


def _free_port(value: str) -> int:
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise Refusal(f"PORT is {value!r}; it must be a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(value)))
        except PermissionError:
            raise Refusal(f"Port {value} is for root only. Choose one above 1023, for example `make run PORT=8000`.") from None
        except OSError:
            other = int(value) % 65535 + 1
            raise Refusal(
                f"Port {value} is in use. Stop what listens there (`ss -ltnp`), or start with `make run PORT={other}`."
            ) from None
    return int(value)


def _check_redis(address: str) -> None:
    from redis import Redis, RedisError
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        Redis.from_url(address, socket_connect_timeout=5, socket_timeout=5, retry=Retry(NoBackoff(), 0)).ping()
    except (RedisError, ValueError, OSError) as error:
        raise Refusal(f"The Redis at REDIS_URL does not answer: {error}. Start it or correct REDIS_URL.") from error


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
