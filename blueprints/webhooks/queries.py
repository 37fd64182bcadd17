"""Reads of the inbox across schools, inside `across_schools`."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from app.domain.searching import MOST
from app.domain.webhooks.reasons import WORDS, Reason
from app.i18n.speech import speech
from app.models.billing import Invoice, Payment
from app.models.school import School
from app.models.webhook import EventState, ProviderCustomer, WebhookEvent, WebhookSecret, WebhookWatermark
from app.web.paging import PAGE, Key, Page, cut

STATES = tuple(state.value for state in EventState)
SIBLINGS = 50  # other events of an object that its page shows


class Row(NamedTuple):
    """An event of the list. `school` is None as long as nobody knows whose it is."""

    id: UUID
    provider: str
    event_id: str
    type: str
    object_id: str | None
    customer: str | None
    school_id: int | None
    school: str | None
    state: str
    reason: str | None
    note: str | None
    attempts: int
    copies: int
    altered: int
    happened_at: dt.datetime
    received_at: dt.datetime
    ended_at: dt.datetime | None

    @property
    def why(self) -> str:
        """Why it is as it is, in the reader's language; "" where nothing has to be said."""
        return speech().gettext(WORDS.get(self.reason, self.reason)) if self.reason else ""

    @property
    def may_go_again(self) -> bool:
        """Whether playing it again could change anything."""
        is_late = self.state == EventState.STORED and self.attempts > 0
        is_late = self.state == EventState.STORED and self.attempts > 0
        return bool(self.school_id) and (self.state == EventState.FAILED or self.reason == Reason.DISCARDED or is_late)

    @property
    def is_open(self) -> bool:
        """Whether it has had no effect yet and somebody may decide about it."""
        return self.state in (EventState.STORED, EventState.FAILED)


class Effect(NamedTuple):
    """The payment that an event was about, as it stands now, and its invoice."""

    reference: str
    state: str
    amount: int
    currency: str
    happened_at: dt.datetime
    invoice: str | None
    invoice_state: str | None


class Event(NamedTuple):
    """One event: `pretty` for people, `raw` each byte as it came, what is not plain ASCII escaped."""

    row: Row
    pretty: str
    raw: str
    sha256: str
    size: int
    data: dict[str, Any]
    effect: Effect | None
    newest: str | None
    siblings: list[Row]


class Secret(NamedTuple):
    """A secret that was entered. It holds as long as `retires_at` has not come."""

    id: UUID
    provider: str
    fingerprint: str
    created_at: dt.datetime
    created_by: str
    retires_at: dt.datetime | None
    last_used_at: dt.datetime | None


_ROWS = select(
    WebhookEvent.id, WebhookEvent.provider, WebhookEvent.event_id, WebhookEvent.type, WebhookEvent.object_id,
    WebhookEvent.customer, WebhookEvent.for_school, School.name, WebhookEvent.state, WebhookEvent.reason, WebhookEvent.note,
    WebhookEvent.attempts, WebhookEvent.copies, WebhookEvent.altered, WebhookEvent.happened_at, WebhookEvent.received_at,
    WebhookEvent.ended_at,
).outerjoin(School, School.id == WebhookEvent.for_school)  # fmt: skip


def events(
    session: Session, *, state: str, reason: str, provider: str, school: int | None, search: str, after: Key | None
) -> Page[Row]:
    """The events that match, the newest first, those behind `after`; `search` is an id of an event, a payment or a customer."""
    found = _ROWS
    for column, value in (
        (WebhookEvent.state, state), (WebhookEvent.reason, reason), (WebhookEvent.provider, provider),
        (WebhookEvent.for_school, school),
    ):  # fmt: skip
        if value:
            found = found.where(column == value)
    if search:
        found = found.where(_named(session, search))
    if after:
        found = found.where(WebhookEvent.id < after[0])
    return cut(_rows(session, found.order_by(WebhookEvent.id.desc()).limit(PAGE + 1)), lambda row: (row.id,))


def found(session: Session, text: str) -> list[Row]:
    """The newest events that an id names."""
    return _rows(session, _ROWS.where(_named(session, text)).order_by(WebhookEvent.id.desc()).limit(MOST))


