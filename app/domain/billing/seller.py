"""Who bills: the platform's own name, address and VAT number, as they stand on what it issues from now on."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.audit.record import Target, record
from app.models.setting import PlatformSetting

NAME = "billing.seller"


class Seller(NamedTuple):
    """`vat_number` None: no vendor, so no VAT and no tax invoice. `bank` is how to pay by transfer, as lines."""

    name: str = "Umthi"
    address: str = ""
    vat_number: str | None = None
    registration: str | None = None
    email: str | None = None
    bank: str = ""


def seller_of(session: Session) -> Seller:
    """Who bills at the moment."""
    found = session.scalar(select(PlatformSetting.value).where(PlatformSetting.name == NAME))
    return Seller(**{field: found[field] for field in Seller._fields if field in found}) if found else Seller()


def change_seller(session: Session, seller: Seller, *, by: Actor) -> None:
    """Bill as somebody else, or from somewhere else, from now on: what was issued keeps who it was. Audited."""
    before = seller_of(session)
    row = {"value": seller._asdict(), "changed_at": clock.now()}
    made = insert(PlatformSetting).values(name=NAME, **row)
    session.execute(made.on_conflict_do_update(index_elements=["name"], set_=row))
    record(
        "billing.seller", Target("setting", NAME), label=seller.name, by=by, before=before._asdict(), after=seller._asdict()
    )  # fmt: skip
