"""Consent, purpose by purpose: what was said, by whom, how, and to which text. Nothing that was said is ever changed.

The photo consent also stands in the learner's profile, where lists and exports read it: the two are written together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select

from app import clock
from app.audit.record import Actor, record
from app.domain.personal_data.purposes import PURPOSES, Purpose, beginning
from app.models.learner import Learner, PhotoConsent
from app.models.person import Person
from app.models.personal_data import Answer, Consent, ConsentText, Way
from app.tenancy.database import db


class Text(NamedTuple):
    """What people are asked to agree to; `id` None for the text that comes with the product, until somebody answers it."""

    id: UUID | None
    version: int
    texts: Mapping[str, str]


class Said(NamedTuple):
    """One answer, with the version of the text that was shown (None: nobody knows)."""

    purpose: str
    answer: str
    at: dt.datetime
    by_name: str
    way: str
    signed_on: dt.date | None
    note: str | None
    version: int | None


@dataclass(frozen=True)
class Standing:
    """How it stands with a purpose: the last answer, and the text that is shown now."""

    purpose: str
    text: Text
    last: Said | None

    @property
    def is_given(self) -> bool:
        return self.last is not None and self.last.answer == Answer.GIVEN

    @property
    def is_old(self) -> bool:
        """Whether it was given to a text that is not the one of today."""
        return self.is_given and self.last is not None and self.last.version not in (None, self.text.version)


class Unchanged(Exception):
    """What was said is what stands already."""


def texts() -> dict[str, Text]:
    """The text of each purpose that is shown now."""
    newest = select(ConsentText).order_by(ConsentText.version)  # a few rows
    found = {row.purpose: Text(row.id, row.version, row.texts) for row in db.session.scalars(newest)}
    return {purpose: found.get(purpose) or Text(None, 1, beginning(purpose)) for purpose in PURPOSES}


def publish(purpose: str, words: Mapping[str, str], *, label: str, by: Actor) -> Text:
    """Show another text from now on; whoever agreed before agreed to theirs. Raises Unchanged for the same words."""
    now = _held(purpose)
    if dict(now.texts) == dict(words):
        raise Unchanged
    if now.id is None and _never_answered(purpose):
        now = now._replace(version=0)  # nobody has seen the product's own: the school's is the first
    row = _store(purpose, now.version + 1, words, by)
    record("personal_data.publish_text", row, label=label, by=by, before=dict(now.texts), after=dict(words))
    return Text(row.id, row.version, row.texts)


def history(person_id: UUID) -> list[Said]:
    """Everything that was said about somebody, the newest first; also under the records that were merged into theirs."""
    theirs = select(Person.id).where(or_(Person.id == person_id, Person.merged_into == person_id))
    said = (
        select(
            Consent.purpose, Consent.answer, Consent.at, Consent.by_name, Consent.way, Consent.signed_on, Consent.note,
            ConsentText.version,
        )
        .outerjoin(ConsentText, ConsentText.id == Consent.text_id)
        .where(Consent.person_id.in_(theirs))
        .order_by(Consent.at.desc(), Consent.id.desc())
    )  # fmt: skip
    found = [Said(*row) for row in db.session.execute(said)]
    if not any(each.purpose == Purpose.PHOTO for each in found) and (before := _before_this(person_id)):
        found.append(before)
    return found


def standings(said: list[Said]) -> list[Standing]:
    """How it stands with each purpose, from a history."""
    shown = texts()
    last = {each.purpose: each for each in reversed(said)}
    return [Standing(purpose, shown[purpose], last.get(purpose)) for purpose in PURPOSES]


def say(
    person: Person, purpose: str, answer: Answer, *, by: Actor, by_id: UUID | None, by_name: str, way: Way,
    signed_on: dt.date | None = None, note: str | None = None,
) -> Consent:  # fmt: skip
    """Store what `by_name` said about a person, who is held. Raises Unchanged for what stands already.

    A refusal of what was given before is a withdrawal. `by_id` is the person who said it, if the school knows them.
    """
    before = next((each for each in history(person.id) if each.purpose == purpose), None)
    if answer is not Answer.GIVEN:
        was_given = before is not None and before.answer == Answer.GIVEN
        answer = Answer.WITHDRAWN if was_given else Answer.REFUSED
        if before is not None and not was_given:
            raise Unchanged
    text = _held(purpose)
    if before is not None and before.answer == answer and before.version == text.version:
        raise Unchanged
    if text.id is None:
        row = _store(purpose, text.version, text.texts, by)
        text = text._replace(id=row.id)
    said = Consent(
        person_id=person.id, purpose=purpose, text_id=text.id, answer=answer.value, by_id=by_id, by_name=by_name, way=way.value,
        signed_on=signed_on, note=note, at=clock.now(),
    )  # fmt: skip
    db.session.add(said)
    was = {"answer": before.answer} if before else {}
    after = {"purpose": purpose, "answer": answer.value, "way": way.value, "by": by_name, "version": text.version}
    record("personal_data.consent", person, label=person.name, by=by, before=was, after=after)
    if purpose == Purpose.PHOTO:
        _to_profile(person, answer, by=by)
    db.session.flush()
    return said


def note_photo(person: Person, answer: str, *, by: Actor) -> None:
    """Keep in the history what the office wrote into a profile about photos; the profile's own change is the caller's.

    Nothing is kept for a profile in which nothing was ever said.
    """
    before = next((each for each in history(person.id) if each.purpose == Purpose.PHOTO), None)
    if answer == PhotoConsent.UNKNOWN and before is None:
        return
    said = Answer.GIVEN if answer == PhotoConsent.GIVEN else Answer.WITHDRAWN if before else Answer.REFUSED
    db.session.add(
        Consent(
            person_id=person.id, purpose=Purpose.PHOTO.value, text_id=None, answer=said.value, by_id=None, by_name=by.name,
            way=Way.SCHOOL.value, at=clock.now(),
        )
    )  # fmt: skip


def _to_profile(person: Person, answer: Answer, *, by: Actor) -> None:
    learner = db.session.get(Learner, (person.school_id, person.id))
    if learner is None:
        return
    wanted = PhotoConsent.GIVEN if answer is Answer.GIVEN else PhotoConsent.REFUSED
    if learner.photo_consent != wanted:
        before = learner.photo_consent
        learner.photo_consent, learner.photo_consent_at = wanted.value, clock.now()
        record(
            "people.consent", person, label=person.name, by=by, before={"photo_consent": before},
            after={"photo_consent": wanted.value},
        )  # fmt: skip


def _before_this(person_id: UUID) -> Said | None:
    """What a profile says about photos that was written before histories were kept."""
    found = db.session.scalars(select(Learner).where(Learner.id == person_id)).one_or_none()
    if found is None or found.photo_consent == PhotoConsent.UNKNOWN or found.photo_consent_at is None:
        return None
    answer = Answer.GIVEN if found.photo_consent == PhotoConsent.GIVEN else Answer.REFUSED
    return Said(Purpose.PHOTO.value, answer.value, found.photo_consent_at, "", Way.SCHOOL.value, None, None, None)


def _held(purpose: str) -> Text:
    """The text of a purpose, of which nobody else makes a version until the end of the transaction."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"consent text {purpose}"))))
    return texts()[purpose]


def _never_answered(purpose: str) -> bool:
    return db.session.scalar(select(Consent.id).where(Consent.purpose == purpose).limit(1)) is None


def _store(purpose: str, version: int, words: Mapping[str, str], by: Actor) -> ConsentText:
    row = ConsentText(purpose=purpose, version=version, texts=dict(words), by_name=by.name, published_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return row
