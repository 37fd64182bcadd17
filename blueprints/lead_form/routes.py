"""The owner's pages of the form: how it stands, what it asks and says, who may show it, what was refused."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as Answered

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.leads.asking import FormView, view_of
from app.domain.leads.bots import CONSENT, REASONS, TRAP
from app.extensions import current_settings
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speaking, speech
from app.web.headers import POLICY
from app.web.page import fragment, render
from blueprints.lead_form import operations, queries
from blueprints.lead_form.enquiry_form import enquiry_form
from blueprints.lead_form.forms import AskingForm, ConsentForm, OriginsForm, WordingForm
from blueprints.lead_form.snippets import snippets

pages = Blueprint("lead_form", __name__, url_prefix="/marketing/form", template_folder="templates")
Answer = str | Response | Answered | tuple[str, int]
LANG = "lang"


@pages.get("/")
@allow(Permission.MARKETING_MANAGE)
def show_form() -> Answer:
    now = clock.now()
    view = _view()
    overview = queries.overview(now, view.today)
    pieces = snippets(view, view.voice, site=current_settings().public_url)
    page = render(
        "lead_form/show.html", overview=overview, view=view, snippets=pieces, languages=LANGUAGES,
        reasons=REASONS, days=queries.DAYS,
    )  # fmt: skip
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"  # the preview is a frame of our own
    return answer


@pages.get("/preview")
@allow(Permission.MARKETING_MANAGE)
def preview() -> Answer:
    """The form as strangers see it, open or not; it sends nothing."""
    view = _view()
    with speaking(view.voice):
        page = fragment(
            "lead_form/ask.html", language=view.language, frame=True, view=view, form=enquiry_form(view), hidden={},
            note="", wait=0, shows_trap=False, trap="", trap_name=TRAP, consent_name=CONSENT, is_agreed=False, tongues=(),
            is_preview=True,
        )  # fmt: skip
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'").replace(
        "form-action 'self'", "form-action 'none'"
    )
    return answer


@pages.post("/open")
@allow(Permission.MARKETING_MANAGE)
def open_form() -> Answer:
    if operations.set_open(True, by=current_actor()):
        flash(speech().gettext("The form is open. Enquiries that come by it stand among the leads."), "ok")
    return redirect(url_for(".show_form"), 303)


@pages.post("/close")
@allow(Permission.MARKETING_MANAGE)
def close_form() -> Answer:
    if operations.set_open(False, by=current_actor()):
        flash(speech().gettext("The form is closed. Whoever opens it reads how else the school is reached."), "ok")
    return redirect(url_for(".show_form"), 303)


@pages.route("/fields", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def edit_fields() -> Answer:
    form = AskingForm(queries.place())
    if form.validate_on_submit():
        return _saved(operations.change_asking(form.wanted, by=current_actor()))
    return _edited("lead_form/fields.html", form)


@pages.route("/words", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def edit_words() -> Answer:
    form = WordingForm(queries.place())
    if form.validate_on_submit():
        return _saved(operations.change_wording(form.wanted, by=current_actor()))
    return _edited("lead_form/words.html", form, languages=LANGUAGES)


@pages.route("/consent", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def edit_consent() -> Answer:
    before = queries.versions()
    form = ConsentForm(queries.place(), before)
    if form.validate_on_submit():
        return _saved(operations.publish_consent(form.texts, by=current_actor()) is not None)
    return _edited("lead_form/consent.html", form, versions=before)


@pages.route("/sites", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def edit_sites() -> Answer:
    form = OriginsForm(queries.place())
    if form.validate_on_submit():
        return _saved(operations.change_origins(form.wanted, by=current_actor()))
    return _edited("lead_form/sites.html", form, site=current_settings().public_url)


def _view() -> FormView:
    """The form in the language that the page asks for, else in the reader's, as far as the school writes it."""
    place = queries.place()
    return view_of(place, place.spoken(request.args.get(LANG, speech().language)))


def _edited(template: str, form: AskingForm | WordingForm | ConsentForm | OriginsForm, **values: object) -> Answer:
    page = render(template, form=form, **values)
    return (page, 422) if form.is_submitted() else page


def _saved(is_changed: bool) -> Answer:
    if is_changed:
        flash(speech().gettext("The form is saved."), "ok")
    else:
        flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
    return redirect(url_for(".show_form"), 303)
