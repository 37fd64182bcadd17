"""Classes and who is in them, as programs read them."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple
from uuid import UUID

from marshmallow import fields, validate
from sqlalchemy import ARRAY, Boolean, Date, DateTime, Integer, Text, Uuid, and_, cast, func, or_, select

from app.access.api_tokens import Scope
from app.domain.classes import GRADES, has_place
from app.models.classes import ClassGroup, ClassTeacher, Enrolment, EnrolmentState
from app.web.api.asking import Moment, one_of
from blueprints.api.listing import Filter, Key, Listing

GROUP = "Classes"


class ClassRow(NamedTuple):
    """A class of a school year. `teacher_ids` are members of staff; with `is_register` it keeps a daily register."""

    id: UUID
    name: str
    grade: str | None
    year: int
    is_register: bool
    capacity: int | None
    teacher_ids: list[UUID]
    created_at: dt.datetime
    ended_at: dt.datetime | None


class EnrolmentRow(NamedTuple):
    """A learner in a class from the first day to the last, both included; `ends_on` null: still."""

    id: UUID
    learner_id: UUID
    class_id: UUID
    state: Literal["waiting", "active"]
    starts_on: dt.date
    ends_on: dt.date | None
    created_at: dt.datetime


_TEACHERS = (
    select(func.coalesce(func.array_agg(ClassTeacher.person_id), cast([], ARRAY(Uuid))))
    .where(and_(ClassTeacher.school_id == ClassGroup.school_id, ClassTeacher.class_id == ClassGroup.id))
    .correlate(ClassGroup)
    .scalar_subquery()
)
CLASSES = Listing(
    "classes", "classes", GROUP, Scope.CLASSES_READ, ClassRow,
    select(
        ClassGroup.id, ClassGroup.name, ClassGroup.grade, ClassGroup.year, ClassGroup.is_register, ClassGroup.capacity,
        _TEACHERS.label("teacher_ids"), ClassGroup.created_at, ClassGroup.ended_at,
    ),
    (Key("id", ClassGroup.id, UUID),),
    {
        "year": Filter(
            fields.Integer(validate=validate.Range(2000, 2100)), lambda given: ClassGroup.year == given, Integer
        ),
        "grade": Filter(one_of(*GRADES), lambda given: ClassGroup.grade == given, Text),
        "open": Filter(
            fields.Boolean(metadata={"description": "true: the class goes on; false: it has ended."}),
            lambda given: ClassGroup.ended_at.is_(None).is_(given),
            Boolean,
        ),
    },
    one="class_id", thing="a class", is_personal=False,
)  # fmt: skip
ENROLMENTS = Listing(
    "enrolments", "enrolments", GROUP, Scope.CLASSES_READ, EnrolmentRow,
    select(
        Enrolment.id, Enrolment.learner_id, Enrolment.class_id, Enrolment.state, Enrolment.starts_on, Enrolment.ends_on,
        Enrolment.created_at,
    ),
    (Key("id", Enrolment.id, UUID),),
    {
        "class_id": Filter(fields.UUID(), lambda given: Enrolment.class_id == given, Uuid),
        "learner_id": Filter(fields.UUID(), lambda given: Enrolment.learner_id == given, Uuid),
        "state": Filter(one_of(*EnrolmentState), lambda given: Enrolment.state == given, Text),
        "on": Filter(fields.Date(metadata={"description": "With a place on this day."}), has_place, Date),
        "since": Filter(
            fields.Date(metadata={"description": "Goes on that day or later."}),
            lambda given: or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= given),
            Date,
        ),
        "created_since": Filter(Moment(), lambda given: Enrolment.created_at >= given, DateTime(timezone=True)),
    },
)  # fmt: skip
LISTINGS = (CLASSES, ENROLMENTS)
