"""Commands run inside the test's application."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from app import commands


@pytest.fixture
def flask(app: Flask) -> Callable[..., Result]:
    """`flask("operator", "list")`: what it said and with which status it ended."""
    commands.init_app(app)
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(app.cli, list(words))
