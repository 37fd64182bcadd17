"""/operator/people: those who run the platform. For superusers alone."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.who import asking
from app.audit.record import Actor, current_actor
from app.domain.platform_staff import AlreadyStaff, CannotChange, Invited, NotStaff, Oneself
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.user import PlatformRole
from app.tenancy.doors import across_schools
from app.web.filters import asked
from app.web.page import render
from blueprints.staff import operations, queries
from blueprints.staff.forms import InviteForm

pages = Blueprint("staff", __name__, url_prefix="/operator/people", template_folder="templates")
Answer = str | Response | tuple[str, int]


@pages.get("")
@allow(Permission.PLATFORM_STAFF)
def list_staff() -> Answer:
    filters = asked(place=(str,), state=queries.STATES)
    with across_schools(N_("Platform staff")) as session:
        page = queries.staff(session, state=filters.chosen["state"], pattern=filters.pattern, after=filters.after)
        counts = queries.counts(session)
    return render("staff/list.html", page=page, asked=filters, counts=counts, me=asking().user_id)


@pages.route("/new", methods=["GET", "POST"])
@allow(Permission.PLATFORM_STAFF)
def invite() -> Answer:
    demand_step_up(back=url_for(".invite"))
    form = InviteForm()
    if form.validate_on_submit():
        role, language = PlatformRole(form.role.data), speech().language
        try:
            made = operations.invite(
                email=form.email.data, name=form.name.data, role=role, language=language, by=current_actor()
            )  # fmt: skip
        except AlreadyStaff as refused:
            form.email.errors = [speech().gettext(refused.message)]
        else:
            return _invited(made)
    page = render("staff/invite.html", form=form)
    return (page, 422) if form.problems else page


@pages.route("/<uuid:user_id>/superuser", methods=["GET", "POST"])
@allow(Permission.PLATFORM_STAFF)
def make_superuser(user_id: UUID) -> Answer:
    if request.method != "POST":
        return _ask("staff/make_superuser.html", user_id)
    role = PlatformRole.SUPERUSER
    return _do(lambda by: operations.change_role(user_id, role, by=by), N_("%(name)s is a superuser now."))


@pages.post("/<uuid:user_id>/operator")
@allow(Permission.PLATFORM_STAFF)
def make_operator(user_id: UUID) -> Answer:
    role = PlatformRole.OPERATOR
    return _do(lambda by: operations.change_role(user_id, role, by=by), N_("%(name)s is an operator now."))


@pages.route("/<uuid:user_id>/disable", methods=["GET", "POST"])
@allow(Permission.PLATFORM_STAFF)
def disable(user_id: UUID) -> Answer:
    if request.method != "POST":
        return _ask("staff/disable.html", user_id)
    return _do(lambda by: operations.disable(user_id, by=by), N_("%(name)s is disabled and signed out everywhere."))


@pages.post("/<uuid:user_id>/enable")
@allow(Permission.PLATFORM_STAFF)
def enable(user_id: UUID) -> Answer:
    return _do(lambda by: operations.enable(user_id, by=by), N_("%(name)s can sign in again."))


def _invited(made: Invited) -> Answer:
    """The link, this once; who has a password already needs none."""
    if made.link is None:
        flash(speech().gettext("%(name)s runs the platform now, and signs in as always.", name=made.name), "ok")
        return redirect(url_for(".list_staff"), 303)
    return render("staff/invited.html", made=made)


def _ask(template: str, user_id: UUID) -> Answer:
    """The page that asks before a deed on a colleague; who cannot be changed is told so at once."""
    demand_step_up()
    with across_schools(N_("Platform staff")) as session:
        person = queries.person(session, user_id)
    if person is None or person.id == asking().user_id:
        flash(speech().gettext((NotStaff if person is None else Oneself).message), "warn")
        return redirect(url_for(".list_staff"), 303)
    return render(template, person=person)


def _do(deed: Callable[[Actor], str], said: str) -> Response:
    """Do it to whoever `deed` names, say so, and go back to the list."""
    demand_step_up(back=url_for(".list_staff"))
    try:
        flash(speech().gettext(said, name=deed(current_actor())), "ok")
    except CannotChange as refused:
        flash(speech().gettext(refused.message), "warn")
    return redirect(url_for(".list_staff"), 303)
