"""What the tests of contact share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from flask import Flask

from app.delivery import keys
from tests.samples import sample_ids  # noqa: F401  a fixture


@pytest.fixture
def vapid(app: Flask) -> Iterator[keys.Key]:
    """The environment has a key for push."""
    settings = app.extensions["settings"]
    yield keys.make(settings)
    shutil.rmtree(keys.folder_of(settings))
