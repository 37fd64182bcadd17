"""What can be done about what did not arrive: send it again, give it up, mend an address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.audit.record import Actor, Target, record
from app.delivery import dead_letters
from app.delivery.dead_letters import Outcome
from app.models.person import Person
from app.tenancy.database import db

REASON = "failure_reason"
#: what is older than this is no news any more, and is not offered again with a mended address
LAST_DAYS = dt.timedelta(days=14)


def retry_letter(delivery_id: UUID, *, name: str, by: Actor) -> Outcome:
    """Send one failed delivery again, to the person `name`. Nothing happens to one that somebody else has dealt with."""
    outcome = dead_letters.send_again([delivery_id])
    if outcome.again:
        record("deliveries.retry", Target("delivery", delivery_id), label=name, after={"number": 1}, by=by)
    return outcome


def retry_person(person_id: UUID, deliveries: Sequence[UUID], *, name: str, by: Actor) -> Outcome:
    """Send failed deliveries of one person again."""
    outcome = dead_letters.send_again(deliveries)
    if outcome.again:
        record("deliveries.retry", Target("person", person_id), label=name, after={"number": outcome.again}, by=by)
    return outcome


def retry_reason(reason: str, *, words: str, by: Actor) -> Outcome:
    """Send all failed deliveries of a reason again; `words` say it."""
    outcome = dead_letters.send_again(reason=reason)
    if outcome.again:
        after = {"number": outcome.again, "reason": reason}
        record("deliveries.retry_all", Target(REASON, reason), label=words, after=after, by=by)
    return outcome


def discard_letter(delivery_id: UUID, *, name: str, why: str, by: Actor) -> int:
    """Give one failed delivery up. Returns how many it was: 0 when somebody else has dealt with it."""
    number = dead_letters.discard([delivery_id], why=why)
    if number:
        after = {"number": number, "why": why}
        record("deliveries.discard", Target("delivery", delivery_id), label=name, after=after, by=by)
    return number


def discard_reason(reason: str, *, words: str, why: str, by: Actor) -> int:
    """Give all failed deliveries of a reason up. Returns how many."""
    number = dead_letters.discard(dead_letters.ids_of(reason), why=why)
    if number:
        after = {"number": number, "reason": reason, "why": why}
        record("deliveries.discard", Target(REASON, reason), label=words, after=after, by=by)
    return number


def person_for_change(person_id: UUID, *, hold: bool) -> Person | None:
    """The person, unless they have left; held until the end of the transaction, so that nobody mends or flags it meanwhile."""
    found = select(Person).where(Person.id == person_id, Person.ended_at.is_(None))
    return db.session.scalars(found.with_for_update() if hold else found).one_or_none()


def mend_address(person: Person, *, email: str | None, phone: str | None, is_right: bool, by: Actor) -> bool:
    """Change how a person is reached; False when nothing is different.

    An address that changed, or that `is_right` after all, counts as working until a mail server refuses it.
    """
    before = _facts(person)
    if email != person.email or is_right:
        person.email_flagged_at = None
    person.email, person.phone = email, phone
    after = _facts(person)
    changed = [name for name in before if before[name] != after[name]]
    if not changed:
        return False
    record(
        "people.mend_address", person, label=person.name, by=by,
        before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
    )  # fmt: skip
    return True


def _facts(person: Person) -> dict[str, object]:
    """What the audit compares."""
    return {"email": person.email, "phone": person.phone, "works": person.email_flagged_at is None}
