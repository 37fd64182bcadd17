"""A school with an account, billed by a vendor whose bank is known."""

import pytest

from app.domain.billing import seller
from tests.billing_domain.arranged import BY, VAT_NUMBER, open_account, platform

SELLER = seller.Seller(
    name="Umthi (Pty) Ltd", address="1 Long Street\nCape Town", vat_number=VAT_NUMBER, registration="2025/123456/07",
    email="accounts@umthi.example.com", bank="Example Bank\nAccount 62 0000 0000",
)  # fmt: skip


@pytest.fixture
def school(app, cast) -> int:
    """A school with an account; the seller is a vendor."""
    with platform() as session:
        seller.change_seller(session, SELLER, by=BY)
    open_account(cast.thaba.id, address="1 School Street", email="rekeninge@thaba.example.com")
    return cast.thaba.id


@pytest.fixture
def reads(browser, sql):
    """`reads(cast.thaba.admin, "af")`: the browser of somebody who reads that language."""

    def as_reader(someone, language="en"):
        sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, someone.user_id))
        return browser.as_(someone, language=language)

    return as_reader


@pytest.fixture
def owner(reads, cast):
    """The owner of a school that speaks isiZulu; they read English."""
    return reads(cast.thaba.owner)
