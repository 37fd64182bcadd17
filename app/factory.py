"""The application, wired. The only place that knows every part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import Flask, request
from whitenoise import WhiteNoise

import app.models  # noqa: F401  makes every table known
from app.access import gate, sessions
from app.access.who import active_school
from app.area import Area
from app.config import Settings
from app.tenancy import database
from app.tenancy.entry import enter_for_requests
from app.web import answers, assets, csrf, guards, page, request_log
from app.web.headers import Headers
from app.web.navigation import Navigation


def create_app(areas: Iterable[Area], settings: Settings | None = None) -> Flask:
    """An application with these areas. Raises BadSettings, or UndeclaredRoute for a route that says no access."""
    settings = settings or Settings.from_environment()
    areas = tuple(areas)
    flask = Flask("app", static_folder=None)
    flask.config.update(SECRET_KEY=settings.secret, TRUSTED_HOSTS=settings.hosts, PERMANENT_SESSION_LIFETIME=timedelta(days=14))
    flask.extensions["settings"] = settings
    flask.extensions["areas"] = areas
    assets.publish(settings.home / "static")
    page.use_lean_templates(flask)
    database.init_app(flask, app_url=settings.database_url, platform_url=settings.platform_database_url)
    sessions.init_app(flask)
    navigation = Navigation()
    # The order in which a request passes: log, language, body, right, token, school.
    request_log.init_app(flask)
    page.init_app(flask, navigation)
    guards.init_app(flask)
    flask.before_request(gate.judge)
    csrf.init_app(flask)
    outside = frozenset(area.blueprint.name for area in areas if not area.in_school)
    enter_for_requests(flask, lambda: None if request.blueprint in outside else active_school())
    answers.init_app(flask)
    for area in areas:
        flask.register_blueprint(area.blueprint)
        navigation.entries += area.navigation
    gate.refuse_undeclared(flask)
    files = WhiteNoise(flask.wsgi_app, root=settings.home / "static", prefix="static/", immutable_file_test=assets.HASHED)
    flask.wsgi_app = Headers(files, secure=settings.is_secure)  # type: ignore[method-assign]
    return flask
