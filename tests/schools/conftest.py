"""An operator's browser."""

import pytest


@pytest.fixture
def operator(browser, cast):
    """The browser of the platform operator."""
    return browser.as_(cast.operator)
