"""/operator/invitations: those of all schools, for operators. They act in no school, so each deed stands in both logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.invitations import ROLES, State, link_path
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.person import Kind
from app.models.school import School
from app.tenancy.doors import across_schools, outside
from app.web.filters import Asked, asked
from app.web.page import render
from blueprints.invitations import every_school
from blueprints.invitations.every_school import Made, Narrow
from blueprints.invitations.forms import NewPersonForm
from blueprints.invitations.inviting import AddressTaken, CannotInvite
from blueprints.invitations.routes import Answer, pages

__all__ = ["pages"]  # those of `routes`, and these
ALL = "/operator/invitations"
ROLES_OF_ALL = [role.value for kind in (Kind.STAFF, Kind.GUARDIAN, Kind.LEARNER) for role in ROLES[kind]]


@pages.get(ALL)
@allow(Permission.PLATFORM_OPERATE)
def list_all() -> Answer:
    filters, school_id = _filters()
    narrow = Narrow(school_id, bool(filters.chosen["signed"]), filters.pattern)
    with _platform(N_("Invitations of all schools")) as session:
        school = _school(session, school_id) if school_id is not None else None
        page = every_school.invitations_of_all(session, narrow, state=filters.chosen["state"], after=filters.after)
        counts = every_school.counts(session, narrow)
    return render("invitations/all.html", page=page, asked=filters, counts=counts, school=school and (school.id, school.name))


@pages.get(f"{ALL}/new")
@allow(Permission.PLATFORM_OPERATE)
def choose_school() -> Answer:
    filters = asked()
    with _platform(N_("An invitation")) as session:
        schools = every_school.school_names(session, pattern=filters.pattern or "%")
    return render("invitations/choose_school.html", schools=schools, asked=filters)


@pages.route("/operator/schools/<int:school_id>/invite", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def invite_for_school(school_id: int) -> Answer:
    form = NewPersonForm(ROLES_OF_ALL)
    with _platform(N_("An invitation")) as session:
        name = _school(session, school_id).name
        if form.validate_on_submit():
            try:
                made = every_school.invite(
                    session, school_id, name=form.name.data, email=form.email.data, role=form.role.data, by=current_actor()
                )
                session.commit()
                return _made(made)
            except AddressTaken as taken:
                session.rollback()
                form.email.errors = [speech().gettext(taken.message, name=taken.name)]
            except CannotInvite as refused:
                session.rollback()
                form.email.errors = [speech().gettext(refused.message)]
    page = render("invitations/invite_for_school.html", form=form, school=name, school_id=school_id)
    return (page, 422) if form.problems else page


@pages.post(f"{ALL}/<uuid:invitation_id>/resend")
@allow(Permission.PLATFORM_OPERATE)
def resend(invitation_id: UUID) -> Answer:
    try:
        with _platform(N_("An invitation")) as session:
            made = every_school.resend(session, invitation_id, by=current_actor())
            session.commit()
            return _made(made)
    except CannotInvite as refused:
        flash(speech().gettext(refused.message), "warn")
        return _to_list()


@pages.post(f"{ALL}/<uuid:invitation_id>/revoke")
@allow(Permission.PLATFORM_OPERATE)
def revoke(invitation_id: UUID) -> Answer:
    try:
        with _platform(N_("An invitation")) as session:
            name = every_school.revoke(session, invitation_id, by=current_actor())
            session.commit()
        flash(speech().gettext("The invitation of %(name)s is taken back. Its link works no longer.", name=name), "ok")
    except CannotInvite as refused:
        flash(speech().gettext(refused.message), "warn")
    return _to_list()


@contextmanager
def _platform(reason: str) -> Iterator[Session]:
    """The platform's session, also for an operator who is on a visit in a school meanwhile."""
    with outside(), across_schools(reason) as session:
        yield session


def _made(made: Made) -> str:
    """The page that shows the link of a new invitation, this once. The session that made it is still open."""
    link = current_settings().public_url + link_path(made.invitation.id)
    back = url_for(".list_all")
    return render("invitations/invited.html", name=made.name, invitation=made.invitation, link=link, back=back)


def _filters() -> tuple[Asked, int | None]:
    school = request.args.get("school", "")
    known = (school,) if school.isdecimal() and len(school) < 10 else ()
    filters = asked(place=(UUID,), state=tuple(State), signed=("never",), school=known)
    return filters, int(school) if school else None


def _school(session: Session, school_id: int) -> School:
    return (session.get(School, school_id) if school_id < 2**31 else None) or abort(404)


def _to_list() -> Response:
    """Back to the list as it was narrowed."""
    filters, _ = _filters()
    return redirect(url_for(".list_all") + (filters.link() if filters.is_anything else ""), 303)
