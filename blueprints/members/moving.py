"""The address under which somebody is moved to another school by a person who manages both."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.who import asking
from app.audit.record import Actor, current_actor
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools, outside
from app.tenancy.scope import current_school_id
from app.web.page import render
from blueprints.members import transfer
from blueprints.members.forms import MoveForm
from blueprints.members.routes import Answer, entry, to_person
from blueprints.members.routes import pages as pages  # with the address below
from blueprints.members.staying import staying
from blueprints.members.transfer import CannotMove, Destination, Moved, Mover

MOVES = N_("A person moves to another school")


@pages.route("/<uuid:person_id>/move", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def move(person_id: UUID) -> Answer:
    row, mover, by, school_id = entry(person_id), mover_now(), current_actor(), current_school_id()
    demand_step_up(back=url_for(".move", person_id=person_id))
    if not row.is_member:
        flash(speech().gettext(transfer.NotMember.message), "warn")
        return to_person(person_id)
    with outside(), across_schools(MOVES) as session:
        places = transfer.destinations(session, mover, but=school_id)
        form = form_for(row.kind, row.role, places)
        stays = staying(session, school_id, person_id)
        if form.validate_on_submit():
            moved = try_to_move(session, form, school_id=school_id, person_id=person_id, mover=mover, by=by)
            if moved:
                flash(told(moved), "ok")
                return redirect(url_for("members.list_people"), 303)
    page = render("members/move.html", form=form, row=row, stays=stays, places=places)
    return (page, 422) if form.problems else page


def mover_now() -> Mover:
    """The one who asks, as `transfer` wants them; an operator in a support visit is one of the platform's."""
    person = asking()
    return Mover(person.user_id, person.role, is_operator=person.visit is not None or person.role is None)


def form_for(kind: str, role: str | None, places: list[Destination]) -> MoveForm:
    """The form with the schools and the roles that can be chosen; whoever owns none of the schools makes no owners."""
    chosen = next((place for place in places if str(place.id) == request.form.get("school", "")), None)
    offered = {given for place in ([chosen] if chosen else places) for given in transfer.roles_there(kind, place)}
    roles = [given for given in transfer.roles_there(kind, None) if given in offered]
    return MoveForm(roles, [(place.id, place.name) for place in places], data={"role": role if role in roles else None})


def try_to_move(
    session: Session, form: MoveForm, *, school_id: int, person_id: UUID, mover: Mover, by: Actor | None
) -> Moved | None:
    """Move somebody as a valid form says; None where it cannot be done: then the form tells why."""
    to, role = int(form.school.data), form.role.data
    try:
        moved = transfer.move(session, school_id=school_id, person_id=person_id, to=to, role=role, mover=mover, by=by)
    except CannotMove as refused:
        session.rollback()
        form.school.errors = [speech().gettext(refused.message)]
        return None
    session.commit()
    return moved


def told(moved: Moved) -> str:
    """What to say of somebody who has moved."""
    return speech().gettext("%(name)s belongs to %(school)s now.", name=moved.name, school=moved.school)
