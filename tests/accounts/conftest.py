"""An account of a school, and an operator who has just proven who they are."""

import pytest

from tests.billing_domain.arranged import be_vendor, open_account
from tests.conftest import Browser


@pytest.fixture
def stepped_up(sql, cast):
    sql.execute("UPDATE login_session SET stepped_up_at = now()")


@pytest.fixture
def account(app, cast) -> int:
    """A school with an account whose least reserve is R1 000; the seller is a vendor."""
    be_vendor()
    open_account(cast.thaba.id, minimum_reserve=100_000)
    return cast.thaba.id


@pytest.fixture
def operator(browser, cast, stepped_up) -> Browser:
    return browser.as_(cast.operator)
