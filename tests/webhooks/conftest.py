"""A provider's end of the line."""

from __future__ import annotations

import datetime as dt

import pytest

from app.delivery.signatures import HEADER, sign
from tests.webhooks.arranged import PROVIDER, SECRET, body, open_account, share_secret


@pytest.fixture
def shared(app):
    """The application shares a secret with the provider; the first school is its customer."""
    before = share_secret(app)
    open_account()
    yield
    app.extensions["settings"] = before


@pytest.fixture
def tell(app, shared):
    """Post an event as the provider would."""

    def tell(raw=None, *, provider=PROVIDER, secret=SECRET, signed=None, header=None, **event):
        raw = body(**event) if raw is None else raw
        header = sign(raw, secret, at=signed or dt.datetime.now(dt.UTC)) if header is None else header
        address = f"/webhooks/{provider}"
        return app.test_client().post(address, data=raw, headers={HEADER: header}, content_type="application/json")

    return tell


@pytest.fixture
def stepped_up(sql, cast):
    """The operators have just proven who they are."""
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
