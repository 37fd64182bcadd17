"""What can be done about an emergency: send it, end it, say that one has seen it, and mark others as safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from app import clock
from app.audit.record import Actor, Target, record
from app.delivery.publish import Text, send_message
from app.domain.closing import acting_if_open
from app.domain.emergencies import ALL_CLEAR, KINDS_OF, add_people, text_channel
from app.domain.notices import language_for
from app.domain.reach import gateways
from app.i18n.catalogue import N_
from app.models.emergency import Emergency, EmergencyPerson
from app.models.message import Message
from app.models.notice import Audience
from app.models.person import Person
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.reading import reading
from app.tenancy.scope import current_school_id
from blueprints.emergency.queries import Answerer

_LOCK = 7_106_114  # of pg_advisory_xact_lock, with the school: one sending at a time


class EmergencyError(Exception):
    """Why something cannot be done about an emergency; `message` is for people, marked with N_."""

    message = ""


class AnotherGoesOn(EmergencyError):
    """An emergency goes on already, and nobody said that this is another."""

    message = N_("An emergency is going on already. Tick the box below if this is another one.")


class NobodyThere(EmergencyError):
    """The audience is empty."""

    message = N_("There is nobody whom it would be for. Choose another audience.")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is said: texts by language code, the same languages in both."""

    title: Mapping[str, str]
    message: Mapping[str, str]

    @property
    def texts(self) -> dict[str, Text]:
        return {code: Text(title, self.message[code]) for code, title in self.title.items()}


