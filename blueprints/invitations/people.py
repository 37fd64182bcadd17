"""The people of a school whom an invitation could go to."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, any_, bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import aliased

from app.domain.invitations import STATE, State
from app.domain.people import HERE
from app.models.invitation import Invitation
from app.models.person import Person
from app.models.user import EndReason, Membership
from app.tenancy.reading import Prepared, reading


class Invitee(NamedTuple):
    """Somebody who could be invited. `has_account`: also one that the school has disabled."""

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
_HAS_ACCOUNT = (
    select(Membership.id)
    .where(
        Membership.school_id == Person.school_id, Membership.person_id == Person.id,
        or_(Membership.ended_at.is_(None), Membership.end_reason == EndReason.DISABLED.value),
    )
    .exists()
)  # fmt: skip


_state: ColumnElement[str] = STATE
_ACTIVE: ColumnElement[bool] = _state == State.ACTIVE.value


def invitees(*, ids: list[UUID] | None = None, kind: str | None = None) -> list[Invitee]:
    """The people with these ids, or all of a kind, who have no account yet or whom a page may still have shown without one."""
    with reading() as cursor:
        if ids is not None:
            return _CHOSEN.all(cursor, ids=ids)
        return _OF_KIND.all(cursor, kind=kind)


_INVITEES: Select[*tuple[Any, ...]] = (
    select(
        Person.id, Person.name, Person.kind, case((Person.email_flagged_at.is_(None), Person.email)).label("email"),
        _HAS_ACCOUNT.label("has_account"),
        func.coalesce(and_(Invitation.id.is_not(None), _ACTIVE), False).label("waits"),
    )
    .select_from(Person)
    .outerjoin(Invitation, _NEWEST)
    .where(HERE)
    .order_by(Person.sort_key, Person.id)
)  # fmt: skip
_CHOSEN = Prepared(_INVITEES.where(Person.id == any_(bindparam("ids", type_=ARRAY(PG_UUID)))), Invitee)
_OF_KIND = Prepared(_INVITEES.where(Person.kind == bindparam("kind", type_=Text), ~_HAS_ACCOUNT), Invitee)
