"""Below /settings/people: the invitations to those of a school who have no account yet."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.proofs import BOUND
from app.access.step_up import demand_of_holders
from app.access.throttle import TooManyTries
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.invitations import ROLES, State, link_path, person_of, state_of
from app.extensions import current_settings
from app.i18n.speech import speech
from app.models.person import Kind, Person
from app.web.page import render
from app.web.paging import PAGE
from blueprints.invitations import inviting
from blueprints.invitations import people as reads
from blueprints.invitations.forms import NewPersonForm, RoleForm
from blueprints.invitations.inviting import AddressTaken, CannotInvite

pages = Blueprint("invitations", __name__, template_folder="templates")
Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
PEOPLE = "/settings/people"
IN_BULK = (Kind.STAFF.value, Kind.GUARDIAN.value)


@pages.route(f"{PEOPLE}/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def add_person() -> Answer:
    inviter = asking().role
    form = NewPersonForm([role for kind in IN_BULK for role in inviting.roles_for(kind, inviter)])
    if form.validate_on_submit():
        _demand_for(form.role.data)
        try:
            person = inviting.add_person(name=form.name.data, email=form.email.data, role=form.role.data, by=current_actor())
            return _invited(person, form.role.data, inviter)
        except AddressTaken as taken:
            form.email.errors = [speech().gettext(taken.message, name=taken.name)]
        except TooManyTries as many:  # nobody was added either: what is answered so is not committed
            form.email.errors = [_wait(many)]
            return render("invitations/add_person.html", form=form), 429, {"Retry-After": str(many.wait)}
    page = render("invitations/add_person.html", form=form)
    return (page, 422) if form.problems else page


@pages.route(f"{PEOPLE}/<uuid:person_id>/invite", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def invite_person(person_id: UUID) -> Answer:
    person, inviter = _person(person_id), asking().role
    last = inviting.last_invitation(person_id)
    roles = inviting.roles_for(person.kind, inviter)
    usual = last.role if last and last.role in roles else roles[0]
    form = RoleForm(roles, data={"role": usual})
    try:
        if form.validate_on_submit():
            _demand_for(form.role.data)
            return _invited(person, form.role.data, inviter)
        inviting.refuse_signed_in(person)
    except CannotInvite as refused:
        return _back(refused)
    except TooManyTries as many:
        flash(_wait(many), "warn")
        return _back()
    waits = last is not None and state_of(last) is State.ACTIVE
    page = render("invitations/invite.html", form=form, person=person, last=last, waits=waits)
    return (page, 422) if form.problems else page


@pages.post(f"{PEOPLE}/<uuid:person_id>/revoke")
@allow(Permission.PEOPLE_MANAGE)
def revoke_invitation(person_id: UUID) -> Answer:
    person = _person(person_id)
    try:
        inviting.revoke(person, inviter=asking().role, by=current_actor())
    except CannotInvite as refused:
        return _back(refused)
    flash(speech().gettext("The invitation of %(name)s is taken back. Its link works no longer.", name=person.name), "ok")
    return _back()


@pages.route(f"{PEOPLE}/invite", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def invite_many() -> Answer:
    """Of the people in the address (`who`, several, or a `kind`): how many there are first, and then the deed."""
    kind, ids = request.values.get("kind", ""), _ids(request.values.getlist("who"))
    if (kind and kind not in IN_BULK) or len(ids) > PAGE:
        abort(404)
    if not (kind or ids or request.args):  # the bare address: looking stores nothing, not even a message
        return _back()
    if not kind and not ids:
        flash(speech().gettext("Choose the people to invite, each with the box before their name."), "info")
        return _back()
    plan = inviting.plan(reads.invitees(kind=kind) if kind else reads.invitees(ids=ids))
    form = RoleForm(inviting.roles_for(Kind.STAFF, asking().role), data={"role": ROLES[Kind.STAFF][0]})
    if request.method != "POST" or (plan.staff and not form.validate()):
        page = render("invitations/invite_many.html", form=form, plan=plan, kind=kind)
        return (page, 422) if form.problems else page
    number = inviting.invite_all(
        plan.able, staff_role=form.role.data if plan.staff else None, inviter=asking().role, by=current_actor()
    )  # fmt: skip
    flash(
        speech().ngettext(
            "%(num)s invitation is on its way.", "%(num)s invitations are on their way.", number
        ) if number else speech().gettext("Nobody was left to invite."),
        "ok" if number else "info",
    )  # fmt: skip
    return _back()


def _demand_for(role: str) -> None:
    """Whoever gives away the running of a school proves anew who they are."""
    if role in BOUND:
        demand_of_holders(back=request.path)


def _invited(person: Person, role: str, inviter: str | None) -> Answer:
    """The page that shows the link of a new invitation, this once."""
    made = inviting.invite_person(person, role=role, inviter=inviter, by=current_actor())
    link = current_settings().public_url + link_path(made.id)
    return render("invitations/invited.html", name=person.name, invitation=made, link=link, back=url_for("members.list_people"))


def _wait(many: TooManyTries) -> str:
    return speech().ngettext(
        "You have invited many people in a short time. Try again in %(num)s minute.",
        "You have invited many people in a short time. Try again in %(num)s minutes.",
        many.minutes,
    )


def _person(person_id: UUID) -> Person:
    return person_of(person_id) or abort(404)


def _ids(given: list[str]) -> list[UUID]:
    """The ids that an address holds; 404 for what is none."""
    try:
        return [UUID(text) for text in given]
    except ValueError:
        abort(404)


def _back(refused: CannotInvite | None = None) -> Response:
    """To the list, with the reason why something was not done."""
    if refused:
        flash(speech().gettext(refused.message), "warn")
    return redirect(url_for("members.list_people"), 303)
