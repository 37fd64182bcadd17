"""Schools with learners, cards and an officer who is signed in, for the figures of the gate."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import psycopg

from app import clock
from bench.platform import CSRF

PATH = "/gate/scans"
LEARNERS = (
    """
    INSERT INTO person (school_id, id, kind, name, sort_key)
    SELECT s, md5('l' || s || '-' || n)::uuid, 'learner', 'Learner ' || n, 'learner ' || n
    FROM generate_series(%(since)s::int, %(schools)s::int) s, generate_series(1, %(learners)s::int) n
    """,
    """
    INSERT INTO learner (school_id, id, first_name, last_name, number, card_code)
    SELECT s, md5('l' || s || '-' || n)::uuid, 'Learner', n::text, (2026000 + n)::text, 'CARD' || lpad(n::text, 8, '0')
    FROM generate_series(%(since)s::int, %(schools)s::int) s, generate_series(1, %(learners)s::int) n
    """,
)
OFFICERS = (
    """
    INSERT INTO app_user (id, email, name, language, theme, mode)
    SELECT md5('o' || s)::uuid, 'officer-' || s || '@example.com', 'Officer ' || s, 'en', 'fynbos', 'auto'
    FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
    """
    INSERT INTO person (school_id, id, kind, name, sort_key)
    SELECT s, md5('o' || s)::uuid, 'staff', 'Officer ' || s, 'officer' FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
    """
    INSERT INTO membership (school_id, id, user_id, person_id, role)
    SELECT s, md5('o' || s)::uuid, md5('o' || s)::uuid, md5('o' || s)::uuid, 'officer'
    FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
    """
    INSERT INTO login_session (id, token_hash, user_id, active_school, data, expires_at)
    SELECT md5('o' || s)::uuid, sha256(convert_to('officer-' || s, 'UTF8')), md5('o' || s)::uuid, s,
        jsonb_build_object('csrf_token', %(csrf)s::text), now() + interval '1 day'
    FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
)


def add_learners(superuser: str, since: int, schools: int, learners: int) -> None:
    """So many learners with cards, and an officer, for each of the schools from `since` on."""
    values = {"since": since, "schools": schools, "learners": learners, "csrf": CSRF}
    with psycopg.connect(superuser, autocommit=True) as connection:
        for statement in (*LEARNERS, *OFFICERS):
            connection.execute(statement, values)
        connection.execute("VACUUM ANALYZE")


def token_of(school: int) -> str:
    """The session of a school's officer."""
    return f"officer-{school}"


def digest_of(school: int) -> bytes:
    """What the database keeps of it."""
    return hashlib.sha256(token_of(school).encode()).digest()


def a_scan(number: int) -> bytes:
    """The body of a request: the card of the learner with this number, held up now."""
    return json.dumps([_scan(number)]).encode()


def _scan(number: int) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "code": f"CARD{number:08}", "scanned_at": clock.now().isoformat()}
