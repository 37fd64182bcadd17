"""The addresses of what is kept of leads: for how long, a copy of all of it, and its erasure."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Response, flash, redirect, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import refuse_download
from app.audit.record import current_actor, record_read
from app.domain.leads import retention
from app.domain.leads.copies import copy_of
from app.i18n.speech import speech
from app.web.page import render
from blueprints.leads import queries
from blueprints.leads.forms import EraseForm, KeepingForm
from blueprints.leads.routes import Answer, held, pages, say_saved


@pages.route("/keeping", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def keep_leads() -> Answer:
    form = KeepingForm(data={"months": retention.months()})
    if form.validate_on_submit():
        assert form.months.data is not None  # it is required
        say_saved(changed=retention.keep_for(form.months.data, by=current_actor()))
        return redirect(url_for(".keep_leads"), 303)
    page = render("leads/keeping.html", form=form, erased=queries.erased())
    return (page, 422) if form.problems else page


@pages.get("/<uuid:lead_id>/copy.json")
@allow(Permission.MARKETING_MANAGE)
def copy_lead(lead_id: UUID) -> Answer:
    lead = held(lead_id)
    refuse_download()
    demand_step_up(back=url_for(".show_lead", lead_id=lead_id))
    told = json.dumps(copy_of(lead), ensure_ascii=False, indent=2)
    record_read("leads.copy", lead, label=lead.name, by=current_actor(), after={"size": len(told)})
    response = Response(told, content_type="application/json; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"lead-{lead_id}.json")
    return response


@pages.route("/<uuid:lead_id>/erase", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def erase_lead(lead_id: UUID) -> Answer:
    lead = held(lead_id)
    demand_step_up(back=url_for(".erase_lead", lead_id=lead_id))
    form = EraseForm()
    if form.validate_on_submit():
        retention.erase(lead, retention.ASKED, by=current_actor())
        flash(speech().gettext("The lead is erased. The audit log says that it was, and no longer who it was."), "ok")
        return redirect(url_for(".list_leads"), 303)
    page = render("leads/erase.html", form=form, lead=lead, events=len(queries.history(lead_id)))
    return (page, 422) if form.problems else page
