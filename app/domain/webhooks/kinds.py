"""The types of events that mean something to us, and the shape of their data, whoever the provider is (docs/webhooks.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from app.domain.webhooks.body import ID
from app.models.billing import PaymentState

MOST_CENTS = 10**12
_CONTROLS = {*map(chr, range(32)), "\x7f"}


def _printable(text: str) -> None:
    """Text that can be stored and shown in a line."""
    if not _CONTROLS.isdisjoint(text) or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValidationError("characters that are no text")


def _id(**options: Any) -> fields.String:
    return fields.String(validate=validate.Regexp(rf"^{ID.pattern}\Z"), **options)


class PaymentSchema(Schema):
    """A payment: `payment` is the provider's own id of it, `amount` whole cents, `invoice` the number that the payer gave."""

    class Meta:
        unknown = EXCLUDE

    customer = _id(required=True)
    payment = _id(required=True)
    amount = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_CENTS))
    currency = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{3}\Z"))
    invoice = fields.String(load_default=None, allow_none=True, validate=[validate.Length(max=40), _printable])
    reason = fields.String(load_default=None, allow_none=True, validate=[validate.Length(max=200), _printable])


class CustomerSchema(Schema):
    """A customer: how the provider reaches them."""

    class Meta:
        unknown = EXCLUDE

    customer = _id(required=True)
    email = fields.Email(load_default=None, allow_none=True, validate=validate.Length(max=254))


class Kind(NamedTuple):
    """A type of event. Of two that happened in the same second to the same object, the one of the higher `rank` came later."""

    schema: Schema
    about: str
    rank: int
    payment_state: PaymentState | None = None


_PAYMENT, _CUSTOMER = PaymentSchema(), CustomerSchema()
KINDS: Mapping[str, Kind] = {
    "payment.pending": Kind(_PAYMENT, "payment", 0, PaymentState.PENDING),
    "payment.failed": Kind(_PAYMENT, "payment", 1, PaymentState.FAILED),
    "payment.succeeded": Kind(_PAYMENT, "payment", 2, PaymentState.SUCCEEDED),
    "payment.reversed": Kind(_PAYMENT, "payment", 3, PaymentState.REVERSED),
    "customer.updated": Kind(_CUSTOMER, "customer", 0),
}


def customer_of(data: Mapping[str, Any]) -> str | None:
    """Whom data of any type names as the customer; None where it does not, or not well."""
    return _known(data.get("customer"))


def object_of(type_: str, data: Mapping[str, Any]) -> str | None:
    """What an event is about: `payment:…` or `customer:…`. Events of one object have an order."""
    kind = KINDS.get(type_)
    found = kind and _known(data.get(kind.about))
    return f"{kind.about}:{found}" if kind and found else None


def rank_of(type_: str) -> int:
    """The rank of a type among events of the same second."""
    kind = KINDS.get(type_)
    return kind.rank if kind else 0


def _known(value: object) -> str | None:
    return value if isinstance(value, str) and ID.fullmatch(value) else None
