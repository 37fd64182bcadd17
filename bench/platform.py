"""A platform to measure on: an embedded server, many schools, one of them with many notices, a cast that is signed in."""

from __future__ import annotations

import atexit
import hashlib
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask

from app.config import Settings
from app.factory import create_app
from app.local.roles import Addresses
from app.local.testing import Run
from app.web import request_log
from blueprints import AREAS

#: language -> (session token, name); all of them admins of school 1, each with a language of their own
PEOPLE = {
    "en": ("token-en", "Naledi Mokoena"),
    "af": ("token-af", "Pieter van Wyk"),
    "zu": ("token-zu", "Thandeka Zungu"),
}
CSRF = "5e" * 16

SCHOOLS = """
INSERT INTO school (id, slug, name, name_key, state, timezone, close_time, language, money, currency) OVERRIDING SYSTEM VALUE
SELECT n, 'school-' || n, 'School ' || n, 'school' || n, 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR'
FROM generate_series(%(since)s::int, %(schools)s::int) n
"""
PERSONS = """
INSERT INTO person (school_id, id, kind, name, sort_key, email)
SELECT s, md5('p' || s || '-' || n)::uuid, 'staff', names[n], lower(names[n]), 'p' || n || '@school-' || s || '.example.com'
FROM generate_series(%(since)s::int, %(schools)s::int) s, generate_series(1, 5) n,
     (SELECT ARRAY['Lerato Dlamini', 'Johan & Anna Botha', 'Nomvula Khumalo', 'Fatima Patel', 'S''thembiso Cele'] AS names) t
"""
NOTICES = """
INSERT INTO notice (school_id, id, title, message, audience, urgent, starts_at, ends_at, author_id, revision, removed_at)
SELECT s, md5(s || '-' || n)::uuid,
    (ARRAY['{"en": "Sports day moves to Friday", "af": "Sportdag skuif na Vrydag", "zu": "Usuku lwezemidlalo selungolwesihlanu"}',
           '{"en": "Water is off until 14:00", "zu": "Amanzi avaliwe kuze kube ngu-14:00"}',
           '{"en": "Fees & uniforms: <please> read", "af": "Fooie en skooldrag", "zu": "Izimali nomfaniswano"}',
           '{"en": "The parents'' evening is on Thursday", "af": "Die oueraand is Donderdag"}'])[n %% 4 + 1]::jsonb,
    '{"en": "Please read."}'::jsonb, (ARRAY['everyone', 'guardians', 'staff'])[n %% 3 + 1], false,
    timestamptz '2026-12-31 05:30+00' - n * interval '7 hours',
    CASE WHEN n %% 3 > 0 THEN timestamptz '2027-01-04 22:00+00' - n * interval '7 hours' END,
    md5('p' || s || '-' || (n %% 5 + 1))::uuid, 1, CASE WHEN n %% 17 = 0 THEN timestamptz '2026-11-01 00:00+00' END
FROM generate_series(%(since)s::int, %(schools)s::int) s,
     LATERAL generate_series(1, CASE s WHEN 1 THEN %(first)s::int ELSE %(others)s::int END) n
"""
# Of each school every notice that has begun was sent, and failed for a few.
SENT = (
    """
    INSERT INTO message (school_id, id, audience, urgent, url)
    SELECT s, md5('m' || s)::uuid, 'everyone', false, 'http://localhost/'
    FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
    """
    INSERT INTO outbox (school_id, id, job, done_at)
    SELECT s, md5('o' || s)::uuid, 'delivery.send', now() FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
    """
    INSERT INTO delivery (school_id, id, message_id, person_id, channel, batch_id, state, ended_at)
    SELECT school_id, gen_random_uuid(), md5('m' || school_id)::uuid, id, 'email', md5('o' || school_id)::uuid,
        CASE sort_key WHEN 'nomvula khumalo' THEN 'dead' ELSE 'sent' END, now()
    FROM person WHERE school_id BETWEEN %(since)s::int AND %(schools)s::int
    """,
    """
    UPDATE notice SET message_id = md5('m' || school_id)::uuid
    WHERE starts_at < now() AND school_id BETWEEN %(since)s::int AND %(schools)s::int
    """,
)


@dataclass
class Platform:
    """A running server with rows; `superuser` sees past both walls, `open` is what is closed with it."""

    run: Run
    addresses: Addresses
    superuser: str
    schools: int = 0
    open: ExitStack = field(default_factory=ExitStack)

    def connect(self, url: str) -> psycopg.Connection[Any]:
        """A connection that prepares at once and gives moments in the school's timezone, so that they need no conversion."""
        options = "-c TimeZone=Africa/Johannesburg"
        return self.open.enter_context(psycopg.connect(url, autocommit=True, prepare_threshold=1, options=options))

    def grow(self, schools: int, *, first: int = 10_000, others: int = 100) -> None:
        """Have this many schools, the first with `first` notices and each of the rest with `others`."""
        values = {"since": self.schools + 1, "schools": schools, "first": first, "others": others}
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            for statement in (SCHOOLS, PERSONS, NOTICES, *SENT):
                connection.execute(statement, values)
            connection.execute("VACUUM ANALYZE")
            if not self.schools:
                self._sign_in(connection)
        self.schools = schools

    def application(self, environment: str = "local") -> Flask:
        """The product on this server. In the test environment it also watches itself, which costs a statement a commit."""
        home = Path(tempfile.mkdtemp(prefix="umthi-bench-"))
        return create_app(
            AREAS,
            Settings.from_environment(
                {
                    "UMTHI_ENV": environment, "UMTHI_HOME": str(home), "UMTHI_PUBLIC_URL": "http://localhost",
                    "DATABASE_URL": self.addresses.app, "UMTHI_PLATFORM_DATABASE_URL": self.addresses.platform,
                }
            ),
        )  # fmt: skip

    def _sign_in(self, connection: psycopg.Connection) -> None:
        for number, (language, (token, name)) in enumerate(PEOPLE.items(), 1):
            user = UUID(int=number)
            connection.execute(
                "INSERT INTO app_user (id, email, name, language, theme, mode) VALUES (%s, %s, %s, %s, 'fynbos', 'auto')",
                (user, f"{language}@example.com", name, language),
            )
            connection.execute(
                "INSERT INTO membership (school_id, id, user_id, person_id, role) VALUES (1, %s, %s, md5('p1-1')::uuid, 'admin')",
                (user, user),
            )
            connection.execute(
                "INSERT INTO login_session (id, token_hash, user_id, active_school, data, expires_at)"
                " VALUES (%s, %s, %s, 1, jsonb_build_object('csrf_token', %s::text), now() + interval '1 day')",
                (user, hashlib.sha256(token.encode()).digest(), user, CSRF),
            )


def platform(*, durable: bool = False) -> Platform:
    """A new, empty platform; it ends with the process. `durable`: its server may crash and loses nothing."""
    os.environ.pop("DATABASE_URL", None)
    run = Run.begin(()) if durable else Run.begin()
    atexit.register(run.finish)
    addresses = run.copy("bench")
    return Platform(run, addresses, run.as_superuser(addresses))


def log_to_nowhere() -> None:
    """Write the product's log lines, as it does, but not on the screen."""
    request_log.configure(open(os.devnull, "w"))  # noqa: PTH123, SIM115  for the life of the process
