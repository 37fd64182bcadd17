"""/site/previews/: links by which others see the draft before it is published."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.site import previews
from app.domain.site.previews import MOST, TooManyPreviews
from app.extensions import current_settings
from app.i18n.speech import speech
from app.web.page import render
from blueprints.site import queries
from blueprints.site.forms import PreviewForm
from blueprints.site.here import Answer, here, preview_path, public_url

preview_pages = Blueprint("site_previews", __name__, url_prefix="/site/previews", template_folder="templates")


@preview_pages.route("/", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def list_previews() -> Answer:
    here()
    form = PreviewForm()
    if form.validate_on_submit():
        try:
            previews.share(
                current_settings(), days=int(form.days.data), note=form.note.data or "", version=None, by=current_actor()
            )  # fmt: skip
        except TooManyPreviews:
            form.note.errors = [speech().gettext("%(most)s links hold at the moment. End one of them first.", most=MOST)]
        else:
            flash(speech().gettext("The link is made. Copy it below and send it to whom it is for."), "ok")
            return redirect(url_for(".list_previews"), 303)
    now, settings = clock.now(), current_settings()
    rows = [
        (row, row.state(now), f"{public_url()}preview/{previews.token_of(settings, row.id)}/") for row in queries.links()
    ]  # fmt: skip
    page = render("site/previews.html", form=form, rows=rows, preview=preview_path())
    return (page, 422) if form.problems else page


@preview_pages.post("/<uuid:preview_id>/end")
@allow(Permission.SITE_MANAGE)
def end_preview(preview_id: UUID) -> Answer:
    preview = previews.held(preview_id) or abort(404)
    if previews.end(preview, by=current_actor()):
        flash(speech().gettext("The link leads nowhere from now on."), "ok")
    return redirect(url_for(".list_previews"), 303)
