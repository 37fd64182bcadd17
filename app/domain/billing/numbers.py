"""Numbers of documents: one after the other in each series of a school, none left out, none given twice."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.ids import uuid7
from app.models.billing import NumberSeries

INVOICES, CREDIT_NOTES = "INV", "CN"


def take(session: Session, school_id: int, series: str) -> str:
    """The next number, like 'INV-0007-000012': series, the school's number, and a count that has no gap.

    The row of the series stays locked until the transaction ends: a rollback gives the number back, and nobody has the one
    after it by then.
    """
    made = insert(NumberSeries).values(school_id=school_id, id=uuid7(), series=series, next=2)
    taken = made.on_conflict_do_update(index_elements=["school_id", "series"], set_={"next": NumberSeries.next + 1})
    following = session.scalar(taken.returning(NumberSeries.next))
    assert following is not None, "an upsert returns its row"
    return written(series, school_id, following - 1)


def written(series: str, school_id: int, count: int) -> str:
    """A number as it stands on the document."""
    return f"{series}-{school_id:04}-{count:06}"
