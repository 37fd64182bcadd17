"""Roster imports as several areas know them: the fields of a roster, and when an import has stalled."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_

from app.i18n.catalogue import N_
from app.models.roster import ImportState, RosterImport


class Field(StrEnum):
    """What a column of a roster can hold. The names are the headings of the template."""

    NUMBER = "learner_number"
    FIRST = "first_name"
    LAST = "last_name"
    KNOWN_AS = "known_as"
    BIRTH = "birth_date"
    CLASS = "class"
    GUARDIAN = "guardian_name"
    RELATION = "guardian_relation"
    EMAIL = "guardian_email"
    PHONE = "guardian_phone"
    LANGUAGE = "guardian_language"


#: what people call them
LABELS = {
    Field.NUMBER.value: N_("Learner number"),
    Field.FIRST.value: N_("First name"),
    Field.LAST.value: N_("Surname"),
    Field.KNOWN_AS.value: N_("Known as"),
    Field.BIRTH.value: N_("Date of birth"),
    Field.CLASS.value: N_("Class"),
    Field.GUARDIAN.value: N_("Name of parent or guardian"),
    Field.RELATION.value: N_("Relation to the learner"),
    Field.EMAIL.value: N_("Email of parent or guardian"),
    Field.PHONE.value: N_("Phone of parent or guardian"),
    Field.LANGUAGE.value: N_("Language of parent or guardian"),
}
#: without these no row can be read
NEEDED = (Field.FIRST, Field.LAST)
#: work goes on by itself in these, else something has stopped it
GOING = (ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING)
PATIENCE = dt.timedelta(minutes=10)  # after its last sign of life an import that should go on has stalled


def has_stalled() -> ColumnElement[bool]:
    """Of an import: whether it has failed, or should go on and has given no sign of life for a while."""
    return or_(
        RosterImport.state == ImportState.FAILED.value,
        and_(RosterImport.state.in_([state.value for state in GOING]), RosterImport.moved_at < func.now() - PATIENCE),
    )


def stands_still(state: str, moved_at: dt.datetime | None, now: dt.datetime) -> bool:
    """The same of one that is read already."""
    return state == ImportState.FAILED or (state in set(GOING) and moved_at is not None and moved_at < now - PATIENCE)
