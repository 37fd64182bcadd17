"""The addresses of a new school: the form, its review, and the deed."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.onboarding import FirstPerson, first_person
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.onboarding import OnboardingRun, RunState
from app.models.user import Role
from app.tenancy.doors import across_schools
from app.web.page import render
from blueprints.onboarding import operations, queries
from blueprints.onboarding.forms import SchoolForm
from blueprints.onboarding.operations import AccountDisabled, NameTaken, NoSuchRun, NotADraft
from blueprints.onboarding.queries import Namesake

pages = Blueprint("onboarding", __name__, template_folder="templates")
Answer = str | Response | tuple[str, int]
IS_THERE = N_("There is already a school called %(name)s. If yours is another one, add its town to the name.")
IS_MADE = N_("A school called %(name)s is being set up already. If yours is another one, add its town to the name.")
DISABLED = N_("The account with this address is disabled. Have it enabled first, or enter another address.")
STARTED = N_("This school has been created from this page already. Nothing was made twice.")


class Seat(NamedTuple):
    """A first person on the review page; `password` is 'existing', 'typed' or 'generated'."""

    person: FirstPerson
    password: str


@pages.route("/operator/schools/new", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def new_school() -> Answer:
    draft_id = _draft_id()
    draft = _draft(draft_id) if draft_id else None
    if draft and draft.state != RunState.DRAFT:
        return redirect(url_for(".show_run", run_id=draft_id))
    form, namesake = SchoolForm.of(draft), None
    if form.validate_on_submit():
        try:
            kept = operations.keep_draft(form.draft, draft_id=draft_id, by=current_actor())
        except NameTaken as taken:
            namesake = taken.namesake
            form.refuse(form.name, told(namesake), name=namesake.name)
        except AccountDisabled as disabled:
            form.refuse_address(disabled.role, DISABLED)
        except NotADraft:
            return _to_run(draft_id)
        else:
            return redirect(url_for(".review_school", draft_id=kept), 303)
    page = render("onboarding/new.html", form=form, namesake=namesake, draft=draft)
    return (page, 422) if form.is_submitted() else page


@pages.get("/operator/schools/new/<uuid:draft_id>")
@allow(Permission.PLATFORM_OPERATE)
def review_school(draft_id: UUID) -> Answer:
    with across_schools(N_("The review of a new school")) as session:
        run = queries.run_of(session, draft_id) or abort(404)
        if run.state != RunState.DRAFT:
            return redirect(url_for(".show_run", run_id=draft_id))
        return _review(run, queries.with_account(session, _addresses(run)))


@pages.post("/operator/schools/new/<uuid:draft_id>/create")
@allow(Permission.PLATFORM_OPERATE)
def create_school(draft_id: UUID) -> Answer:
    try:
        operations.create_school(draft_id, by=current_actor())
    except NoSuchRun:
        abort(404)
    except NotADraft:
        return _to_run(draft_id)
    except NameTaken as taken:
        with across_schools(N_("The review of a new school")) as session:
            run = queries.run_of(session, draft_id) or abort(404)
            return _review(run, queries.with_account(session, _addresses(run)), taken.namesake), 422
    return redirect(url_for(".show_run", run_id=draft_id), 303)


def told(namesake: Namesake) -> str:
    """The message about a name that is taken, to be translated; it prints %(name)s."""
    return IS_MADE if namesake.school_id is None else IS_THERE


def _review(run: OnboardingRun, accounts: dict[str, bool], namesake: Namesake | None = None) -> str:
    """The summary of a draft, needs its session; `namesake` is what kept it from being created."""
    return render(
        "onboarding/review.html", run=run, timezone=str(run.timezone), close_time=f"{run.close_time:%H:%M}",
        language=LANGUAGES[run.language], namesake=namesake,
        refusal=namesake and speech().gettext(told(namesake), name=namesake.name),
        admin=_seat(first_person(run, Role.ADMIN), accounts), officer=_seat(first_person(run, Role.OFFICER), accounts),
    )  # fmt: skip


def _seat(first: FirstPerson, accounts: dict[str, bool]) -> Seat:
    if first.email in accounts:
        return Seat(first, "existing")
    return Seat(first, "typed" if first.password_typed else "generated")


def _to_run(run_id: UUID | None) -> Response:
    """To what has become of a draft, as far as it became anything."""
    flash(speech().gettext(STARTED), "info")
    return redirect(url_for(".show_run", run_id=run_id), 303)


def _draft_id() -> UUID | None:
    """The draft that is being changed, from the address. 404 for what is none."""
    given = request.args.get("draft", "")
    try:
        return UUID(given) if given else None
    except ValueError:
        abort(404)


def _addresses(run: OnboardingRun) -> list[str | None]:
    return [first_person(run, Role.ADMIN).email, first_person(run, Role.OFFICER).email]


def _draft(draft_id: UUID) -> OnboardingRun:
    """A draft, or what has become of it."""
    with across_schools(N_("The draft of a new school")) as session:
        return queries.run_of(session, draft_id) or abort(404)
