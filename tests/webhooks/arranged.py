"""What the tests of the inbox begin with: a provider that shares a secret with us, and a school that is billed."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask

from app.access.actor import Actor
from app.domain.billing import accounts, invoices
from app.domain.billing.invoices import Line
from app.models.webhook import ProviderCustomer
from app.tenancy.doors import across_schools

PROVIDER, CUSTOMER, SECRET = "testpay", "cus_1", "a secret that both of us share, long"
BY = Actor("command", None, "a test")
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def share_secret(app: Flask, **more: tuple[str, ...]) -> Any:
    """Let the application share SECRET with PROVIDER; returns the settings as they were."""
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, webhook_secrets={PROVIDER: (SECRET,), **more})
    return before


def open_account(school: int = 1, customer: str = CUSTOMER) -> None:
    """An account of a school, whose customer of PROVIDER it is."""
    with across_schools("a test", routine=True) as session:
        accounts.open_account(session, school, f"School {school}", by=BY)
        session.add(ProviderCustomer(provider=PROVIDER, customer=customer, for_school=school))
        session.commit()


def issue_invoice(school: int = 1, net: int = 100_000) -> tuple[UUID, str, int]:
    """An open invoice: its id, its number, and its total in cents."""
    with across_schools("a test", routine=True) as session:
        drawn = invoices.draft(session, school, [Line({"en": "A term"}, net)], by=BY)
        made = invoices.finalise(session, school, drawn.id, today=NOW.date(), by=BY)
        session.commit()
        assert made.number
        return made.id, made.number, made.total


def body(id: str = "evt_1", type: str = "payment.succeeded", at: dt.datetime = NOW, **data: Any) -> bytes:
    """An event as a provider writes it; `data` on top of what a payment has."""
    about = {"customer": CUSTOMER, "payment": "pay_1", "amount": 1000, "currency": "ZAR", **data}
    return json.dumps({"id": id, "type": type, "created": int(at.timestamp()), "data": about}).encode()


def states(sql: psycopg.Connection[Any]) -> dict[str, tuple[str, str | None]]:
    """State and reason of each event by its id."""
    return {row[0]: (row[1], row[2]) for row in sql.execute("SELECT event_id, state, reason FROM webhook_event")}


def refusals(sql: psycopg.Connection[Any]) -> dict[tuple[str, str], int]:
    """How many were refused, by provider and reason."""
    rows = sql.execute("SELECT provider, reason, sum(number)::int FROM webhook_refusal GROUP BY 1, 2").fetchall()
    return {(provider, reason): number for provider, reason, number in rows}
