"""Every route of a school, in a visit: what it answers, what it gives away, and whether a row changed."""

from __future__ import annotations

from typing import Any

import psycopg
from flask import Flask
from werkzeug.routing import Rule

from app.access.gate import access_of
from app.access.permissions import GRANTS, PLATFORM_GRANTS
from app.area import Area
from app.models.user import PlatformRole, Role
from tests.access.sweeping import METHODS, THINGS, Sweep, _path
from tests.conftest import Browser

#: what a request may touch without changing anything of the school: who was seen when, and what was read
NO_CHANGE = {"login_session", "audit_event", "audit_value", "platform_event", "platform_value"}


CHANGING = {"outbox": "WHERE job <> 'audit.mirror'"}

#: a file without a word about anybody
EMPTY_FILES = {"/imports/template.csv", "/audit/verify_audit.py"}


def rules_of_schools(app: Flask) -> list[Rule]:
    """The routes of the areas that act in a school, but for those that are public or take a right of the platform."""
    areas: tuple[Area, ...] = app.extensions["areas"]
    inside = {area.blueprint.name for area in areas if area.in_school}
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in inside
        and not (access := access_of(app, rule.endpoint)).why_public
        and access.scope is None  # a token is a member's, and a visitor is none
        and access.permission not in PLATFORM_GRANTS[PlatformRole.SUPERUSER]
        and (access.permission is None or access.permission in GRANTS[Role.ADMIN])  # a visitor has the rights of an admin
    ]


def addresses(app: Flask, sweep: Sweep) -> dict[str, set[str]]:
    """Address to methods, of every route of a school; an argument stands for a thing of the first school."""
    found: dict[str, set[str]] = {}
    for rule in rules_of_schools(app):
        found.setdefault(_path(rule, sweep.own), set()).update((rule.methods or set()) & METHODS)
    assert {"notice_id", "delivery_id", "visit_id"} <= THINGS.keys()
    return found


def dump(sql: psycopg.Connection[Any]) -> dict[str, Any]:
    """Every row of every table in which a request may not have changed anything.

    Where personal data is read the audit says so, and its event is put where the logs are mirrored: that row of the outbox is
    of the reading too.
    """
    tables = sql.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return {
        name: sql.execute(f"SELECT to_jsonb(t)::text FROM {name} t {CHANGING.get(name, '')} ORDER BY 1").fetchall()
        for (name,) in tables
        if name not in NO_CHANGE
    }


def refusals(browser: Browser, app: Flask, sweep: Sweep) -> list[str]:
    """What a visit that is not raised was answered otherwise than it must be."""
    wrong = []
    token = browser.token()
    for path, methods in addresses(app, sweep).items():
        for method in sorted(methods):
            data = {"csrf_token": token, "_school": str(sweep.cast.thaba.id)} if method != "GET" else None
            answer = browser.client.open(path, method=method, data=data)
            with answer:
                download = "attachment" in answer.headers.get("Content-Disposition", "") and path not in EMPTY_FILES
                text = answer.get_data(as_text=True)
            why = answer.json.get("reason", "") if answer.is_json else ""  # what a device hears
            refused = answer.status_code == 403 and ("This visit is read-only" in text or why == "not_allowed")
            if method != "GET" and not refused:
                wrong.append(f"{method} {path} answered {answer.status_code}")
            elif method == "GET" and (download or (answer.status_code not in (200, 302, 303, 304, 404) and not refused)):
                wrong.append(f"{method} {path} answered {answer.status_code}{' with a file' if download else ''}")
    return wrong
