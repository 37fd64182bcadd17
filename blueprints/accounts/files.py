"""The files of the accounts. Finance reads them with the same program each month, so their words follow nobody's language."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.audit.both import record_both
from app.audit.record import Target, record
from app.exports.csv_writer import write_csv
from app.exports.dataset import Column, Kind
from app.i18n.catalogue import N_
from app.i18n.languages import DEFAULT, LANGUAGES
from app.i18n.speech import Speech, speech_for
from app.models.bookkeeping import Book
from blueprints.accounts.books import Booking
from blueprints.accounts.queries import AccountRow

ACCOUNTS, LEDGER = N_("Accounts"), N_("Ledger")
VOICE: Speech = speech_for(DEFAULT, "UTC", LANGUAGES[DEFAULT].cldr, "ZAR")
OF_ACCOUNTS = (
    Column("school_number", "School number"),
    Column("school", "School"),
    Column("account", "Account"),
    Column("state", "State"),
    Column("currency", "Currency"),
    Column("reserve", "Reserve", Kind.MONEY),
    Column("minimum", "Least reserve", Kind.MONEY),
    Column("owed", "Owed", Kind.MONEY),
    Column("monthly", "Cost of a month before VAT", Kind.MONEY),
    Column("cover", "Days of cover", Kind.INTEGER),
    Column("past_due_since", "Past due since (UTC)", Kind.MOMENT),
)
OF_LEDGER = (
    Column("at", "Booked at (UTC)", Kind.MOMENT),
    Column("transaction", "Transaction"),
    Column("kind", "Kind"),
    Column("invoice", "Invoice"),
    Column("reason", "Reason"),
    Column("by", "By"),
    Column("currency", "Currency"),
    *(Column(book.value, book.value.replace("_", " ").capitalize(), Kind.MONEY) for book in Book),
    Column("owed", "Owed after it", Kind.MONEY),
    Column("prepaid", "Reserve after it", Kind.MONEY),
)


def accounts(session: Session, rows: Iterable[AccountRow], chosen: dict[str, str], *, by: Actor) -> bytes:
    """Accounts as CSV, and the event that somebody took them out."""
    cells = [
        (
            row.school_id, row.school, row.name, row.state, row.currency, row.reserve, row.minimum, row.owed, row.monthly,
            row.cover, row.since,
        )
        for row in rows
    ]  # fmt: skip
    taken = {"format": "csv", "rows": len(cells), **{name: value for name, value in chosen.items() if value}}
    record("exports.download", Target("export", "accounts"), label=ACCOUNTS, by=by, after=taken)
    return _written(OF_ACCOUNTS, cells)


def ledger(session: Session, school_id: int, rows: Iterable[Booking]) -> bytes:
    """The ledger of a school as CSV, and the event in both logs."""
    cells = [
        (
            row.at, str(row.id), row.kind, row.number, row.reason, row.by_name, row.currency,
            *(row.entries.get(book.value) for book in Book), row.owed, row.reserve,
        )
        for row in rows
    ]  # fmt: skip
    taken = {"format": "csv", "rows": len(cells)}
    record_both(session, school_id, "exports.download", Target("export", "ledger"), label=LEDGER, after=taken)
    return _written(OF_LEDGER, cells)


def name_of(subject: str) -> str:
    """The name of a file of today."""
    return f"umthi-{subject}-{clock.now():%Y-%m-%d}.csv"


def _written(columns: tuple[Column, ...], cells: Iterable[tuple[object, ...]]) -> bytes:
    file = BytesIO()
    write_csv(file, columns, cells, VOICE)
    return file.getvalue()
