"""The addresses of erasure: two confirmations, each by somebody who has just proven who they are, and the certificate."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.who import asking
from app.audit.record import current_actor
from app.i18n.speech import speech
from app.models.personal_data import Asks
from app.web.page import render
from blueprints.personal_data import operations, queries, saying
from blueprints.personal_data.forms import ConfirmForm
from blueprints.personal_data.operations import DataError
from blueprints.personal_data.request_routes import held_request
from blueprints.personal_data.routes import WORDS, Answer, pages, say, to_request


@pages.route("/data/requests/<uuid:request_id>/confirm", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def confirm_erasure(request_id: UUID) -> Answer:
    """The first confirmation: the name typed by hand, the law and the reason."""
    asked = queries.request(request_id) or abort(404)
    if asked.kind != Asks.ERASURE:
        return to_request(request_id)
    demand_step_up(back=url_for(".confirm_erasure", request_id=request_id))
    form = ConfirmForm(asked.name, data={"law": asked.law or "popia_24", "reason": asked.reason})
    if form.validate_on_submit():
        try:
            operations.confirm(held_request(request_id), law=form.law.data, reason=form.reason.data, by=current_actor())
            flash(speech().gettext("Confirmed once. Look at the list again, then erase."), "ok")
        except DataError as fault:
            say(fault)
        return to_request(request_id)
    page = render("personal_data/confirm.html", form=form, asked=asked, plan=queries.plan_for(asked.person_id), label=_label)
    return (page, 422) if form.is_submitted() else page


@pages.post("/data/requests/<uuid:request_id>/erase")
@allow(Permission.PEOPLE_MANAGE)
def begin_erasure(request_id: UUID) -> Answer:
    """The second confirmation."""
    asked = held_request(request_id)
    demand_step_up(back=url_for(".show_request", request_id=request_id))
    try:
        operations.begin(asked, by=current_actor())
        flash(speech().gettext("The data is being erased. The certificate stands here when it is done."), "ok")
    except DataError as fault:
        say(fault)
    return to_request(request_id)


@pages.get("/data/certificates/<uuid:certificate_id>")
@allow(Permission.PEOPLE_MANAGE)
def show_certificate(certificate_id: UUID) -> Answer:
    """A certificate, to look at and to print."""
    certificate = queries.certificate(certificate_id) or abort(404)
    return render(
        "personal_data/certificate.html", certificate=certificate, school=asking().school, label=_label, **WORDS
    )  # fmt: skip


def _label(table: str) -> str:
    return saying.table_label(table, speech())
