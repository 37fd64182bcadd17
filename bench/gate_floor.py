"""The floor of a scan: bare WSGI and two statements for one scan. It knows nobody, no rights, no walls and no late scans."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from bench.calls import Application

ZONE = ZoneInfo("Africa/Johannesburg")
READ = """
SELECT l.id, p.name, t.on_site, t.since, t.on_date
FROM learner l JOIN person p ON p.school_id = l.school_id AND p.id = l.id
LEFT JOIN gate_state t ON t.school_id = l.school_id AND t.id = l.id
WHERE l.school_id = %s AND l.card_code = %s
"""
WRITE = """
WITH kept AS (
    INSERT INTO gate_scan (school_id, id, code, learner_id, scanned_at, on_date, direction, by_name)
    VALUES (%(school)s, %(id)s, %(code)s, %(learner)s, %(at)s, %(day)s, %(direction)s, 'Officer') ON CONFLICT DO NOTHING
)
INSERT INTO gate_state (school_id, id, on_site, since, on_date) VALUES (%(school)s, %(learner)s, %(on_site)s, %(at)s, %(day)s)
ON CONFLICT (school_id, id) DO UPDATE
SET on_site = excluded.on_site, since = excluded.since, on_date = excluded.on_date, revision = gate_state.revision + 1
"""


def floor(superuser: str, school: int) -> Application:
    """A WSGI application that takes the scans of one school."""
    connection = psycopg.connect(superuser, prepare_threshold=1)
    cursor = connection.cursor()

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answers = []
        for scan in json.loads(environ["wsgi.input"].read()):
            at = dt.datetime.fromisoformat(scan["scanned_at"])
            day = at.astimezone(ZONE).date()
            found = cursor.execute(READ, (school, scan["code"])).fetchone()
            assert found
            learner, name, on_site, _, on_date = found
            on_site = not (on_site and on_date == day)
            direction = "in" if on_site else "out"
            cursor.execute(
                WRITE,
                {"school": school, "id": scan["id"], "code": scan["code"], "learner": learner, "at": at, "day": day,
                 "direction": direction, "on_site": on_site},
            )  # fmt: skip
            answers.append(
                {"id": scan["id"], "result": direction, "on_site": on_site, "name": name, "scanned_at": at.isoformat()}
            )
        connection.commit()
        body = json.dumps({"scans": answers}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return application
