"""A school with a long log: events as the product makes them, each with two values, in transactions of three."""

from __future__ import annotations

import psycopg

from bench.platform import Platform

#: the role that owns the tables tampers, with the triggers off; umthi_platform's policy shows it the rows
TABLES = ("audit_event", "audit_value", "audit_seal")
EVENTS = """
INSERT INTO audit_event (school_id, id, seq, at, action, actor_kind, actor_id, target_kind, target_id, request_id, changes, xid)
SELECT %(school)s, gen_random_uuid(), n, timestamptz '2026-01-01' + n * interval '7 seconds', 'notices.edit', 'user',
    md5((n %% 300)::text)::uuid, 'notice', gen_random_uuid()::text, md5((n / 3)::text),
    jsonb_build_object('actor', jsonb_build_object('is', {actor}), 'label', jsonb_build_object('is', {label})), 1000 + n / 3
FROM generate_series(1, %(events)s) n
"""
HASH = "encode(sha256(convert_to('salt' || n, 'UTF8') || decode('00', 'hex') || convert_to('{field}', 'UTF8') || decode('00', 'hex') || convert_to('{value}', 'UTF8')), 'hex')"
WORDS = {"actor": "Naledi Mokoena", "label": "Sports day moves to Friday"}
VALUES = """
INSERT INTO audit_value (school_id, id, event_id, field, value, salt)
SELECT e.school_id, gen_random_uuid(), e.id, w.field, w.value, 'salt' || e.seq
FROM audit_event e, (VALUES ('actor', 'Naledi Mokoena'), ('label', 'Sports day moves to Friday')) w (field, value) WHERE e.school_id = %(school)s
"""


def fill(place: Platform, school: int, events: int) -> None:
    """Give a school this many events with their values."""
    hashes = {field: HASH.format(field=field, value=value) for field, value in WORDS.items()}
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(EVENTS.format(**hashes), {"school": school, "events": events})
        connection.execute(VALUES, {"school": school})
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute("UPDATE audit_epoch SET xid = 100000000")
        connection.execute("VACUUM ANALYZE audit_event, audit_value")
