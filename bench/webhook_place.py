"""A provider of payments for the figures of the inbox: its secret, its customers, and what it writes."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from flask import Flask

from app.access.actor import Actor
from app.delivery import webhook_secrets
from app.domain.billing import accounts, invoices
from app.domain.billing.invoices import Line
from app.models.webhook import ProviderCustomer
from app.tenancy.doors import across_schools

PROVIDER, SCHOOL, AMOUNT = "benchpay", 1, 115_000
BY = Actor("command", None, "bench")


def arrange(app: Flask) -> str:
    """A secret of PROVIDER, and SCHOOL as its customer with an account; returns the secret."""
    with app.app_context(), across_schools("bench", routine=True) as session:
        made = webhook_secrets.add(session, app.extensions["settings"], PROVIDER, by=BY)
        accounts.open_account(session, SCHOOL, "School", by=BY)
        session.add(ProviderCustomer(provider=PROVIDER, customer="cus_1", for_school=SCHOOL))
        session.commit()
        return made.text


def issue(app: Flask, number: int) -> list[tuple[str, int]]:
    """So many open invoices of the school: number and total of each."""
    made = []
    with app.app_context(), across_schools("bench", routine=True) as session:
        today = dt.datetime.now(dt.UTC).date()
        for _ in range(number):
            drawn = invoices.draft(session, SCHOOL, [Line({"en": "A month"}, AMOUNT)], by=BY)
            issued = invoices.finalise(session, SCHOOL, drawn.id, today=today, by=BY)
            made.append((str(issued.number), issued.total))
        session.commit()
    return made


def event(id: str, type: str, at: dt.datetime, *, payment: str, amount: int = AMOUNT, **more: Any) -> bytes:
    """An event as the provider writes it."""
    data = {"customer": "cus_1", "payment": payment, "amount": amount, "currency": "ZAR", **more}
    return json.dumps({"id": id, "type": type, "created": int(at.timestamp()), "data": data}).encode()
