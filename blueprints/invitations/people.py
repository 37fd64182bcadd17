"""Who of a school has an account, who was invited, and who has not signed in yet.

A school knows its people, their memberships and their invitations; when a user was last there only the platform knows. So it is
asked first, for the members of this one school, and everything else is read as the school.
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
from app.models.user import Membership, User
from app.tenancy.doors import across_schools, outside
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id
from app.web.paging import PAGE, Key, Page, cut


class Stand(StrEnum):
    """How far somebody is on the way to an account that they use."""

    SIGNED_IN = "signed_in"
    NEVER = "never"
    INVITED = "invited"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NONE = "none"


class Entry(NamedTuple):
    """Somebody of the school. `role` is what their membership makes of them, `invited_as` what their last invitation will;
    that one was `made_at`, ends at `expires_at`, was `sent_at`, or not for `error`. `state` is its state."""

    id: UUID
    name: str
    sort_key: str
    kind: str
    email: str | None
    flagged_at: dt.datetime | None
    user_id: UUID | None
    role: str | None
    stand: str
    state: str | None
    invited_as: str | None
    made_at: dt.datetime | None
    expires_at: dt.datetime | None
    sent_at: dt.datetime | None
    error: str | None

    @property
    def can_be_invited(self) -> bool:
        """Whether there is somewhere to send an invitation to, and nothing in the way of it."""
        return bool(self.email) and self.user_id is None and self.stand != Stand.INVITED


class Count(NamedTuple):
    """How many people of a kind stand where."""

    kind: str
    stand: str
    number: int


class Invitee(NamedTuple):
    """Somebody who could be invited."""

    id: UUID
    name: str
    kind: str
    email: str | None
    has_account: bool
    waits: bool


_Newer = aliased(Invitation)
_NEWEST = and_(
    Invitation.school_id == Person.school_id,
    Invitation.person_id == Person.id,
    ~(
        select(_Newer.id)
        .where(_Newer.school_id == Person.school_id, _Newer.person_id == Person.id, _Newer.id > Invitation.id)
        .exists()
    ),
)
_MEMBER = and_(Membership.school_id == Person.school_id, Membership.person_id == Person.id, Membership.ended_at.is_(None))
_NEVER: ColumnElement[bool] = Membership.user_id == any_(bindparam("never", type_=ARRAY(PG_UUID)))
state_now: ColumnElement[str] = STATE
stand_now: ColumnElement[str] = case(
    (and_(Membership.id.is_not(None), _NEVER), Stand.NEVER.value),
    (Membership.id.is_not(None), Stand.SIGNED_IN.value),
    (Invitation.id.is_(None), Stand.NONE.value),
    (state_now == State.ACTIVE.value, Stand.INVITED.value),
    (state_now == State.EXPIRED.value, Stand.EXPIRED.value),
    else_=Stand.REVOKED.value,
)
_KINDS = Person.kind == any_(bindparam("kinds", type_=ARRAY(Text)))
_MATCHES = or_(Person.name.ilike(bindparam("pattern"), escape="\\"), Person.email.ilike(bindparam("pattern"), escape="\\"))


def last_sign_ins() -> dict[UUID, dt.datetime | None]:
    """When each user of the current school was last there, by their id; None for those who never were."""
    school_id = current_school_id()
    members = (
        select(User.id, User.last_sign_in_at)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.school_id == school_id, Membership.ended_at.is_(None))
    )
    with outside(), across_schools("who of a school has signed in", routine=True) as session:
        return {row.id: row.last_sign_in_at for row in session.execute(members)}


def people(
    sign_ins: Mapping[UUID, dt.datetime | None], *, kinds: list[str], stand: str, pattern: str, after: Key | None
) -> Page[Entry]:
    """The people of these kinds who stand at `stand` ("" for all), by name; those behind `after`."""
    values: dict[str, Any] = dict(zip(("after_name", "after_id"), after or (), strict=False))
    values |= {"kinds": kinds, "never": _never(sign_ins)} | ({"stand": stand} if stand else {})
    with reading() as cursor:
        rows = _people(bool(stand), bool(pattern), after is not None).all(
            cursor, **values, **({"pattern": pattern} if pattern else {})
        )
    return cut(rows, lambda row: (row.sort_key, row.id))


def counts(sign_ins: Mapping[UUID, dt.datetime | None]) -> list[Count]:
    """How many people of each kind stand where, over the whole school."""
    with reading() as cursor:
        return _COUNTS.all(cursor, never=_never(sign_ins))


def invitees(*, ids: list[UUID] | None = None, kind: str | None = None) -> list[Invitee]:
    """The people with these ids, or all of a kind, who have no account yet or whom a page may still have shown without one."""
    with reading() as cursor:
        if ids is not None:
            return _CHOSEN.all(cursor, ids=ids)
        return _OF_KIND.all(cursor, kind=kind)


def _never(sign_ins: Mapping[UUID, dt.datetime | None]) -> list[UUID]:
    return [user_id for user_id, moment in sign_ins.items() if moment is None]


def _from(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.select_from(Person).outerjoin(Membership, _MEMBER).outerjoin(Invitation, _NEWEST)


@cache
def _people(by_stand: bool, by_name: bool, later: bool) -> Prepared[Entry]:
    statement = _from(
        select(
            Person.id, Person.name, Person.sort_key, Person.kind, Person.email, Person.email_flagged_at.label("flagged_at"),
            Membership.user_id, Membership.role, stand_now.label("stand"),
            case((Invitation.id.is_not(None), STATE)).label("state"), Invitation.role.label("invited_as"),
            Invitation.created_at.label("made_at"), Invitation.expires_at, Invitation.sent_at, Invitation.error,
        )
    ).where(HERE, _KINDS).order_by(Person.sort_key, Person.id).limit(PAGE + 1)  # fmt: skip
    if by_stand:
        statement = statement.where(stand_now == bindparam("stand", type_=Text))
    if by_name:
        statement = statement.where(_MATCHES)
    if later:
        key = tuple_(bindparam("after_name", type_=Text), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(Person.sort_key, Person.id) > key)
    return Prepared(statement, Entry)


_COUNTS = Prepared(
    _from(select(Person.kind, stand_now.label("stand"), func.count().label("number")))
    .where(HERE)
    .group_by(Person.kind, stand_now),
    Count,
)
_INVITEES = (
    _from(
        select(
            Person.id, Person.name, Person.kind,
            case((Person.email_flagged_at.is_(None), Person.email)).label("email"),
            Membership.id.is_not(None).label("has_account"),
            func.coalesce(and_(Invitation.id.is_not(None), state_now == State.ACTIVE.value), False).label("waits"),
        )
    )
    .where(HERE)
    .order_by(Person.sort_key, Person.id)
)  # fmt: skip
_CHOSEN = Prepared(_INVITEES.where(Person.id == any_(bindparam("ids", type_=ARRAY(PG_UUID)))), Invitee)
_OF_KIND = Prepared(_INVITEES.where(Person.kind == bindparam("kind", type_=Text), Membership.id.is_(None)), Invitee)
KINDS = (Kind.STAFF.value, Kind.GUARDIAN.value, Kind.LEARNER.value)
