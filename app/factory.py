"""The application, wired. The only place that knows every part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

import app.models  # noqa: F401  makes every table known
from app.access import allowance, gate, sessions, visits
from app.access.who import active_school
from app.area import Area
from app.audit import heads, mirror, retention, sealing, signals, vigilance
from app.config import Settings
from app.delivery import jobs as delivery
from app.domain import rollups
from app.domain.billing import jobs as billing
from app.exports import dataset
from app.tenancy import database
from app.tenancy.entry import enter_for_requests
from app.web import answers, assets, compress, csrf, guards, page, request_log, running, stale, visiting
from app.web.headers import Headers
from app.web.navigation import Navigation
from app.work import housekeeping, jobs


class Umthi(Flask):
    """Flask without the question, asked of every function at every request, whether it is a coroutine: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(areas: Iterable[Area], settings: Settings | None = None) -> Flask:
    """An application with these areas. Raises BadSettings, or UndeclaredRoute for a route that says no access."""
    settings = settings or Settings.from_environment()
    areas = tuple(area for area in areas if not (area.local_only and settings.is_production))
    flask = Umthi("app", static_folder=None)
    flask.config.update(SECRET_KEY=settings.secret, TRUSTED_HOSTS=settings.hosts, PERMANENT_SESSION_LIFETIME=timedelta(days=14))
    flask.extensions["settings"] = settings
    flask.extensions["areas"] = areas
    assets.publish(settings.home / "static")
    page.use_lean_templates(flask)
    database.init_app(flask, app_url=settings.database_url, platform_url=settings.platform_database_url)
    sessions.init_app(flask)
    signals.init_app(flask)
    vigilance.init_app(flask)
    navigation = Navigation()
    # The order in which a request passes: log, language, body, visit over, stale form, allowance, right, visit, CSRF token,
    # school, status bar.
    request_log.init_app(flask)
    compress.init_app(flask)
    page.init_app(flask, navigation)
    flask.before_request(sessions.refuse_unread)
    guards.init_app(flask)
    outside = frozenset(area.blueprint.name for area in areas if not area.in_school)
    visits.init_app(flask, outside)
    stale.init_app(flask, outside)
    allowance.init_app(flask)
    flask.before_request(gate.judge)
    flask.before_request(visits.refuse_changes)
    csrf.init_app(flask)
    enter_for_requests(flask, lambda: None if request.blueprint in outside else active_school())
    running.init_app(flask)
    answers.init_app(flask)
    visiting.init_app(flask)
    audit_jobs = (*mirror.JOBS, *sealing.JOBS, *heads.JOBS, *retention.JOBS)
    jobs.register(flask, (*housekeeping.JOBS, *delivery.JOBS, *rollups.JOBS, *billing.JOBS, *audit_jobs))
    rollups.register(flask, ())
    for area in areas:
        flask.register_blueprint(area.blueprint)
        jobs.register(flask, area.jobs)
        dataset.register(flask, area.datasets)
        rollups.register(flask, area.rollups)
        navigation.entries += area.navigation
    gate.refuse_undeclared(flask)
    for front in filter(None, (area.front for area in areas)):
        flask.wsgi_app = front(flask, flask.wsgi_app)  # type: ignore[assignment, method-assign]
    files = WhiteNoise(flask.wsgi_app, root=settings.home / "static", prefix="static/", immutable_file_test=assets.HASHED)
    flask.wsgi_app = Headers(files, secure=settings.is_secure)  # type: ignore[method-assign]
    if proxies := settings.proxies:  # the outermost of them says who asks and how; the host is never theirs to say
        flask.wsgi_app = ProxyFix(flask.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]
    return flask
