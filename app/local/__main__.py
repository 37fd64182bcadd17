"""`make run`: the servers, the migrations and the demo schools, then web, workers and scheduler until told to stop."""

from __future__ import annotations

import os
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.local import postgres, redis, roles
from app.local.home import Home, claim
from app.local.processes import Program, Stopped, Supervisor
from app.local.refusal import Refusal, failed

WORKERS = 2
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
        port = _free_port(os.environ.get("PORT") or "8000")
        address = f"http://localhost:{port}"
        home = claim(root, address=address)
        with Supervisor(keep=(home.programs,), say=lambda text: print(f"  ! {text}", flush=True)) as supervisor:
            try:
                _bring_up(supervisor, home, port, address)
                supervisor.watch()
            except Refusal as refusal:
                print(f"\n  ✗ {refusal}\n", file=sys.stderr, flush=True)
                return 1
            except Stopped:
                print("\n  Stopping …", flush=True)
            finally:
                home.note("stopping")
    except BrokenPipeError:  # who read our output has gone; everything is stopped by now
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  for Python's own flush at the end
        return 1
    except (Refusal, KeyboardInterrupt) as refusal:  # the second before the supervisor listens
        print(f"\n  ✗ {refusal or 'Stopped'}\n", file=sys.stderr, flush=True)
        return 1
    print("  ✓ Stopped, nothing is left running", flush=True)
    return 0


def _bring_up(supervisor: Supervisor, home: Home, port: int, address: str) -> None:
    begun = time.monotonic()
    with _step("PostgreSQL") as told:
        given = os.environ.get("DATABASE_URL", "")
        if given and not given.startswith(("postgresql://", "postgres://")):
            raise Refusal("DATABASE_URL must look like postgresql://user:password@host:5432/umthi.")
        if not given:
            new = not home.data.exists()
            supervisor.start(postgres.program(home))
            if not supervisor.wait_until(lambda: postgres.answers(home), "postgres", seconds=300):
                raise failed("PostgreSQL did not start", home.logs / "postgres.log")
        admin = given or postgres.url(home, "postgres", "umthi")
        addresses = roles.provision(admin)
        told.append(
            f"{postgres.version(addresses.app)}, {'your own, DATABASE_URL' if given else 'new' if new else 'as it was'}"
        )
    with _step("Redis") as told:
        queue = os.environ.get("REDIS_URL") or redis.url(home)
        if own := bool(os.environ.get("REDIS_URL")):
            _check_redis(queue)
        else:
            supervisor.start(redis.program(home))
            if not supervisor.wait_until(lambda: redis.answers(home), "redis", seconds=20):
                raise failed("Redis did not start", home.logs / "redis.log")
        told.append("your own, REDIS_URL" if own else redis.version())
    common = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {
        "REDIS_URL": queue,
        "UMTHI_HOME": str(home.root),
        "PORT": str(port),
    }
    with _step("Migrations and demo schools") as told:
        log = home.logs / "prepare.log"
        prepare = Program("prepare", [*_flask("prepare")], {**common, **addresses.for_migrations()}, log)
        if supervisor.run(prepare):
            raise failed("Migrating and seeding failed", log)
        told.append(log.read_text().strip())
    with _step("Web, workers, scheduler") as told:
        running = {**common, **addresses.environment()}
        web = Program("web", [*_flask("web")], running)
        workers = [Program(f"worker {n}", [*_flask("worker")], running) for n in range(1, WORKERS + 1)]
        supervisor.start(web, *workers, Program("scheduler", [*_flask("scheduler")], running))
        if not supervisor.wait_until(lambda: _is_healthy(port), "web", seconds=60):
            raise failed("The web server did not start", None)
        told.append(f"ready after {time.monotonic() - begun:.1f} s")
    print(f"\n  {address}\n{ACCOUNTS}\n  Ctrl-C stops everything. Logs: {home.logs}\n", flush=True)


def _flask(command: str) -> Iterator[str]:
    yield from (sys.executable, "-m", "flask", "--app", "wsgi", command)


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
            raise Refusal(
                f"Port {value} is in use. Stop what listens there (`ss -ltnp`), or start with `make run PORT={int(value) % 65535 + 1}`."
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
