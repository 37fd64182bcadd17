"""The addresses of leads: the list, the board, one that comes by hand, its page, and its details."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.classes import today_here
from app.domain.leads import merging, stages
from app.domain.leads.records import add_lead, lead_for_change, standing
from app.domain.leads.sources import SOURCES
from app.domain.leads.stages import STAGES
from app.domain.leads.waiting import duration, waited
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.lead import Lead, Stage
from app.web.filters import asked
from app.web.forms import Form
from app.web.page import render
from blueprints.leads import operations, queries, sentences
from blueprints.leads.forms import LeadForm, NoteForm, OwnerForm, ReplyForm, StepForm
from blueprints.leads.queries import DUES, NOBODY, Wanted
from blueprints.leads.words import DUES as DUE_WORDS
from blueprints.leads.words import FIELDS, UTM

pages = Blueprint("leads", __name__, url_prefix="/marketing/leads", template_folder="templates")
Answer = str | Response | tuple[str, int]


def _day_of_place(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pages.get("/")
@allow(Permission.MARKETING_MANAGE)
def list_leads() -> Answer:
    today, colleagues = today_here(), queries.colleagues()
    place = (_day_of_place, UUID) if request.args.get("due") in DUES else (UUID,)
    filters = asked(
        place=place, stage=list(STAGES), source=list(SOURCES), due=DUES, owner=[NOBODY, *(str(each.id) for each in colleagues)]
    )
    chosen = filters.chosen
    wanted = Wanted(chosen["stage"], chosen["owner"], chosen["source"], chosen["due"], filters.search)
    return render(
        "leads/list.html", page=queries.leads(wanted, today=today, after=filters.after), asked=filters, today=today,
        counts=queries.counts(today), colleagues=colleagues, sources=SOURCES, dues=DUE_WORDS,
        stage_items=[(key, speech().gettext(text)) for key, text in STAGES.items()],
    )  # fmt: skip


@pages.get("/board")
@allow(Permission.MARKETING_MANAGE)
def show_board() -> Answer:
    today = today_here()
    numbers = queries.counts(today)
    return render(
        "leads/board.html", columns=queries.board(numbers), today=today, stages=STAGES, choices=stages.choices,
        archived=numbers[Stage.ARCHIVED].number if Stage.ARCHIVED in numbers else 0,
    )  # fmt: skip


@pages.route("/new", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def new_lead() -> Answer:
    form = LeadForm(operations.school().language, today_here())
    alike: list[Lead] = []
    if form.validate_on_submit():
        new = form.new_lead
        if not form.anyway.data:
            alike = [each for each in merging.alike(new.email, new.phone) if each.submission_key != new.submission_key]
        if not alike:
            lead = add_lead(new, by=current_actor())
            flash(speech().gettext("%(name)s is added.", name=lead.name), "ok")
            return to(lead.id)
    page = render("leads/form.html", form=form, lead=None, alike=alike, stages=STAGES)
    return (page, 422) if form.problems or alike else page


@pages.get("/<uuid:lead_id>")
@allow(Permission.MARKETING_MANAGE)
def show_lead(lead_id: UUID) -> Answer:
    return page_of(lead_id)


@pages.route("/<uuid:lead_id>/edit", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def edit_lead(lead_id: UUID) -> Answer:
    lead = held(lead_id)
    form = LeadForm(lead.language, today_here(), lead)
    stands = operations.details_of(lead)
    if form.validate_on_submit():
        if form.seen.data == stands.mark or form.details == stands:
            say_saved(changed=operations.edit(lead, form.details, by=current_actor()))
            return to(lead_id)
        form.seen.data = stands.mark
        other = {
            FIELDS[name]: getattr(stands, name)
            for name, said in form.details._asdict().items()
            if said != getattr(stands, name)
        }
        return render("leads/form.html", form=form, lead=lead, alike=[], stages=STAGES, meanwhile=other), 409
    page = render("leads/form.html", form=form, lead=lead, alike=[], stages=STAGES)
    return (page, 422) if form.problems else page


def page_of(lead_id: UUID, wrong: Form | None = None) -> Answer:
    """The page of a lead; with a form that came back with errors (422), what was typed in it stands there."""
    lead = queries.profile(lead_id) or abort(404)
    if lead.merged_into:
        say_merged(lead.name)
        return to(lead.merged_into)
    forms: dict[str, Any] = {
        "note": NoteForm(formdata=None), "reply": ReplyForm(formdata=None),
        "step": StepForm(formdata=None, data={"step": lead.next_step, "due": lead.next_due_on}),
        "owner": OwnerForm(queries.colleagues(), lead.owner_id, blank=True),
    }  # fmt: skip
    for name, kind in (("note", NoteForm), ("reply", ReplyForm), ("step", StepForm), ("owner", OwnerForm)):
        if isinstance(wrong, kind):
            forms[name] = wrong
    waits = waited(lead.created_at, lead.replied_at)
    page = render(
        "leads/lead.html", lead=lead, forms=forms, wrong=wrong, history=sentences.lines(queries.history(lead_id)),
        choices=stages.choices(lead.stage), stages=STAGES, sources=SOURCES, languages=LANGUAGES, utm=UTM, today=today_here(),
        alike=merging.alike(lead.email, lead.phone, lead_id) if lead.stage != Stage.ARCHIVED else [],
        waited=duration(waits) if waits is not None else None,
        waiting=duration(clock.now() - lead.created_at) if waits is None else None,
        people=queries.names_of(lead.learner_id, lead.guardian_id) if lead.learner_id or lead.guardian_id else {},
    )  # fmt: skip
    return (page, 422) if wrong is not None else page


def held(lead_id: UUID) -> Lead:
    """A lead of the school for a change; 404 for what it has not, and for what was merged away or erased."""
    return lead_for_change(lead_id) or abort(404)


def kept(lead_id: UUID) -> Lead:
    """The lead that an id stands for, for what was typed on its page: merged meanwhile, the one that stays, and that is said.

    404 for what the school has not, and for what was erased.
    """
    lead = standing(lead_id) or abort(404)
    if lead.id != lead_id and (merged := queries.profile(lead_id)):
        say_merged(merged.name)
    return lead


def to(lead_id: UUID, anchor: str | None = None) -> Response:
    """To the page of a lead."""
    return redirect(url_for("leads.show_lead", lead_id=lead_id, _anchor=anchor), 303 if request.method == "POST" else 302)


def say_merged(name: str) -> None:
    """Say that the lead of this name is part of the one that is shown."""
    flash(speech().gettext("%(name)s became part of this lead.", name=name), "info")


def say_saved(*, changed: bool) -> None:
    """Say that it is stored, or that there was nothing to store."""
    words = speech()
    flash(words.gettext("Saved.") if changed else words.gettext("Nothing was changed."), "ok" if changed else "info")
