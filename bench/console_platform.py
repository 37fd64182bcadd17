"""A platform for the operator's console: many schools, each with people, runs and deliveries, all counted; an operator."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid4

import psycopg
from flask import Flask

from app.domain import rollups
from app.tenancy.doors import across_schools, outside
from app.work.jobs import Task
from bench.platform import CSRF, SCHOOLS, Platform

TOKEN = "token-operator"
EACH = 25  # deliveries a school: 250,000 of 10,000 schools
#: the first four schools are pending; people, their accounts, the run that made the school (two got stuck), and what was sent to them within a week; in every second
#: school some of it failed, and every twentieth went quiet
ROWS = (
    "UPDATE school SET state = 'pending' WHERE id <= 4 AND id BETWEEN %(since)s AND %(schools)s",
    """
    INSERT INTO person (school_id, id, kind, name, sort_key, email)
    SELECT s, md5('p' || s || '-' || n)::uuid, (ARRAY['staff', 'guardian', 'learner'])[n %% 3 + 1], 'Person ' || n, 'person ' || n,
        'p' || n || '@school-' || s || '.example.com'
    FROM generate_series(%(since)s::int, %(schools)s::int) s, generate_series(1, 5) n
    """,
    """
    INSERT INTO app_user (id, email, name, theme, mode, last_sign_in_at)
    SELECT md5('u' || s)::uuid, 'admin@school-' || s || '.example.com', 'Admin ' || s, 'fynbos', 'auto',
        now() - CASE WHEN s %% 20 = 1 THEN 40 ELSE s %% 7 END * interval '1 day'
    FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
    """
    INSERT INTO membership (school_id, id, user_id, person_id, role)
    SELECT s, md5('m' || s)::uuid, md5('u' || s)::uuid, md5('p' || s || '-3')::uuid, 'admin'
    FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
    """
    INSERT INTO onboarding_run (id, state, name, name_key, timezone, close_time, language, school, created_at, started_at, ended_at)
    SELECT md5('r' || s)::uuid, CASE WHEN s IN (5, 10) THEN 'partial_failure' ELSE 'completed' END, 'School ' || s, 'school' || s,
        'Africa/Johannesburg', '17:00', 'en', s, now() - interval '30 days', now() - interval '30 days', now() - interval '30 days'
    FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
    """
    INSERT INTO message (school_id, id, audience, urgent, url)
    SELECT s, md5('m' || s || '-' || n)::uuid, 'everyone', false, 'http://localhost/'
    FROM generate_series(%(since)s::int, %(schools)s::int) s, generate_series(1, %(each)s / 5) n
    """,
    """
    INSERT INTO outbox (school_id, id, job, done_at)
    SELECT s, md5('o' || s)::uuid, 'delivery.send', now() FROM generate_series(%(since)s::int, %(schools)s::int) s
    """,
    """
    INSERT INTO delivery (school_id, id, message_id, person_id, channel, batch_id, state, created_at, ended_at)
    SELECT s, gen_random_uuid(), md5('m' || s || '-' || n)::uuid, md5('p' || s || '-' || p)::uuid, 'email', md5('o' || s)::uuid,
        CASE WHEN (s %% 2 = 0 OR s <= 10) AND n * p = 20 THEN 'dead' ELSE 'sent' END, ended, ended
    FROM generate_series(%(since)s::int, %(schools)s::int) s, generate_series(1, %(each)s / 5) n, generate_series(1, 5) p,
        LATERAL (SELECT now() - ((s * 31 + n * 17 + p) %% 168) * interval '1 hour' AS ended) at
    """,
    """
    INSERT INTO platform_event (id, action, actor_kind, target_kind, changes)
    SELECT gen_random_uuid(), 'account.sign_in_failed', 'user', 'app_user', '{}'
    FROM generate_series(1, (%(schools)s - %(since)s + 1) / 100)
    """,
)  # fmt: skip
OPERATOR = (
    "INSERT INTO app_user (id, email, name, language, theme, mode, platform_role)"
    " VALUES (%(id)s, 'operator@example.com', 'Olive Operator', 'en', 'fynbos', 'auto', 'operator')",
    "INSERT INTO login_session (id, token_hash, user_id, data, expires_at)"
    " VALUES (%(id)s, %(token)s, %(id)s, jsonb_build_object('csrf_token', %(csrf)s::text), now() + interval '10 days')",
    "UPDATE provider SET condition = 'ready', checked_at = now(), last_success_at = now()",
)


def grow(place: Platform, schools: int) -> None:
    """Have this many schools, with an operator who is signed in."""
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        if not place.schools:
            known = {"id": UUID(int=99), "token": hashlib.sha256(TOKEN.encode()).digest(), "csrf": CSRF}
            for statement in OPERATOR:
                connection.execute(statement, known if "%(" in statement else None)
        for statement in (SCHOOLS, *ROWS):
            connection.execute(statement, {"since": place.schools + 1, "schools": schools, "each": EACH})
        connection.execute("VACUUM ANALYZE")
    place.schools = schools


def count(application: Flask) -> None:
    """Have everything counted, as the workers do."""
    with application.app_context(), outside(), across_schools("bench", routine=True) as session:
        while rollups.refresh_changed.run(Task(0, uuid4(), "rollups.refresh", None, 1)) is not None:
            session.commit()
        session.commit()
