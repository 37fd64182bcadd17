"""A website that has everything, and somebody who reads it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from blueprints.public_site.kept import Shelf
from blueprints.public_site.warm import SHELF
from tests.notices.arranged import TRILINGUAL, add_notice
from tests.public_site.arranged import a_website


@pytest.fixture
def site(cast: Any, sql: Any) -> str:
    """The website of the first school, with a notice on it: what its addresses begin with."""
    add_notice(sql, cast.thaba, TRILINGUAL, {"en": "Bring water.", "af": "Bring water saam.", "zu": "Letha amanzi."})
    return f"/s/{a_website(sql, cast.thaba)}"


@pytest.fixture
def shelf(app: Flask) -> Shelf:
    """What this process keeps."""
    kept: Shelf = app.extensions[SHELF]
    return kept
