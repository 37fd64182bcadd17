"""Registers for programs: a register is read as its keeper sees it, and saved by the same operation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from flask import Blueprint, Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app import clock
from app.access.api_tokens import Scope
from app.access.gate import by_token
from app.access.who import Who, asking
from app.audit.record import current_actor
from app.domain.attendance import REASONS
from app.models.attendance import Status
from app.web.api import answering
from app.web.api.asking import Words, asked, one_of, said
from app.web.api.declared import described
from app.web.api.noting import note_read
from app.web.api.problems import ApiProblem, FieldError
from app.web.api.repeating import repeatable
from blueprints.attendance import queries
from blueprints.attendance.forms import LONGEST_NOTE, LONGEST_WHY, MOST_MINUTES
from blueprints.attendance.queries import Head, Row
from blueprints.attendance.routes import YEARS, today_of
from blueprints.attendance.saving import Entry, RegisterChanged, WhyMissing, save_register
from blueprints.attendance.standing import may_keep, standing

api = Blueprint("attendance_api", __name__, url_prefix="/api/v1")
GROUP, MOST = "Attendance", 500
ADDRESS = "/classes/<uuid:class_id>/register"


class SheetMarkRow(NamedTuple):
    """How a learner stands in a register; `status` is null while nothing was saved of them."""

    learner_id: UUID
    name: str
    number: str | None
    status: Literal["present", "late", "absent"] | None
    reason: str | None
    minutes: int | None
    note: str | None


class RegisterSheetRow(NamedTuple):
    """A register with everybody who stands in it. `revision` is 0 while it was not saved; say it when you save. `needs_why`:
    what changes needs a reason. `refusal` says why it cannot be kept now, null when it can."""

    class_id: UUID
    lesson_id: UUID | None
    day: dt.date
    revision: int
    needs_why: bool
    refusal: str | None
    marks: list[SheetMarkRow]


class RegisterSavedRow(NamedTuple):
    """What saving did: how many learners stand otherwise than before, and how many families hear of an absence."""

    register_id: UUID | None
    revision: int
    changed: int
    alerts: int


def _in_years(day: dt.date) -> None:
    if day.year not in YEARS:
        raise ValidationError("Not a day of a school.")


class Which(Schema):
    """Which register of a class."""

    day = fields.Date(required=True, validate=_in_years, metadata={"description": "The school's day."})
    lesson_id = fields.UUID(metadata={"description": "One of the day's lessons; without it the daily register."})


class Mark(Schema):
    """What is said of a learner."""

    learner_id = fields.UUID(required=True)
    status = one_of(*Status, required=True)
    reason = one_of(
        *REASONS,
        allow_none=True,
        metadata={"description": "Of an absence: a letter of the policy. Without one it is unexplained."},
    )
    minutes = fields.Integer(
        strict=True, allow_none=True, validate=validate.Range(1, MOST_MINUTES), metadata={"description": "How late they came."}
    )
    note = Words(LONGEST_NOTE, allow_none=True)

    @validates_schema
    def hang_together(self, said: Mapping[str, Any], **_: Any) -> None:
        if said.get("reason") and said["status"] != Status.ABSENT:
            raise ValidationError("Only an absence has a reason.", "reason")
        if said.get("minutes") and said["status"] != Status.LATE:
            raise ValidationError("Only somebody late has minutes.", "minutes")


class Sheet(Schema):
    """A register as it shall stand."""

    revision = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, 10**9),
        metadata={"description": "The one that you read; 0: none yet."},
    )
    marks = fields.List(fields.Nested(Mark), required=True, validate=validate.Length(1, MOST))
    why = Words(LONGEST_WHY, load_default="", metadata={"description": "Why it is corrected, where it was saved before."})


class Opened(NamedTuple):
    """A register, who stands in it, and how it stands to the one who asks."""

    head: Head
    rows: list[Row]
    day: dt.date
    today: dt.date
    refusal: str
    needs_why: bool


WHICH, SHEET = Which(), Sheet()


@api.get(ADDRESS)
@by_token(Scope.ATTENDANCE_READ)
@described("Read a register", GROUP, query=Which, answer=RegisterSheetRow)
def show_register(class_id: UUID) -> Response:
    which = asked(WHICH)
    opened = _open(class_id, which, asking())
    note_read("register")
    marks = [
        SheetMarkRow(row.id, row.name, row.number, row.status, row.reason, row.minutes, row.note)  # type: ignore[arg-type]
        for row in opened.rows
    ]
    return answering.one(
        RegisterSheetRow(
            class_id,
            which.get("lesson_id"),
            opened.day,
            opened.head.revision or 0,
            opened.needs_why,
            opened.refusal or None,
            marks,
        )
    )


@api.put(ADDRESS)
@by_token(Scope.ATTENDANCE_WRITE)
@described(
    "Save a register", GROUP, query=Which, body=SHEET, answer=RegisterSavedRow, problems=("conflict", "forbidden"),
    repeats=True, detail="Everybody who stands in it is named. Families hear of unexplained absences of today as ever.",
)  # fmt: skip
@repeatable
def save(class_id: UUID) -> Response:
    which, sheet = asked(WHICH), said(SHEET)
    person = asking()
    opened = _open(class_id, which, person)
    if opened.refusal:
        raise ApiProblem("forbidden", opened.refusal)
    entries = _entries(sheet["marks"], opened.rows)
    try:
        saved = save_register(
            opened.head, opened.rows, entries, day=opened.day, today=opened.today, revision=sheet["revision"],
            why=" ".join(sheet["why"].split()), needs_why=opened.needs_why, by=current_actor(), by_id=person.person_id,
        )  # fmt: skip
    except WhyMissing as fault:
        raise ApiProblem("invalid", errors=[{"pointer": "#/why", "detail": f"{fault.message}."}]) from None
    except RegisterChanged:
        raise ApiProblem("conflict", "The register was saved after that revision: read it again.") from None
    before = opened.head.revision or 0
    if saved is None:
        return answering.one(RegisterSavedRow(opened.head.register_id, before, 0, 0))
    return answering.one(RegisterSavedRow(saved.register_id, before + 1, saved.changed, saved.alerts))


def _open(class_id: UUID, which: Mapping[str, Any], person: Who) -> Opened:
    """The register that is asked for. Raises ApiProblem where the school has none such."""
    day, today = which["day"], today_of(person, clock.now())
    head = queries.head(class_id, day, which.get("lesson_id"), person.person_id)
    if head is None or not may_keep(head, person.role):
        raise ApiProblem("not-found")
    stands = standing(head, day, today, role=person.role, timezone=person.timezone or "")
    return Opened(head, queries.rows(head, day, None), day, today, stands.refusal, stands.needs_why)


def _entries(marks: Sequence[Mapping[str, Any]], rows: Sequence[Row]) -> dict[UUID, Entry]:
    """What is said of each learner of a register, of all of them and of nobody else. Raises ApiProblem."""
    there = {row.id for row in rows}
    entries: dict[UUID, Entry] = {}
    wrong: list[FieldError] = []
    for number, mark in enumerate(marks):
        learner = mark["learner_id"]
        if learner in entries or learner not in there:
            detail = "Named twice." if learner in entries else "Not in this register."
            wrong.append({"pointer": f"#/marks/{number}/learner_id", "detail": detail})
            continue
        note = " ".join((mark.get("note") or "").split())
        entries[learner] = Entry(mark["status"], mark.get("reason"), mark.get("minutes"), note or None)
    if missing := [str(row.id) for row in rows if row.id not in entries]:
        wrong.append({"pointer": "#/marks", "detail": f"Not named: {', '.join(missing)}."})
    if wrong:
        raise ApiProblem("invalid", errors=wrong)
    return entries
