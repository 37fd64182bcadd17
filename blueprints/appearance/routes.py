"""The address of how Umthi looks to a person."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import signed_in
from app.access.who import asking
from app.i18n.speech import speech
from app.web.looks import DEFAULT, THEMES, Look
from app.web.page import render_in
from blueprints.appearance import operations
from blueprints.appearance.forms import AppearanceForm

pages = Blueprint("appearance", __name__, url_prefix="/settings/appearance", template_folder="templates")
PREVIEW = "preview"  # the button that shows the page in a look and stores nothing: for browsers without the script


@pages.route("/", methods=["GET", "POST"])
@signed_in
def choose() -> Response | tuple[str, int]:
    person = asking()
    form = AppearanceForm(data={"mode": person.mode, "theme": person.theme})
    if not form.validate_on_submit():
        return _page(form, Look(person.mode, person.theme)), 422 if form.is_submitted() else 200
    if PREVIEW in request.form:
        return _page(form, form.look, is_tried=True), 200
    operations.change_appearance(person, form.look)
    flash(speech().gettext("Your choice is saved. Every page looks like this now."), "ok")
    return redirect(url_for(".choose"), 303)


def _page(form: AppearanceForm, look: Look, *, is_tried: bool = False) -> str:
    """The page in a look; `is_tried`: nobody has saved that one."""
    drawn_in = look.theme if look.theme in THEMES else DEFAULT.theme
    hints = {key: hint for key, (_, hint) in THEMES.items()}
    return render_in(look, "appearance/choose.html", form=form, hints=hints, drawn_in=drawn_in, is_tried=is_tried)