def send_emergency(
    draft: Draft, *, key: UUID, audience: str, is_another: bool, by: Actor, by_id: UUID | None
) -> tuple[Emergency, int | None]:
    """Tell everybody of an audience by every channel at once, quiet hours or not; returns it, and how many people it is for.

    `key` becomes its id: sent once more, the same form gives the one that is there, and None for the number. `by_id` is the
    sender as a person of the school. Raises AnotherGoesOn unless it `is_another`, and NobodyThere.
    """
    school_id = current_school_id()
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK, school_id)))
    if there := db.session.get(Emergency, (school_id, key)):
        return there, None
    if not is_another and db.session.scalar(select(Emergency.id).where(Emergency.ended_at.is_(None)).limit(1)):
        raise AnotherGoesOn
    with reading() as cursor:
        channel = text_channel(gateways(cursor))
    sent = _send(draft, emergency_id=key, audience=audience, channel=channel, letter="emergency")
    emergency = Emergency(
        id=key, title=dict(draft.title), message=dict(draft.message), audience=audience, message_id=sent.id, by_id=by_id,
        by_name=by.name, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(emergency)
    db.session.flush()  # before its people, who refer to it
    people = add_people(emergency)
    if not people:
        raise NobodyThere
    after = {"audience": audience, "people": people, **_texts(draft)}
    record("emergency.send", emergency, label=label_of(emergency), after=after, by=by)
    return emergency, people


def end_emergency(emergency_id: UUID, how: str, draft: Draft, *, by: Actor) -> bool | None:
    """End an emergency (`how` is all_clear or cancelled) and tell those whom it was for, once.

    False if it was over, None if the school has no such.
    """
    found = select(Emergency).where(Emergency.id == emergency_id).with_for_update()
    emergency = db.session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    if emergency is None:
        return None
    if emergency.ended_at:
        return False
    begun = db.session.get_one(Message, (emergency.school_id, emergency.message_id))
    audience, channel = emergency.audience, begun.channel
    sent = _send(draft, emergency_id=emergency_id, audience=audience, channel=channel, letter="emergency_over")
    emergency.ended_at, emergency.ended_how, emergency.ended_by = clock.now(), how, by.name
    emergency.end_message_id = sent.id
    deed = "emergency.all_clear" if how == ALL_CLEAR else "emergency.cancel"
    record(deed, emergency, label=label_of(emergency), after=_texts(draft), by=by)
    return True


def acknowledge(emergency_id: UUID, person_id: UUID, *, by: Actor) -> bool:
    """Somebody has seen it and says so themselves; False if they had before, were marked as safe, or it is over."""
    if not _marked(emergency_id, [person_id], by=None):
        return False
    record("emergency.acknowledge", Target("emergency", emergency_id), label=_label(emergency_id), by=by)
    return True


def acknowledge_by_link(person: Answerer) -> bool:
    """The same by the link of a mail or a text message, which enters the school itself. Raises SchoolClosed."""
    with acting_if_open(person.school_id) as session:
        done = acknowledge(person.emergency, person.person, by=Actor("visitor", None, person.name))
        session.commit()
    return done


def mark_safe(emergency_id: UUID, people: Sequence[UUID], *, by: Actor) -> int:
    """Mark people as safe who were asked or seen; returns how many of them were not before: none of one that is over."""
    marked = _marked(emergency_id, people, by=by.name)
    _note("emergency.mark_safe", emergency_id, marked, by)
    return len(marked)


def take_back(emergency_id: UUID, people: Sequence[UUID], *, by: Actor) -> int:
    """Undo marks that somebody set by hand; what people said themselves stays. Returns how many: none of one that is over."""
    undone = update(EmergencyPerson).where(*_of(emergency_id, people), EmergencyPerson.acknowledged_by.is_not(None))
    values = undone.values(acknowledged_at=None, acknowledged_by=None).returning(EmergencyPerson.person_id)
    found = list(db.session.scalars(values, execution_options={"synchronize_session": False}))
    _note("emergency.unmark", emergency_id, found, by)
    return len(found)


def label_of(emergency: Emergency) -> str:
    """The title by which the audit remembers an emergency: in the school's own language where there is one."""
    school = db.session.get_one(School, emergency.school_id)
    return emergency.title[language_for(emergency.title, None, school.language)]


def _send(draft: Draft, *, emergency_id: UUID, audience: str, channel: str | None, letter: str) -> Message:
    return send_message(
        audience=KINDS_OF.get(audience, Audience.EVERYONE.value), texts=draft.texts, url=f"/emergency/{emergency_id}/message",
        urgent=True, due=None, channel=channel, letter=letter,
    )  # fmt: skip


def _marked(emergency_id: UUID, people: Sequence[UUID], *, by: str | None) -> list[UUID]:
    """Set the mark on those who have none yet; returns them."""
    marking = update(EmergencyPerson).where(*_of(emergency_id, people), EmergencyPerson.acknowledged_at.is_(None))
    values = marking.values(acknowledged_at=clock.now(), acknowledged_by=by).returning(EmergencyPerson.person_id)
    return list(db.session.scalars(values, execution_options={"synchronize_session": False}))


def _of(emergency_id: UUID, people: Sequence[UUID]) -> tuple[ColumnElement[bool], ...]:
    """These people of an emergency that goes on. Where everybody stood when it ended is what its board shows for good."""
    goes_on = select(Emergency.id).where(Emergency.id == emergency_id, Emergency.ended_at.is_(None)).with_for_update(read=True)
    return EmergencyPerson.emergency_id.in_(goes_on), EmergencyPerson.person_id.in_(people)


def _note(action: str, emergency_id: UUID, people: Sequence[UUID], by: Actor) -> None:
    """Write down who was marked, or is no more, by name."""
    if people:
        names = db.session.scalars(select(Person.name).where(Person.id.in_(people)).order_by(Person.sort_key, Person.id))
        target = Target("emergency", emergency_id)
        record(action, target, label=_label(emergency_id), after={"people": list(names)}, by=by)


def _label(emergency_id: UUID) -> str:
    return label_of(db.session.get_one(Emergency, (current_school_id(), emergency_id)))


def _texts(draft: Draft) -> dict[str, str]:
    """The texts as the audit keeps them: one field each."""
    both = (("title", draft.title), ("message", draft.message))
    return {f"{name}_{code}": text for name, texts in both for code, text in texts.items()}
