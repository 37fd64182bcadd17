"""One application a worker, a fresh copy of the cast's database a test, and a browser to read pages with."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.config import Environment, Settings
from app.factory import create_app
from app.local.roles import Addresses
from app.local.testing import Run
from app.tenancy.database import db
from blueprints import AREAS
from tests import deeds
from tests.cast import Cast, Someone, make_cast, store
from tests.deeds import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown  # noqa: F401  hooks
from tests.gateway import gateway  # noqa: F401  a fixture of everybody's
from tests.laundry import Laundry
from tests.mailserver import _mailserver  # noqa: F401  a fixture of everybody's
from tests.pages import Page
from tests.push_service import _pushservice, pushservice  # noqa: F401  fixtures of everybody's
from tests.work_off import mailserver, work_off  # noqa: F401  fixtures of everybody's

LONG_ONES = tuple(f"tests/{folder}/" for folder in ("local", "browser", "seed", "onboarding", "commands", "access"))
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also the full matrix of languages, modes and widths in Chromium")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `full` unless it was asked for; files that take long go first, so that no worker is left alone with one."""
    if not config.getoption("--full"):
        left_out = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: not item.nodeid.startswith(LONG_ONES))


@pytest.fixture(scope="session")
def _cast_template(test_run: Run) -> Iterator[tuple[Cast, str]]:
    """The cast, written once into a database that every test's own is copied from."""
    cast, name = make_cast(), f"{WORKER}_cast"
    addresses = test_run.copy(name)
    store(cast, superuser(test_run, addresses))
    yield cast, name
    test_run.drop(name)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, test_run: Run) -> Settings:
    """The settings of a test run; the database is this worker's."""
    addresses = test_run.addresses(WORKER)
    return Settings.from_environment(
        {
            "UMTHI_ENV": Environment.TEST, "UMTHI_HOME": str(tmp_path_factory.mktemp("home")), "UMTHI_PUBLIC_URL": "http://localhost",
            "UMTHI_SECRET": "a secret of the tests, long enough", "DATABASE_URL": addresses.app,
            "UMTHI_PLATFORM_DATABASE_URL": addresses.platform, "REDIS_URL": "redis://127.0.0.1:1/0", "SMTP_URL": "smtp://127.0.0.1:1",
        }
    )  # fmt: skip


@pytest.fixture(scope="session")
def _application(settings: Settings) -> Flask:
    made = create_app(AREAS, settings)
    deeds.known(made)
    gc.collect()
    gc.freeze()  # all of this lives as long as the run: looking through it again and again takes a tenth of the time
    return made


@pytest.fixture(scope="session")
def _laundry(test_run: Run) -> Iterator[Laundry]:
    """The database of this worker, which every test finds as the first one did."""
    laundry = Laundry(test_run, WORKER)
    yield laundry
    laundry.end()


@pytest.fixture
def app(_application: Flask, _laundry: Laundry, _cast_template: tuple[Cast, str]) -> Iterator[Flask]:
    """The application on a database that holds the cast and nothing else; inside its context, outside every school."""
    with _application.app_context():
        if not _laundry.fresh(_cast_template[1]):
            for engine in db.engines.values():
                engine.dispose()
        yield _application


@pytest.fixture
def cast(_cast_template: tuple[Cast, str]) -> Cast:
    """Two schools and their people."""
    return _cast_template[0]


@pytest.fixture
def sql(app: Flask, test_run: Run) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to the test's database, in autocommit: to arrange and to look, past both walls."""
    with psycopg.connect(superuser(test_run, test_run.addresses(WORKER)), autocommit=True) as connection:
        yield connection


@pytest.fixture
def another_app(app: Flask) -> Iterator[Callable[[Settings], Flask]]:
    """A maker of applications with other settings on the test's database; their connections are closed after the test."""
    made: list[Flask] = []

    def make(settings: Settings) -> Flask:
        made.append(create_app(AREAS, settings))
        return made[-1]

    yield make
    for other in made:
        with other.app_context():
            for engine in db.engines.values():
                engine.dispose()


class Browser:
    """Fetches pages as somebody, and holds every page to what every page must be."""

    def __init__(self, app: Flask) -> None:
        self.app, self.client, self.someone = app, app.test_client(), None
        self.language: str | None = None

    def as_(self, someone: Someone, *, language: str | None = None) -> Browser:
        """A browser in which this person is signed in (and prefers a language)."""
        browser = Browser(self.app)
        browser.someone, browser.language = someone, language
        browser.client.set_cookie("session", someone.token)
        return browser

    def get(self, path: str, *, check: bool = True, **options: Any) -> Page:
        options.setdefault("headers", {})
        if self.language:
            options["headers"] = {"Accept-Language": self.language, **options["headers"]}
        page = Page(self.client.get(path, **options))
        return page.check(self.language) if check and page.is_html else page

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, check: bool = True, token: bool = True, **options: Any
    ) -> Page:
        """Post as a form of ours would: with its token and, unless `data` names another, the school of the person."""
        data = dict(data or {})
        if token:
            data.setdefault("csrf_token", self.token())
            if self.someone and self.someone.school:
                data.setdefault("_school", str(self.someone.school))
        page = Page(self.client.post(path, data=data, **options))
        return page.check(self.language) if check and page.is_html and page.text else page

    def token(self) -> str:
        """A token from the smallest page of ours."""
        path = "/settings/profile" if self.someone else "/login"
        found = TOKEN.search(self.client.get(path).get_data(as_text=True))
        assert found, f"no token on {path}"
        return found[1]


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A stranger's browser; `browser.as_(cast.thaba.admin)` is somebody's."""
    return Browser(app)


def superuser(run: Run, addresses: Addresses) -> str:
    """The administrator's address of the database that `addresses` names."""
    return run.as_superuser(addresses)
