"""Bergzicht Academy: a small school that has been suspended for three days, with messages that wait for it to come back.

When it is reactivated, two kinds of them go out (a notice, and one whose start has passed) and one is too late: it was urgent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, acting_as
from app.access.demo import PASSWORD
from app.access.passwords import hash_password
from app.audit.record import add_event
from app.delivery.publish import Text, text_for, written_in
from app.delivery.states import GIVE_UP, Channel, Event, State
from app.domain import lifecycle
from app.domain.names import parts, sort_key
from app.extensions import current_settings
from app.i18n.languages import LANGUAGES
from app.models.delivery import Attempt, Delivery
from app.models.learner import Learner
from app.models.message import Message
from app.models.notice import Audience, Notice
from app.models.outbox import Outbox
from app.models.person import Kind, Person
from app.models.school import School
from app.models.user import Membership, Role, User
from app.seed.accounts import OF_PLATFORM
from app.seed.known import known_id

SLUG, NAME, HOST = "bergzicht", "Bergzicht Academy", "bergzicht.example.com"
ADMIN = "Marlene Swanepoel"
STAFF = ("Tshepo Molefe",)
GUARDIANS = ("Carla Davids", "Mandla Nkosi", "Heinrich Vorster", "Nosipho Gumede", "Yusuf Adams", "Annelie Kruger")
LEARNERS = ("Keanu Davids", "Lindiwe Nkosi", "Mia Vorster", "Sanele Gumede", "Ilyaas Adams", "Jaco Kruger")
AGO, BEFORE = dt.timedelta(days=3), dt.timedelta(minutes=20)  # since when it is suspended, and what was said just before
SENT = 2  # of the guardians had the notice already


class Plan(NamedTuple):
    """A notice that waits: `starts` and `ends` count from the suspension; one that had begun was sent, to some in part."""

    key: str
    title: str
    message: str
    starts: dt.timedelta
    ends: dt.timedelta | None = None
    urgent: bool = False


PLANS = (
    Plan(
        "uniforms", "Second-hand uniforms on Friday",
        "The parents’ committee sells second-hand uniforms in the hall, from 13:30 until 15:00. Bring what no longer fits: it"
        " may fit somebody else.",
        -BEFORE,
    ),
    Plan(
        "gate", "The side gate stays closed today",
        "Workmen are repairing the road at the side gate. Please use the main gate in Berg Street until 17:00.",
        -BEFORE, urgent=True,
    ),
    Plan(
        "photographs", "School photographs next week",
        "The photographer is here on Tuesday and Wednesday of next week. Learners wear their full uniform on both days.",
        dt.timedelta(days=1),
    ),
)  # fmt: skip


def top_up(session: Session) -> int:
    """Add the school if it is missing, written down in both logs; returns how many schools were added, 1 or 0.

    Whoever has brought it back finds it as they left it. Needs `across_schools`; commits nothing.
    """
    if session.scalar(select(School.id).where(School.slug == SLUG)) is not None:
        return 0
    since = clock.now() - AGO
    school = School(
        slug=SLUG, name=NAME, language="en", created_at=since - dt.timedelta(days=300), contact_email=f"office@{HOST}",
        contact_phone="+27 21 555 0146",
    )  # fmt: skip
    session.add(school)
    session.flush()
    author, guardians = _people(session, school, since)
    for plan in PLANS:
        _notice(session, school, plan, since, author, guardians)
    _suspend(session, school, since)
    return 1


def _people(session: Session, school: School, since: dt.datetime) -> tuple[Person, list[Person]]:
    """Everybody of the school, whose admin signed in just before it was suspended; returns the admin and the guardians."""
    admin = _person(school, ADMIN, Kind.STAFF, f"admin@{HOST}")
    guardians = [_person(school, name, Kind.GUARDIAN, _address(name)) for name in GUARDIANS]
    session.add_all([admin, *guardians, *(_person(school, name, Kind.STAFF, _address(name)) for name in STAFF)])
    learners = [_person(school, name, Kind.LEARNER, None) for name in LEARNERS]
    session.add_all(learners)
    session.flush()
    for learner in learners:
        first, last = parts(learner.name)
        session.add(Learner(school_id=school.id, id=learner.id, first_name=first, last_name=last))
    user_id = known_id("user", f"admin@{HOST}")
    if session.get(User, user_id) is None:
        admins = User(id=user_id, email=f"admin@{HOST}", name=ADMIN, password_hash=hash_password(PASSWORD))
        admins.created_at, admins.last_sign_in_at = school.created_at, since - BEFORE
        session.add(admins)
    session.flush()
    membership = Membership(school_id=school.id, user_id=user_id, person_id=admin.id, role=Role.ADMIN.value)
    membership.created_at = school.created_at
    session.add(membership)
    return admin, guardians


def _person(school: School, name: str, kind: Kind, email: str | None) -> Person:
    return Person(
        id=known_id(SLUG, "person", name), school_id=school.id, kind=kind.value, name=name, sort_key=sort_key(name), email=email
    )


def _address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@{HOST}"


def _notice(
    session: Session, school: School, plan: Plan, since: dt.datetime, author: Person, guardians: Sequence[Person]
) -> None:
    """A notice of the admin, and where its sending stood when the school was suspended."""
    starts = since + plan.starts
    notice = Notice(
        id=known_id(SLUG, "notice", plan.key), school_id=school.id, title={"en": plan.title}, message={"en": plan.message},
        audience=Audience.GUARDIANS.value, urgent=plan.urgent, starts_at=starts,
        ends_at=None if plan.ends is None else since + plan.ends, author_id=author.id, created_at=since - BEFORE,
    )  # fmt: skip
    session.add(notice)
    session.flush()
    by = Actor("user", known_id("user", f"admin@{HOST}"), ADMIN)
    add_event(session, "notices.schedule", notice, label=plan.title, by=by, school_id=school.id)
    if starts > since:
        session.add(
            Outbox(school_id=school.id, job="notices.send", subject=notice.id, due_at=starts, created_at=since - BEFORE)
        )
        return
    notice.message_id = _message(session, school, notice, starts, guardians)
    add_event(session, "notices.send", notice, label=plan.title, by=Actor("job", None, "notices.send"), school_id=school.id)


def _message(session: Session, school: School, notice: Notice, at: dt.datetime, guardians: Sequence[Person]) -> UUID:
    """What was to go out of a notice; the first had some of it."""
    link = f"{current_settings().public_url}/schedule-notices/{notice.id}"
    message = Message(school_id=school.id, audience=notice.audience, urgent=notice.urgent, url=link, created_at=at)
    queue = "urgent" if notice.urgent else "bulk"
    batch = Outbox(school_id=school.id, job="delivery.send", subject=message.id, queue=queue, due_at=at, runs=1, created_at=at)
    session.add_all([message, batch])
    session.flush()
    texts = {code: Text(title, notice.message[code]) for code, title in notice.title.items()}
    for language in LANGUAGES:
        written = written_in(texts, language, school.language)
        text = text_for(message, school, language, written, texts[written])
        text.school_id = school.id
        session.add(text)
    for number, person in enumerate(guardians):
        _delivery(session, message, batch, person, at, is_sent=number < SENT and not notice.urgent)
    return message.id


def _delivery(session: Session, message: Message, batch: Outbox, person: Person, at: dt.datetime, *, is_sent: bool) -> None:
    made = Delivery(
        school_id=message.school_id, message_id=message.id, person_id=person.id, channel=Channel.EMAIL.value, batch_id=batch.id,
        state=(State.SENT if is_sent else State.QUEUED).value, due_at=at, give_up_at=at + GIVE_UP, created_at=at,
        tries=int(is_sent), ended_at=at if is_sent else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    if is_sent:
        session.add(
            Attempt(
                school_id=message.school_id, delivery_id=made.id, number=1, at=at, event=Event.ACCEPTED.value, code=250,
                answer="2.0.0 Ok: queued", provider=Channel.EMAIL.value, milliseconds=38,
            )
        )  # fmt: skip


def _suspend(session: Session, school: School, since: dt.datetime) -> None:
    """As the operator of the demo did it, three days ago."""
    operator = OF_PLATFORM[0]
    with acting_as(Actor("user", known_id("user", operator.email), operator.name)):
        lifecycle.suspend(session, school.id, name=school.name, doors=())
    school.disabled_at = since
    session.flush()
