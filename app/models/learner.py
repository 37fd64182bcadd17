"""Learners and their families, and the words by which people are found."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, false, func, text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.models.person import Person
from app.tenancy.database import Model
from app.tenancy.models import Tenant, belongs_to, school_key


class PhotoConsent(StrEnum):
    """Whether pictures of a learner may be shown: unknown counts as no."""

    UNKNOWN = "unknown"
    GIVEN = "given"
    REFUSED = "refused"


class LearnerStatus(StrEnum):
    """Where a learner stands with the school."""

    APPLIED = "applied"
    ENROLLED = "enrolled"
    LEFT = "left"


class Relation(StrEnum):
    """What a guardian is to a learner."""

    MOTHER = "mother"
    FATHER = "father"
    GRANDPARENT = "grandparent"
    GUARDIAN = "guardian"
    FOSTER = "foster"
    SIBLING = "sibling"
    OTHER = "other"


class Learner(Tenant, Model):
    """What a school knows of a learner beyond the person of the same id, whose `name` is first and last name together.

    `number` is the school's own. `card_code` stands in the code of their card: it says nothing about them, and a lost card gets
    another.
    """

    __tablename__ = "learner"
    number: Mapped[str | None]
    first_name: Mapped[str]
    last_name: Mapped[str]
    known_as: Mapped[str | None]
    birth_date: Mapped[dt.date | None]
    photo_consent: Mapped[str] = mapped_column(server_default=PhotoConsent.UNKNOWN.value)
    photo_consent_at: Mapped[dt.datetime | None]
    status: Mapped[str] = mapped_column(server_default=LearnerStatus.ENROLLED.value)
    left_on: Mapped[dt.date | None]
    card_code: Mapped[str] = mapped_column(
        server_default=text("upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 12))")
    )
    person: Mapped[Person] = belongs_to("Person", "id")
    __table_args__ = (
        school_key("id", "person"),
        UniqueConstraint("school_id", "card_code", name="learner_card"),
        Index("learner_number", "school_id", "number", unique=True, postgresql_where=text("number IS NOT NULL")),
        CheckConstraint("photo_consent IN ('unknown', 'given', 'refused')", name="learner_photo_consent"),
        CheckConstraint("status IN ('applied', 'enrolled', 'left')", name="learner_status"),
    )


class MedicalNote(Tenant, Model):
    """What staff must know of a learner's health. Who reads it is audited."""

    __tablename__ = "medical_note"
    learner_id: Mapped[UUID]
    note: Mapped[str]
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_by: Mapped[str]
    __table_args__ = (
        school_key("learner_id", "learner"),
        UniqueConstraint("school_id", "learner_id", name="medical_note_once"),
    )


class Guardianship(Tenant, Model):
    """A guardian of a learner. One with `no_contact` is never written to about the learner, and never collects them."""

    __tablename__ = "guardianship"
    guardian_id: Mapped[UUID]
    learner_id: Mapped[UUID]
    relation: Mapped[str] = mapped_column(server_default=Relation.GUARDIAN.value)
    may_collect: Mapped[bool] = mapped_column(default=True, server_default=true())
    no_contact: Mapped[bool] = mapped_column(default=False, server_default=false())
    hears_attendance: Mapped[bool] = mapped_column(default=True, server_default=true())
    hears_notices: Mapped[bool] = mapped_column(default=True, server_default=true())
    hears_billing: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    guardian: Mapped[Person] = belongs_to("Person", "guardian_id")
    learner: Mapped[Learner] = belongs_to("Learner", "learner_id")
    __table_args__ = (
        school_key("guardian_id", "person"),
        school_key("learner_id", "learner"),
        UniqueConstraint("school_id", "learner_id", "guardian_id", name="guardianship_once"),
        Index("guardianship_of_guardian", "school_id", "guardian_id"),
    )


class PersonWord(Tenant, Model):
    """A word of a name, a number, an address: written by triggers on `person` and `learner`, read by prefix (collation C)."""

    __tablename__ = "person_word"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    person_id: Mapped[UUID]
    word: Mapped[str] = mapped_column(Text(collation="C"))
    __table_args__ = (
        school_key("person_id", "person", ondelete="CASCADE"),
        UniqueConstraint("school_id", "word", "person_id", name="person_word_once"),
        Index("person_word_of_person", "school_id", "person_id"),
    )
