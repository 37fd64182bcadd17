"""Who of a school has an account, who was invited, whose account the school has disabled, and who has not signed in yet.

A school knows its people, their memberships and their invitations; when a user was last there and how they sign in only the
platform knows. So it is asked first, for the members of this one school, and everything else is read as the school.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, any_, bindparam, case, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import aliased

from app.domain.invitations import STATE, State
from app.domain.people import HERE
from app.models.invitation import Invitation
from app.models.person import Kind, Person
from app.models.user import EndReason, Membership, Role
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

KINDS = (Kind.STAFF.value, Kind.GUARDIAN.value, Kind.LEARNER.value)
ROLES = tuple(role.value for role in Role)


class Stand(StrEnum):
    """How far somebody is on the way to an account that they use, or off it again."""

    SIGNED_IN = "signed_in"
    NEVER = "never"
    INVITED = "invited"
    EXPIRED = "expired"
    REVOKED = "revoked"
    DISABLED = "disabled"
    MOVED = "moved"
    NONE = "none"


class Entry(NamedTuple):
    """Somebody of the school. `role` is what their membership makes or made of them, `invited_as` what their last invitation
    will; that one was `made_at`, ends at `expires_at`, was `sent_at`, or not for `error`. `state` is its state.

    `user_id` and `joined_at` are of the membership that goes on, or was disabled.
    """

    id: UUID
    name: str
    sort_key: str
    kind: str
    email: str | None
    flagged_at: dt.datetime | None
    user_id: UUID | None
    role: str | None
    joined_at: dt.datetime | None
    stand: str
    state: str | None
    invited_as: str | None
    made_at: dt.datetime | None
    expires_at: dt.datetime | None
    sent_at: dt.datetime | None
    error: str | None

    @property
    def is_member(self) -> bool:
        """Whether a membership goes on."""
        return self.stand in (Stand.SIGNED_IN, Stand.NEVER)

    @property
    def is_disabled(self) -> bool:
        return self.stand == Stand.DISABLED

    @property
    def can_be_invited(self) -> bool:
        """Whether there is somewhere to send an invitation to, and nothing in the way of it."""
        return bool(self.email) and self.flagged_at is None and self.user_id is None and self.stand != Stand.INVITED


class Count(NamedTuple):
    """How many people of a kind and a role stand where."""

    kind: str
    role: str
    stand: str
    number: int


_Newer, _Later = aliased(Invitation), aliased(Membership)
_NEWEST = and_(
    Invitation.school_id == Person.school_id,
    Invitation.person_id == Person.id,
    ~(
        select(_Newer.id)
        .where(_Newer.school_id == Person.school_id, _Newer.person_id == Person.id, _Newer.id > Invitation.id)
        .exists()
    ),
)
#: the membership that goes on, else the last one; one that ended with its person's leaving counts as none
_MEMBER = and_(
    Membership.school_id == Person.school_id,
    Membership.person_id == Person.id,
    or_(Membership.ended_at.is_(None), Membership.end_reason.is_not(None)),
    ~(
        select(_Later.id)
        .where(
            _Later.school_id == Person.school_id,
            _Later.person_id == Person.id,
            Membership.ended_at.is_not(None),
            or_(_Later.ended_at.is_(None), tuple_(_Later.ended_at, _Later.id) > tuple_(Membership.ended_at, Membership.id)),
        )
        .exists()
    ),
)
_HOLDS = and_(Membership.id.is_not(None), Membership.ended_at.is_(None))
_DISABLED: ColumnElement[bool] = Membership.end_reason == EndReason.DISABLED.value
_MOVED: ColumnElement[bool] = Membership.end_reason == EndReason.MOVED.value
_state: ColumnElement[str] = STATE
_IS_ACTIVE: ColumnElement[bool] = _state == State.ACTIVE.value
_EXPIRED: ColumnElement[bool] = _state == State.EXPIRED.value
_KEPT = or_(_HOLDS, _DISABLED)  # a membership that goes on, or can
_NEVER: ColumnElement[bool] = Membership.user_id == any_(bindparam("never", type_=ARRAY(PG_UUID)))
_WAITS: ColumnElement[bool] = and_(Invitation.id.is_not(None), _IS_ACTIVE)
stand_now: ColumnElement[str] = case(
    (and_(_HOLDS, _NEVER), Stand.NEVER.value),
    (_HOLDS, Stand.SIGNED_IN.value),
    (_DISABLED, Stand.DISABLED.value),
    (_WAITS, Stand.INVITED.value),
    (_MOVED, Stand.MOVED.value),
    (Invitation.id.is_(None), Stand.NONE.value),
    (_EXPIRED, Stand.EXPIRED.value),
    else_=Stand.REVOKED.value,
)
role_now: ColumnElement[str] = case((_KEPT, Membership.role), else_=func.coalesce(Invitation.role, ""))
_KIND_IS = Person.kind == any_(bindparam("kinds", type_=ARRAY(Text)))
_MATCHES = or_(Person.name.ilike(bindparam("pattern"), escape="\\"), Person.email.ilike(bindparam("pattern"), escape="\\"))


def people(never: list[UUID], *, kinds: list[str], role: str, stand: str, pattern: str, after: Key | None) -> Page[Entry]:
    """The people of these kinds, with `role` and at `stand` ("" for all), by name; those behind `after`.

    `never` are the users of the school who have never signed in.
    """
    values: dict[str, Any] = dict(zip(("after_name", "after_id"), after or (), strict=False))
    values |= {"kinds": kinds, "never": never} | {k: v for k, v in (("stand", stand), ("role", role)) if v}
    with reading() as cursor:
        rows = _people(bool(stand), bool(role), bool(pattern), after is not None).all(
            cursor, **values, **({"pattern": pattern} if pattern else {})
        )
    return cut(rows, lambda row: (row.sort_key, row.id))


def every(cursor: Any, never: list[UUID], *, kinds: list[str], role: str, stand: str) -> Any:
    """All of them, by name, through a cursor of `reading()`: for a file."""
    values = {"kinds": kinds, "never": never} | {k: v for k, v in (("stand", stand), ("role", role)) if v}
    return _people(bool(stand), bool(role), by_name=False, later=False, limit=False).stream(cursor, **values)


def person(person_id: UUID, never: list[UUID]) -> Entry | None:
    """One of the people of the school, None for nobody of it and for who has left."""
    with reading() as cursor:
        found = _ONE.all(cursor, id=person_id, never=never)
    return found[0] if found else None


def counts(never: list[UUID]) -> list[Count]:
    """How many people of each kind and role stand where, over the whole school."""
    with reading() as cursor:
        return _COUNTS.all(cursor, never=never)


def never_in(sign_ins: Mapping[UUID, dt.datetime | None]) -> list[UUID]:
    """The users who have never signed in."""
    return [user_id for user_id, moment in sign_ins.items() if moment is None]


def _from(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.select_from(Person).outerjoin(Membership, _MEMBER).outerjoin(Invitation, _NEWEST).where(HERE)


_ENTRY = _from(
    select(
        Person.id, Person.name, Person.sort_key, Person.kind, Person.email, Person.email_flagged_at.label("flagged_at"),
        case((_KEPT, Membership.user_id)).label("user_id"), case((_KEPT, Membership.role)).label("role"),
        case((_KEPT, Membership.created_at)).label("joined_at"), stand_now.label("stand"),
        case((Invitation.id.is_not(None), STATE)).label("state"), Invitation.role.label("invited_as"),
        Invitation.created_at.label("made_at"), Invitation.expires_at, Invitation.sent_at, Invitation.error,
    )
)  # fmt: skip


@cache
def _people(by_stand: bool, by_role: bool, by_name: bool, later: bool, limit: bool = True) -> Prepared[Entry]:
    statement = _ENTRY.where(_KIND_IS).order_by(Person.sort_key, Person.id)
    if limit:
        statement = statement.limit(PAGE + 1)
    if by_stand:
        statement = statement.where(stand_now == bindparam("stand", type_=Text))
    if by_role:
        statement = statement.where(role_now == bindparam("role", type_=Text))
    if by_name:
        statement = statement.where(_MATCHES)
    if later:
        key = tuple_(bindparam("after_name", type_=Text), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(Person.sort_key, Person.id) > key)
    return Prepared(statement, Entry)


_ONE = Prepared(_ENTRY.where(Person.id == bindparam("id", type_=PG_UUID)), Entry)
_COUNTS = Prepared(
    _from(
        select(Person.kind, role_now.label("role"), stand_now.label("stand"), func.count().label("number"))
    ).group_by(Person.kind, role_now, stand_now),
    Count,
)  # fmt: skip
