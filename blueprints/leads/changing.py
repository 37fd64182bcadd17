"""The addresses of what happens to a lead: its stage, notes, answers, the next step, who looks after it, its archive."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.leads import records, stages
from app.domain.leads.records import LeadError
from app.i18n.speech import speech
from app.web.page import render
from blueprints.leads import operations, queries
from blueprints.leads.forms import ArchiveForm, NoteForm, OwnerForm, ReplyForm, StageForm, StepForm
from blueprints.leads.routes import Answer, held, kept, page_of, pages, say_saved, to

BOARD = "board"  # in `back`: the stage was changed on the board


@pages.post("/<uuid:lead_id>/stage")
@allow(Permission.MARKETING_MANAGE)
def move_lead(lead_id: UUID) -> Answer:
    """By the select of the page, by the button of a card, or by a card that was dragged: one address for all three."""
    lead, form, words = held(lead_id), StageForm(), speech()
    back = redirect(url_for(".show_board"), 303) if form.back.data == BOARD else to(lead_id)
    try:
        if form.validate_on_submit() and form.stage.data in stages.STAGES and stages.move(
            lead, form.stage.data, by=current_actor()
        ):  # fmt: skip
            stage = words.gettext(stages.STAGES[lead.stage])
            flash(words.gettext("%(name)s is now in “%(stage)s”.", name=lead.name, stage=stage), "ok")
    except LeadError as refused:
        flash(words.gettext(refused.message), "warn")
    return back


@pages.post("/<uuid:lead_id>/notes")
@allow(Permission.MARKETING_MANAGE)
def add_note(lead_id: UUID) -> Answer:
    lead, form = kept(lead_id), NoteForm()
    if not form.validate_on_submit():
        return page_of(lead.id, form)
    records.add_note(lead, form.written, by=current_actor())
    flash(speech().gettext("The note is added."), "ok")
    return to(lead.id, "history")


@pages.post("/<uuid:lead_id>/replies")
@allow(Permission.MARKETING_MANAGE)
def note_reply(lead_id: UUID) -> Answer:
    lead, form = kept(lead_id), ReplyForm()
    if not form.validate_on_submit():
        return page_of(lead.id, form)
    operations.reply(lead, form.how.data, form.written, by=current_actor())
    flash(speech().gettext("The answer is noted."), "ok")
    return to(lead.id, "history")


@pages.post("/<uuid:lead_id>/step")
@allow(Permission.MARKETING_MANAGE)
def plan_step(lead_id: UUID) -> Answer:
    lead, form = held(lead_id), StepForm()
    if not form.validate_on_submit():
        return page_of(lead_id, form)
    say_saved(changed=records.plan_step(lead, form.step.data or "", form.due.data, by=current_actor()))
    return to(lead_id)


@pages.post("/<uuid:lead_id>/step/done")
@allow(Permission.MARKETING_MANAGE)
def end_step(lead_id: UUID) -> Answer:
    if records.plan_step(held(lead_id), "", None, by=current_actor()):
        flash(speech().gettext("The step is done. Plan the next one, so that nobody is forgotten."), "ok")
    return to(lead_id)


@pages.post("/<uuid:lead_id>/owner")
@allow(Permission.MARKETING_MANAGE)
def assign_lead(lead_id: UUID) -> Answer:
    lead = held(lead_id)
    form = OwnerForm(queries.colleagues())
    if not form.validate_on_submit():
        return page_of(lead_id, form)
    person_id, name = form.chosen
    say_saved(changed=records.assign(lead, person_id, name, by=current_actor()))
    return to(lead_id)


@pages.route("/<uuid:lead_id>/archive", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def archive_lead(lead_id: UUID) -> Answer:
    lead, form = held(lead_id), ArchiveForm()
    if form.validate_on_submit():
        if stages.archive(lead, form.why.data, by=current_actor()):
            flash(speech().gettext("%(name)s is archived. You can bring them back here.", name=lead.name), "ok")
        return to(lead_id)
    page = render("leads/archive.html", form=form, lead=lead, months=operations.school().lead_months)
    return (page, 422) if form.problems else page


@pages.post("/<uuid:lead_id>/bring-back")
@allow(Permission.MARKETING_MANAGE)
def bring_back(lead_id: UUID) -> Answer:
    lead = held(lead_id)
    if stages.bring_back(lead, by=current_actor()):
        flash(speech().gettext("%(name)s is back.", name=lead.name), "ok")
    return to(lead_id)


@pages.post("/<uuid:lead_id>/unsubscribe")
@allow(Permission.MARKETING_MANAGE)
def unsubscribe(lead_id: UUID) -> Answer:
    lead = held(lead_id)
    if records.unsubscribe(lead, "asked", by=current_actor()):
        flash(speech().gettext("The school writes to %(name)s no more.", name=lead.name), "ok")
    return to(lead_id)


@pages.post("/<uuid:lead_id>/subscribe")
@allow(Permission.MARKETING_MANAGE)
def subscribe(lead_id: UUID) -> Answer:
    lead = held(lead_id)
    if records.subscribe_again(lead, "asked", by=current_actor()):
        flash(speech().gettext("The school may write to %(name)s again.", name=lead.name), "ok")
    return to(lead_id)
