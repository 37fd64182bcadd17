"""The addresses of runs: the list, one of them with its steps, and what an operator does about it."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.onboarding import OnboardingRun, RunState, StepState
from app.tenancy.doors import across_schools
from app.web import live
from app.web.filters import asked
from app.web.page import render
from blueprints.onboarding import operations, queries
from blueprints.onboarding.operations import CannotAcknowledge, NameTaken, NoSuchRun, NotADraft, Shown
from blueprints.onboarding.queries import BEGUN, StepRow
from blueprints.onboarding.reasons import STEP_WORDS, cause, reason
from blueprints.onboarding.routes import Answer, pages, told
from blueprints.onboarding.sentences import task

STEPS, RUN = "onboarding/steps.html", "onboarding/run.html"
LISTED = 20  # tasks above the list of runs


@pages.get("/operator/runs")
@allow(Permission.PLATFORM_OPERATE)
def list_runs() -> Answer:
    filters = asked(place=(UUID,), state=BEGUN)
    with across_schools(N_("The list of onboardings")) as session:
        page = queries.runs(session, state=filters.chosen["state"], after=filters.after)
        counts, (stopped, needed) = queries.how_many(session), queries.needing_help(session, LISTED)
    tasks = [task(row) for row in stopped]
    return render("onboarding/list.html", page=page, asked=filters, counts=counts, tasks=tasks, needed=needed)


@pages.get("/operator/runs/<uuid:run_id>")
@allow(Permission.PLATFORM_OPERATE)
def show_run(run_id: UUID) -> Answer:
    return _page(run_id)


@pages.get("/operator/runs/<uuid:run_id>/steps")
@allow(Permission.PLATFORM_OPERATE)
def show_steps(run_id: UUID) -> Answer:
    """The steps alone, asked for every 2 seconds while the run goes on; a browser that wants a page is led to it."""
    if not live.is_fragment():
        return redirect(url_for(".show_run", run_id=run_id))
    with across_schools("steps of an onboarding", routine=True) as session:
        run = _begun(queries.run_of(session, run_id))
        is_running, steps = run.state == RunState.RUNNING, queries.steps(session, run_id)
    return live.answer(STEPS, steps=steps, words=STEP_WORDS, cause=cause, done=_done(steps), is_over=not is_running)


@pages.post("/operator/runs/<uuid:run_id>/resume")
@allow(Permission.PLATFORM_OPERATE)
def resume_run(run_id: UUID) -> Answer:
    try:
        operations.resume(run_id, by=current_actor())
    except NoSuchRun:
        abort(404)
    except NotADraft:
        flash(speech().gettext("This onboarding does not wait to be resumed (any more)."), "info")
    except NameTaken as taken:
        flash(speech().gettext(told(taken.namesake), name=taken.namesake.name), "warn")
    return _to(run_id)


@pages.post("/operator/runs/<uuid:run_id>/acknowledge")
@allow(Permission.PLATFORM_OPERATE)
def acknowledge_run(run_id: UUID) -> Answer:
    try:
        operations.acknowledge(run_id, by=current_actor())
    except NoSuchRun:
        abort(404)
    except CannotAcknowledge as refusal:
        flash(speech().gettext(refusal.message), "warn")
    else:
        flash(speech().gettext("Acknowledged. It is off the list of tasks."), "ok")
    return _to(run_id)


@pages.route("/operator/runs/<uuid:run_id>/passwords", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def show_passwords(run_id: UUID) -> Answer:
    """Make temporary passwords and show them in this one answer, which nobody keeps; asked for again they are gone."""
    if request.method != "POST":
        return _to(run_id)
    stamp, only = request.form.get("stamp", ""), request.form.get("only", "")
    try:
        shown = operations.show_passwords(run_id, stamp=stamp, only=only, by=current_actor())
    except NoSuchRun:
        abort(404)
    response = Response(_page(run_id, shown=shown, is_too_late=not shown), mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(run_id: UUID, *, shown: list[Shown] | None = None, is_too_late: bool = False) -> str:
    """The page of a run. `shown` are the passwords that were made for this answer."""
    with across_schools(N_("An onboarding")) as session:
        run = _begun(queries.run_of(session, run_id))
        steps, accounts = queries.steps(session, run_id), queries.handovers(session, run)
        failed = next((step for step in steps if step.state == StepState.FAILED), None)
        has_admin = run.school is not None and queries.has_admin(session, run.school)
        return render(
            RUN, run=run, steps=steps, words=STEP_WORDS, cause=cause, done=_done(steps),
            is_over=run.state != RunState.RUNNING, accounts=accounts, stamp=operations.stamp_of(accounts), shown=shown or [],
            is_too_late=is_too_late, failed=failed, why=failed and speech().gettext(reason(failed.name, failed.error)),
            has_admin=has_admin, waits=run.state in operations.STOPPED and run.acknowledged_at is None,
        )  # fmt: skip


def _begun(run: OnboardingRun | None) -> OnboardingRun:
    """A run that was begun: a draft has a page of its own, which only its review shows."""
    if run is None or run.state == RunState.DRAFT:
        abort(404)
    return run


def _done(steps: list[StepRow]) -> int:
    return sum(step.state == StepState.DONE for step in steps)


def _to(run_id: UUID) -> Response:
    return redirect(url_for(".show_run", run_id=run_id), 303)
