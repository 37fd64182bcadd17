"""Shapes of keys and relationships that the product's tables do not all have: tables of the tests' own, behind the same wall."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Index, Integer, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.tenancy.models import Tenant, belongs_to, has_many, school_key


class Base(DeclarativeBase):
    """Apart from the product's metadata, so that no migration sees these."""


class School(Base):
    __tablename__ = "school"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)


class ClassGroup(Tenant, Base):
    __tablename__ = "shape_group"
    name: Mapped[str]
    learners: Mapped[list[Learner]] = has_many("Learner", "class_group_id", back_populates="class_group")
    __table_args__ = (UniqueConstraint("school_id", "name"),)


class Learner(Tenant, Base):
    __tablename__ = "shape_learner"
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str | None]
    class_group_id: Mapped[UUID | None]
    class_group: Mapped[ClassGroup | None] = belongs_to("ClassGroup", "class_group_id", back_populates="learners")
    notes: Mapped[list[Note]] = has_many("Note", "learner_id", back_populates="learner", cascade="all, delete-orphan")
    __table_args__ = (
        UniqueConstraint("school_id", "email"),
        Index("shape_learner_by_name", "school_id", "last_name", "id"),
        school_key("class_group_id", "shape_group", ondelete="SET NULL"),
    )


class Note(Tenant, Base):
    __tablename__ = "shape_note"
    body: Mapped[str]
    learner_id: Mapped[UUID]
    learner: Mapped[Learner] = belongs_to("Learner", "learner_id", back_populates="notes")
    __table_args__ = (school_key("learner_id", "shape_learner", ondelete="CASCADE"),)


TABLES = ("shape_group", "shape_learner", "shape_note")


@dataclass(frozen=True)
class Shapes:
    """A class, a learner and a note in Thaba (1) and in Karoo (2), all by the same names."""

    group: tuple[UUID, UUID]
    learner: tuple[UUID, UUID]
    note: tuple[UUID, UUID]
    thaba: int = 1
    karoo: int = 2
