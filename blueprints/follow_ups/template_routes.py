"""The addresses of templates."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.follow_ups.places import PLACES
from app.domain.notices import wishes
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.follow_up import FollowUpTemplate
from app.web.page import render
from blueprints.follow_ups import operations, template_queries
from blueprints.follow_ups.forms import TemplateForm, values_of
from blueprints.follow_ups.operations import TemplateChanged
from blueprints.follow_ups.words import occasion

templates = Blueprint("follow_up_templates", __name__, url_prefix="/marketing/templates", template_folder="templates")
Answer = str | Response | tuple[str, int]


@templates.get("/")
@allow(Permission.MARKETING_MANAGE)
def list_templates() -> Answer:
    return render("follow_ups/templates.html", rows=template_queries.rows(), occasion=occasion, languages=LANGUAGES)


@templates.route("/new", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def new_template() -> Answer:
    form = TemplateForm(asking().school_language)
    if not form.validate_on_submit():
        return _form_page(form, None)
    template = operations.add_template(form.draft(), by=current_actor())
    flash(speech().gettext("The template is saved and in use from now on. Nothing is sent until somebody approves it."), "ok")
    return _to(template.id)


@templates.get("/<uuid:template_id>")
@allow(Permission.MARKETING_MANAGE)
def show_template(template_id: UUID) -> Answer:
    template, offers = template_queries.template(template_id) or abort(404), template_queries.offers()
    wanted = request.args.get("lead", "")
    chosen = next((offer.id for offer in offers if str(offer.id) == wanted), offers[0].id if offers else None)
    if wanted and str(chosen) != wanted:
        abort(404)
    return render(
        "follow_ups/template.html", row=template, when=occasion(template.occasion, template.stage, template.days),
        offers=offers, preview=template_queries.preview(template, chosen) if chosen else None, languages=LANGUAGES,
        order=wishes(asking().school_language, None), versions=template_queries.versions(template_id),
        warnings=list(operations.warnings(template.subject, template.body)), places=PLACES,
    )  # fmt: skip


@templates.route("/<uuid:template_id>/edit", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def edit_template(template_id: UUID) -> Answer:
    template = _held(template_id)
    active_at = template.active_at
    form = TemplateForm(asking().school_language, data=values_of(template))
    if not form.validate_on_submit():
        return _form_page(form, template)
    try:
        changed = operations.edit_template(template, form.draft(), revision=form.revision.data or "", by=current_actor())
    except TemplateChanged as fault:
        form.revision.data = str(template.revision)
        return _form_page(form, template, changed=speech().gettext(fault.message))
    if changed and template.active_at != active_at:
        flash(
            speech().gettext(
                "The template is saved and speaks on its new occasion from now on. What waits and does not fit it is put aside."
            ),
            "ok",
        )
    elif changed:
        flash(speech().gettext("The template is saved. What waits and was not edited says the new words."), "ok")
    else:
        flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
    return _to(template_id)


@templates.post("/<uuid:template_id>/retire")
@allow(Permission.MARKETING_MANAGE)
def retire_template(template_id: UUID) -> Answer:
    if operations.retire_template(_held(template_id), by=current_actor()):
        flash(speech().gettext("Retired. Nothing more is made of this template; what waits in the outbox stays there."), "ok")
    return _to(template_id)


@templates.post("/<uuid:template_id>/use")
@allow(Permission.MARKETING_MANAGE)
def use_template(template_id: UUID) -> Answer:
    if operations.use_template(_held(template_id), by=current_actor()):
        flash(speech().gettext("In use again, for what comes up from now on."), "ok")
    return _to(template_id)


def _held(template_id: UUID) -> FollowUpTemplate:
    """A template for a change, else 404."""
    return operations.template_for_change(template_id) or abort(404)


def _to(template_id: UUID) -> Response:
    return redirect(url_for(".show_template", template_id=template_id), 303)


def _form_page(form: TemplateForm, template: FollowUpTemplate | None, *, changed: str = "") -> Answer:
    page = render("follow_ups/template_form.html", form=form, row=template, languages=LANGUAGES, places=PLACES, changed=changed)
    return (page, 409) if changed else (page, 422) if form.problems else page
