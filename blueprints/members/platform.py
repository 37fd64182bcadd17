"""/operator/schools/<id>/people: what operators do for one account of a school: correct its name and address, and move it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.who import asking
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.page import render
from blueprints.members import correcting, transfer
from blueprints.members.correcting import CannotCorrect, Known
from blueprints.members.forms import AccountForm
from blueprints.members.moving import MOVES, form_for, mover_now, told, try_to_move
from blueprints.members.staying import staying

platform = Blueprint(
    "member_accounts", __name__, url_prefix="/operator/schools/<int:school_id>/people", template_folder="templates"
)  # fmt: skip
Answer = str | Response | tuple[str, int]


@platform.route("/<uuid:person_id>", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def edit_account(school_id: int, person_id: UUID) -> Answer:
    with across_schools(N_("The account of a person")) as session:
        known = _known(session, school_id, person_id)
        demand_step_up(back=url_for(".edit_account", school_id=school_id, person_id=person_id))
        form = AccountForm(data={"name": known.name, "email": known.email})
        if form.validate_on_submit():
            try:
                changed = correcting.correct(
                    session, known, name=form.name.data, email=form.email.data, asker=asking(), language=speech().language
                )
            except CannotCorrect as refused:
                session.rollback()
                form.email.errors = [speech().gettext(refused.message)]
            else:
                session.commit()
                said = speech().gettext("The account is changed."), "ok"
                flash(*said if changed else (speech().gettext("Nothing was different, so nothing was saved."), "info"))
                return redirect(url_for(".edit_account", school_id=school_id, person_id=person_id), 303)
    page = render("members/account.html", form=form, known=known)
    return (page, 422) if form.problems else page


@platform.route("/<uuid:person_id>/move", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def move_account(school_id: int, person_id: UUID) -> Answer:
    search = request.args.get("q", "").strip()[:100]
    pattern = f"%{_literal(search)}%" if search else ""
    with across_schools(MOVES) as session:
        known, mover = _known(session, school_id, person_id), mover_now()._replace(is_operator=True)
        demand_step_up(back=url_for(".move_account", school_id=school_id, person_id=person_id))
        places = transfer.destinations(session, mover, but=school_id, pattern=pattern)
        form = form_for(known.kind, known.role, places)
        stays = staying(session, school_id, person_id)
        if form.validate_on_submit():
            moved = try_to_move(session, form, school_id=school_id, person_id=person_id, mover=mover, by=None)
            if moved:
                flash(told(moved), "ok")
                return redirect(url_for("schools.support", school_id=school_id), 303)
    page = render("members/move_account.html", form=form, known=known, stays=stays, places=places, search=search)
    return (page, 422) if form.problems else page


def _known(session: Session, school_id: int, person_id: UUID) -> Known:
    """An account that opens the school, by its person there; 404 for anything else."""
    return correcting.known(session, school_id, person_id) or abort(404)


def _literal(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
