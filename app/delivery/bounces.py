"""What is heard of a mail after its server took it: that it never arrives, or that its reader does not want it."""

from __future__ import annotations

import re
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.access.actor import Actor
from app.audit.record import Target, record
from app.delivery.letter import CONTROLS
from app.delivery.reports import Report, Sort
from app.delivery.smtp import NOBODY
from app.delivery.states import ENDS, STEPS, Channel, Event
from app.domain import causes
from app.models.contact import ContactPreference
from app.models.delivery import Delivery
from app.models.person import Person
from app.tenancy.doors import acting_for, outside
from app.tenancy.reading import Bulk, driving

LONGEST = 200  # characters of an answer that are kept
READ = 1000  # characters of an answer that are looked at: a stranger chose its length
ADDRESS = re.compile(r"<?[^\s<>@:;,]+@[^\s<>@:;,]+>?")
ENHANCED = re.compile(r"5\.1\.(\d{1,3})\b")
ABOUT_US = ("7", "8")  # RFC 3463: 5.1.7 and 5.1.8 are about the sender's address
NOBODY_SIGNED_IN = Actor("system", None, "")

BOUNCED = Bulk(
    """
WITH moved AS (
    UPDATE delivery d SET state = %(to)s, reason = n.answer, cause = $cause, ended_at = now()
    FROM (SELECT %(event)s::text AS event, %(code)s::int AS code, %(answer)s::text AS answer) n
    WHERE d.school_id = %(school)s AND d.id = %(delivery)s AND d.channel = %(channel)s AND d.state = ANY (%(from)s)
    RETURNING d.id, d.person_id, d.tries
), noted AS (
    INSERT INTO attempt (school_id, id, delivery_id, number, event, code, answer, provider)
    SELECT %(school)s, uuid7(), id, tries, %(event)s, %(code)s, %(answer)s, %(channel)s FROM moved
), flagged AS (
    UPDATE person p SET email_flagged_at = now() FROM moved m
    WHERE p.school_id = %(school)s AND p.id = m.person_id AND %(nobody)s AND p.email_flagged_at IS NULL
)
SELECT p.name FROM moved m JOIN person p ON p.school_id = %(school)s AND p.id = m.person_id
""",
    cause=causes.IN_SQL,
)


class Outcome(StrEnum):
    """What a report changed."""

    CHANGED = "changed"
    KNOWN = "known"  # nothing: it was known, or says nothing that lasts
    EARLY = "early"  # nothing yet: the run that sends the mail has not written down that it was taken. Say it again later
    UNKNOWN = "unknown"  # there is no such mail


def heard(report: Report) -> Outcome:
    """Act on a report, in the school that it is about, whatever scope the caller is in; committed."""
    if report.sort is Sort.COMPLAINT:
        return complained(report.school_id, report.delivery_id)
    permanent = report.sort is Sort.FAILED
    return bounced(report.school_id, report.delivery_id, code=report.code, answer=report.answer, permanent=permanent)


def bounced(school_id: int, delivery_id: UUID, *, code: int | None, answer: str, permanent: bool) -> Outcome:
    """A mail that was accepted has come back, or is late (not `permanent`: nothing changes). A second time changes nothing.

    `code` is the server's reply code and `answer` what it said, its enhanced code first. Where they say that the mailbox does
    not exist, the person's address is flagged.
    """
    if not permanent:
        return Outcome.KNOWN
    sources, to, _ = STEPS[Event.BOUNCED]
    code, kept = code if code in range(400, 600) else None, trimmed(answer)
    with outside(), acting_for(school_id) as session:
        with driving() as cursor:
            whose = BOUNCED.run(
                cursor, delivery=delivery_id, channel=Channel.EMAIL.value, to=to.value, event=Event.BOUNCED.value, code=code,
                answer=kept or None, nobody=names_nobody(code, answer), **{"from": sorted(sources)},
            ).fetchone()  # fmt: skip
        if whose:
            said = {"code": code, "answer": kept}
            record("deliveries.bounce", Target("delivery", delivery_id), label=whose.name, by=NOBODY_SIGNED_IN, after=said)
            session.commit()
            return Outcome.CHANGED
        state = session.scalar(select(Delivery.state).where(Delivery.id == delivery_id, Delivery.channel == Channel.EMAIL))
    return Outcome.UNKNOWN if state is None else Outcome.KNOWN if state in ENDS else Outcome.EARLY


def complained(school_id: int, delivery_id: UUID) -> Outcome:
    """The reader of a mail has called it unwanted: they get no more email that is not urgent. A second time changes nothing."""
    with outside(), acting_for(school_id) as session:
        of_delivery = select(Person).join(Delivery, Delivery.person_id == Person.id).where(Delivery.id == delivery_id)
        person = session.scalar(of_delivery)
        if person is None:
            return Outcome.UNKNOWN
        ended = insert(ContactPreference).values(person_id=person.id, unsubscribed_at=func.now())
        changed = session.scalar(
            ended.on_conflict_do_update(
                constraint="contact_preference_of_person",
                set_={"unsubscribed_at": func.now()},
                where=ContactPreference.unsubscribed_at.is_(None),
            ).returning(ContactPreference.id)
        )
        if changed is None:
            return Outcome.KNOWN
        whom = Target("person", person.id)
        record("contact.unsubscribe", whom, label=person.name, by=NOBODY_SIGNED_IN, after={"because": "complaint"})
        session.commit()
    return Outcome.CHANGED


def names_nobody(code: int | None, answer: str) -> bool:
    """Whether an answer says that there is no such mailbox: 5.1.x about the recipient, or a bare 550, 551 or 553."""
    if enhanced := ENHANCED.match(answer):
        return enhanced[1] not in ABOUT_US
    return code in NOBODY and not re.match(r"\d\.", answer)


def trimmed(answer: str) -> str:
    """An answer as it is kept: one short line without addresses."""
    return ADDRESS.sub("…", " ".join(CONTROLS.sub(" ", answer[:READ]).split()))[:LONGEST]