def event(session: Session, id: UUID) -> Event | None:
    """An event with all that is known of it; None if there is no such."""
    rows = _rows(session, _ROWS.where(WebhookEvent.id == id))
    if not rows:
        return None
    row, stored = rows[0], session.get_one(WebhookEvent, id)
    siblings: list[Row] = []
    if row.object_id:
        of_object = _ROWS.where(
            WebhookEvent.object_id == row.object_id, WebhookEvent.provider == row.provider, WebhookEvent.id != id
        )  # fmt: skip
        siblings = _rows(session, of_object.order_by(WebhookEvent.id.desc()).limit(SIBLINGS))
    body = json.loads(stored.body)
    return Event(
        row, pretty(body), ascii(stored.body)[2:-1], stored.sha256, len(stored.body), body["data"], _effect(session, row),
        _newest(session, row), siblings,
    )  # fmt: skip


def pretty(body: object) -> str:
    """JSON for people; what would make text look other than it is (marks of direction, zero widths) is escaped."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return "".join(
        letter if letter == "\n" or unicodedata.category(letter) not in ("Cf", "Cc", "Cs", "Co", "Zl", "Zp")
        else f"\\u{ord(letter):04x}" for letter in text
    )  # fmt: skip


def providers(session: Session, configured: tuple[str, ...]) -> list[str]:
    """Every provider that we know: with a secret, or with customers."""
    known = {*configured, *session.scalars(select(WebhookSecret.provider).distinct())}
    return sorted(known | set(session.scalars(select(ProviderCustomer.provider).distinct())))


def secrets(session: Session) -> list[Secret]:
    """Every secret that was ever entered, by provider, the newest first."""
    found = select(
        WebhookSecret.id, WebhookSecret.provider, WebhookSecret.fingerprint, WebhookSecret.created_at,
        WebhookSecret.created_by, WebhookSecret.retires_at, WebhookSecret.last_used_at,
    ).order_by(WebhookSecret.provider, WebhookSecret.id.desc())  # fmt: skip
    return [Secret(*row) for row in session.execute(found)]


def secret(session: Session, id: UUID) -> Secret | None:
    """One of them."""
    return next((each for each in secrets(session) if each.id == id), None)


def _named(session: Session, text: str) -> ColumnElement[bool]:
    """Events with this id, about this payment or customer: each way goes along an index."""
    by_id = select(WebhookEvent.id).where(
        WebhookEvent.event_id == text, WebhookEvent.provider.in_(_every_provider(session))
    )  # fmt: skip
    about = [f"{kind}:{text}" for kind in ("payment", "customer")]
    return or_(
        WebhookEvent.id.in_(by_id),
        WebhookEvent.id.in_(select(WebhookEvent.id).where(WebhookEvent.object_id.in_([text, *about]))),
    )


def _every_provider(session: Session) -> list[str]:
    """The providers from whom events have come: one step along the index for each of them."""
    names: list[str] = []
    last = ""
    while (name := session.scalar(
        select(WebhookEvent.provider).where(WebhookEvent.provider > last).order_by(WebhookEvent.provider).limit(1)
    )):  # fmt: skip
        names.append(last := name)
    return names


def _rows(session: Session, found: Select[*tuple[Any, ...]]) -> list[Row]:
    return [Row(*row) for row in session.execute(found)]


def _effect(session: Session, row: Row) -> Effect | None:
    kind, _, reference = (row.object_id or "").partition(":")
    if kind != "payment" or row.school_id is None:
        return None
    found = session.execute(
        select(
            Payment.reference, Payment.state, Payment.amount, Payment.currency, Payment.happened_at, Invoice.number,
            Invoice.state.label("invoice_state"),
        )
        .outerjoin(Invoice, (Invoice.school_id == Payment.school_id) & (Invoice.id == Payment.invoice_id))
        .where(Payment.school_id == row.school_id, Payment.provider == row.provider, Payment.reference == reference)
    ).one_or_none()  # fmt: skip
    return Effect(*found) if found else None


def _newest(session: Session, row: Row) -> str | None:
    """The id of the newest event that the object has taken in."""
    return session.scalar(
        select(WebhookWatermark.event_id).where(
            WebhookWatermark.school_id == row.school_id, WebhookWatermark.provider == row.provider,
            WebhookWatermark.object_id == row.object_id,
        )
    )  # fmt: skip
