"""/settings/people: the people of a school and their accounts, and what the school decides about each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.throttle import TooManyTries
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.invitations import person_of
from app.domain.memberships import NO_ACCOUNT, accounts, last_sign_ins
from app.i18n.speech import speech
from app.models.person import Person
from app.web.filters import asked
from app.web.page import render
from app.web.paging import BY_NAME
from blueprints.members import operations, queries
from blueprints.members.forms import RoleForm
from blueprints.members.operations import CannotChange, Chief
from blueprints.members.queries import KINDS, ROLES, Count, Entry, Stand
from blueprints.members.words import METHODS, STANDS

pages = Blueprint("members", __name__, url_prefix="/settings/people", template_folder="templates")
Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@pages.get("")
@allow(Permission.PEOPLE_MANAGE)
def list_people() -> Answer:
    filters = asked(place=BY_NAME, kind=KINDS, role=ROLES, state=tuple(Stand))
    chosen = filters.chosen
    never = queries.never_in(last_sign_ins())
    page = queries.people(
        never, kinds=[chosen["kind"]] if chosen["kind"] else list(KINDS), role=chosen["role"], stand=chosen["state"],
        pattern=filters.pattern, after=filters.after,
    )  # fmt: skip
    counted = queries.counts(never)
    found = accounts({row.user_id for row in page.rows if row.user_id})
    return render(
        "members/list.html", page=page, asked=filters, accounts=found, nothing=NO_ACCOUNT, methods=METHODS, words=STANDS,
        kinds=_shares(counted, "kind", role=chosen["role"], stand=chosen["state"]),
        roles=_shares(counted, "role", kind=chosen["kind"], stand=chosen["state"]),
        stands=_shares(counted, "stand", kind=chosen["kind"], role=chosen["role"]),
    )  # fmt: skip


@pages.get("/<uuid:person_id>")
@allow(Permission.PEOPLE_MANAGE)
def show_person(person_id: UUID) -> Answer:
    row = entry(person_id)
    account = accounts({row.user_id})[row.user_id] if row.user_id else NO_ACCOUNT
    return render(
        "members/show.html", row=row, account=account, methods=METHODS, words=STANDS, me=asking().user_id,
        roles=operations.roles_for(row.kind, asking().role), decides=_decides(row),
    )  # fmt: skip


@pages.route("/<uuid:person_id>/role", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def change_role(person_id: UUID) -> Answer:
    person, row = _person(person_id), entry(person_id)
    form = RoleForm(operations.roles_for(row.kind, asking().role), data={"role": row.role})
    demand_step_up(back=url_for(".change_role", person_id=person_id))
    if form.validate_on_submit():
        try:
            changed = operations.change_role(person, form.role.data, chief=_chief(), by=current_actor())
        except CannotChange as refused:
            form.role.errors = [speech().gettext(refused.message)]
        else:
            said = speech().gettext("%(name)s has another role now.", name=person.name), "ok"
            flash(*said if changed else (speech().gettext("Nothing was different, so nothing was saved."), "info"))
            if changed and row.user_id == asking().user_id:  # who may not see this page any more
                return redirect(url_for("portal.dashboard"), 303)
            return to_person(person_id)
    page = render("members/role.html", form=form, row=row)
    return (page, 422) if form.problems else page


@pages.route("/<uuid:person_id>/disable", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def disable(person_id: UUID) -> Answer:
    person = _person(person_id)
    demand_step_up(back=url_for(".disable", person_id=person_id))
    if request.method != "POST":
        return render("members/disable.html", row=entry(person_id))
    said = speech().gettext("The account of %(name)s no longer opens the school.", name=person.name)
    return _do(person, lambda: operations.disable(person, chief=_chief(), by=current_actor()), said)


@pages.post("/<uuid:person_id>/enable")
@allow(Permission.PEOPLE_MANAGE)
def enable(person_id: UUID) -> Answer:
    person = _person(person_id)
    demand_step_up(back=url_for(".show_person", person_id=person_id))
    said = speech().gettext("The account of %(name)s opens the school again.", name=person.name)
    return _do(person, lambda: operations.enable(person, chief=_chief(), by=current_actor()), said)


@pages.post("/<uuid:person_id>/password-link")
@allow(Permission.PEOPLE_MANAGE)
def mail_link(person_id: UUID) -> Answer:
    person = _person(person_id)
    said = speech().gettext("A link to choose a new password is on its way to %(name)s’s own address.", name=person.name)
    try:
        return _do(person, lambda: operations.mail_link(person, language=speech().language, by=current_actor()), said)
    except TooManyTries as many:
        wait = speech().ngettext(
            "Enough links were sent. Try again in %(num)s minute.", "Enough links were sent. Try again in %(num)s minutes.",
            many.minutes,
        )  # fmt: skip
        flash(wait, "warn")
        return to_person(person_id)


def _do(person: Person, deed: Callable[[], None], said: str) -> Response:
    """Do it, say what came of it, and go back to the page of the person."""
    try:
        deed()
    except CannotChange as refused:
        flash(speech().gettext(refused.message), "warn")
    else:
        flash(said, "ok")
    return to_person(person.id)


def to_person(person_id: UUID) -> Response:
    """Back to the page of a person."""
    return redirect(url_for(".show_person", person_id=person_id), 303)


def _chief() -> Chief:
    person = asking()
    return Chief(person.user_id, person.role, person.session_id)


def _decides(row: Entry) -> bool:
    """Whether the one who asks may decide about this membership: about owners only owners do."""
    return row.role != "owner" or asking().role == "owner"


def _person(person_id: UUID) -> Person:
    return person_of(person_id) or abort(404)


def entry(person_id: UUID) -> Entry:
    """Somebody of the school who has not left, as the table has them; 404 for nobody."""
    return queries.person(person_id, queries.never_in(last_sign_ins())) or abort(404)


def _shares(counted: list[Count], of: str, **wanted: str) -> dict[str, int]:
    """How many there are of each value of one filter, while the others stay as they are; "" is all of them."""
    shares = Counter[str]()
    for count in counted:
        if all(not value or getattr(count, name) == value for name, value in wanted.items()):
            shares[getattr(count, of)] += count.number
    values = {"kind": KINDS, "role": ROLES, "stand": tuple(Stand)}[of]
    return {"": shares.total(), **{str(value): shares[value] for value in values}}
