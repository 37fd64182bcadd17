"""Every setting of Umthi: read once from the environment, checked before anything starts. `docs/operations.md` lists them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

DEVELOPMENT_SECRET = "umthi-local-secret-not-for-production"  # noqa: S105  refused in production
SHORTEST_SECRET = 32
SHORTEST_WEBHOOK_SECRET = 24
MOST_PROXIES = 9
MOST_DAYS = 3650
MOST_QUIET_DAYS = 365
INSTANCE = "instance.json"  # in UMTHI_HOME while `make run` runs: its addresses, its processes and its settings


class Environment(StrEnum):
    """Where this copy of Umthi runs."""

    LOCAL = "local"
    TEST = "test"
    UAT = "uat"
    PRODUCTION = "production"


class BadSettings(Exception):
    """The settings do not allow a start; the text names every fault, one a line."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says. Addresses are libpq URLs (`postgresql://…`)."""

    environment: Environment
    home: Path
    port: int
    public_url: str
    secret: str
    database_url: str
    platform_database_url: str
    owner_database_url: str
    redis_url: str
    smtp_url: str
    mail_from: str
    mail_allow: frozenset[str]
    fault_point: str = ""  # where a test has this process die: app/work/faults.py
    push_test_origin: str | None = None  # a push service of a test: its origin, such as http://127.0.0.1:9001
    keep_messages: int = 90  # days for which bodies of messages and attempts are kept
    quiet_days: int = 14  # school days without activity after which a school has gone quiet
    alert_url: str = ""  # what is told when a way out is closed: gets a POST of JSON with a "text"
    bounce_url: str = ""  # the mailbox that returned mail goes to: pop3s://user:password@host
    webhook_secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by provider; several while one is replaced
    proxies: int = 0  # how many stand before the web server and overwrite X-Forwarded-For and X-Forwarded-Proto

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def is_secure(self) -> bool:
        """Whether people reach us by TLS: then cookies are `Secure` and `__Host-`."""
        return self.public_url.startswith("https://")

    @property
    def hosts(self) -> list[str]:
        """The host names that a request may be for."""
        public = urlsplit(self.public_url).hostname or "localhost"
        return [public] if self.is_production else [public, "localhost", "127.0.0.1", "[::1]"]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read and check the settings. Raises BadSettings with every fault at once."""
        environ = attached(environ)
        faults: list[str] = []
        try:
            environment = Environment(environ.get("UMTHI_ENV") or "local")
        except ValueError:
            environment = Environment.PRODUCTION
            faults.append(f"UMTHI_ENV is {environ['UMTHI_ENV']!r}; it is one of {', '.join(Environment)}.")
        port = environ.get("PORT") or "8000"
        if not (port.isdigit() and 0 < int(port) < 65536):
            faults.append(f"PORT is {port!r}; it is a number from 1 to 65535.")
            port = "8000"
        proxies = environ.get("UMTHI_TRUSTED_PROXIES") or ("1" if environment is Environment.PRODUCTION else "0")
        if not (proxies.isdecimal() and int(proxies) <= MOST_PROXIES):
            faults.append(f"UMTHI_TRUSTED_PROXIES is {proxies!r}; it is a number from 0 to {MOST_PROXIES}.")
            proxies = "0"
        days = environ.get("UMTHI_KEEP_MESSAGES") or "90"
        if not (days.isdecimal() and 0 < int(days) <= MOST_DAYS):
            faults.append(f"UMTHI_KEEP_MESSAGES is {days!r}; it is a number of days from 1 to {MOST_DAYS}.")
            days = "90"
        quiet = environ.get("UMTHI_QUIET_DAYS") or "14"
        if not (quiet.isdecimal() and 0 < int(quiet) <= MOST_QUIET_DAYS):
            faults.append(f"UMTHI_QUIET_DAYS is {quiet!r}; it is a number of school days from 1 to {MOST_QUIET_DAYS}.")
            quiet = "14"
        secrets, bad = _secrets(environ.get("UMTHI_WEBHOOK_SECRETS", ""))
        faults += bad
        settings = cls(
            environment=environment,
            home=cls.home_of(environ),
            port=int(port),
            public_url=(environ.get("UMTHI_PUBLIC_URL") or f"http://localhost:{port}").rstrip("/"),
            secret=environ.get("UMTHI_SECRET") or ("" if environment is Environment.PRODUCTION else DEVELOPMENT_SECRET),
            database_url=environ.get("DATABASE_URL", ""),
            platform_database_url=environ.get("UMTHI_PLATFORM_DATABASE_URL", ""),
            owner_database_url=environ.get("UMTHI_OWNER_DATABASE_URL", ""),
            redis_url=environ.get("REDIS_URL", ""),
            smtp_url=environ.get("SMTP_URL", ""),
            mail_from=environ.get("UMTHI_MAIL_FROM") or "umthi@localhost.localdomain",
            mail_allow=frozenset(a.strip().lower() for a in environ.get("UMTHI_MAIL_ALLOW", "").split(",") if a.strip()),
            fault_point=environ.get("UMTHI_FAULT_POINT", ""),
            push_test_origin=environ.get("UMTHI_PUSH_TEST_ORIGIN") or None,
            keep_messages=int(days),
            quiet_days=int(quiet),
            alert_url=environ.get("UMTHI_ALERT_URL", ""),
            bounce_url=environ.get("UMTHI_BOUNCE_URL", ""),
            webhook_secrets=secrets,
            proxies=int(proxies),
        )
        faults += settings._faults(environ)
        if faults:
            raise BadSettings("\n".join(faults))
        return settings

    @staticmethod
    def home_of(environ: Mapping[str, str] = os.environ) -> Path:
        """The instance folder, which is known even where the settings are not fit for a start."""
        return Path(environ.get("UMTHI_HOME") or "instance").absolute()

    def _faults(self, environ: Mapping[str, str]) -> Iterator[str]:
        """What is missing or must not be, each with what to do."""
        for name, value in (("DATABASE_URL", self.database_url), ("UMTHI_PLATFORM_DATABASE_URL", self.platform_database_url)):
            if not value:
                yield f"{name} is not set. `make run` sets it; elsewhere it is the address of its role (docs/operations.md)."
            elif not value.startswith(("postgresql://", "postgres://")):
                yield f"{name} must look like postgresql://user:password@host:5432/umthi."
        if self.alert_url and not self.alert_url.startswith("https://" if self.is_production else ("https://", "http://")):
            yield "UMTHI_ALERT_URL must be an https:// address."
        if self.bounce_url and not self.bounce_url.startswith("pop3s://" if self.is_production else ("pop3s://", "pop3://")):
            yield "UMTHI_BOUNCE_URL must look like pop3s://user:password@host."
        if not self.is_production:
            return
        if not environ.get("UMTHI_SECRET"):
            yield "UMTHI_SECRET is not set. Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'."
        elif self.secret == DEVELOPMENT_SECRET or len(self.secret) < SHORTEST_SECRET:
            yield f"UMTHI_SECRET is the default or shorter than {SHORTEST_SECRET} characters. Make a new one."
        if not environ.get("UMTHI_PUBLIC_URL", "").startswith("https://"):
            yield "UMTHI_PUBLIC_URL must be the https:// address that people use."
        for name in ("REDIS_URL", "SMTP_URL", "UMTHI_MAIL_FROM"):
            if not environ.get(name):
                yield f"{name} is not set."
        for name in ("UMTHI_FAULT_POINT", "UMTHI_PUSH_TEST_ORIGIN", "UMTHI_MAIL_ALLOW"):
            if environ.get(name):
                yield f"{name} is for tests and must not be set in production."


def _secrets(text: str) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """The secrets of `provider:secret,provider:secret` by provider, and what is wrong with it."""
    found: dict[str, tuple[str, ...]] = {}
    faults = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, colon, secret = entry.partition(":")
        if not colon or len(secret) < SHORTEST_WEBHOOK_SECRET:
            faults.append(
                "UMTHI_WEBHOOK_SECRETS must look like mail:SECRET,mail:ANOTHER, each secret at least "
                f"{SHORTEST_WEBHOOK_SECRET} characters."
            )
        else:
            found[name] = (*found.get(name, ()), secret)
    return found, faults


def attached(environ: Mapping[str, str]) -> Mapping[str, str]:
    """`environ` and, where it names no database, what the instance that runs in UMTHI_HOME was started with.

    So a command that is typed beside a running `make run` works on that instance. Never in production.
    """
    if environ.get("DATABASE_URL") or environ.get("UMTHI_ENV") == Environment.PRODUCTION:
        return environ
    try:
        running: dict[str, str] = json.loads((Settings.home_of(environ) / INSTANCE).read_text())["settings"]
    except (OSError, ValueError, KeyError):
        return environ
    return running | {name: value for name, value in environ.items() if value}
