"""The form as strangers see it, on the school's own pages and in frames elsewhere: no cookie, no session, no script needed.

Who sends it is told from a program by `app.domain.leads.bots`; whoever may be a person is shown what they typed, and sends it
once more. It keeps its own security headers: only the sites on the school's list may frame it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.access.gate import public
from app.domain.closing import SchoolClosed
from app.domain.leads import bots, intake
from app.domain.leads.asking import FIELDS, FormView, Place, place_of, view_of
from app.domain.leads.bots import AGAIN, CONSENT, FRAME, STEP, TOKEN, TRAP, UTM, VIA, Post, Reason
from app.domain.leads.campaign import visible
from app.domain.leads.entry import Entry, new_entry, opened, sealed
from app.domain.leads.intake import FormClosed, Submission, TooMany
from app.extensions import current_settings
from app.i18n.speech import speaking, speech
from app.models.school import SchoolState
from app.web.assets import SOURCES
from app.web.links import query
from app.web.page import fragment
from blueprints.lead_form.enquiry_form import EnquiryForm, carried, enquiry_form, our_origins

enquiry = Blueprint("enquiry", __name__, template_folder="templates")
LANG = "lang"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " require-trusted-types-for 'script'; frame-ancestors 'self'"
)
WHY = "strangers ask a school for a place; what they are shown is the same for everybody"
SIZER = (SOURCES / "lead-frame.js").read_bytes()
SIZER_KEPT = "public, max-age=3600"


@enquiry.get("/s/<slug>/lead")
@public(WHY)
def ask(slug: str) -> ResponseReturnValue:
    """The empty form."""
    place = place_of(slug)
    if place is None:
        return _nowhere()
    view = _view(place)
    with speaking(view.voice):
        if not view.is_open:
            return _closed(place, view)
        return _page(view, enquiry_form(view), new_entry(view.school_id, view.version))


@enquiry.post("/s/<slug>/lead")
@public("a form on any site may be sent here; its own token proves the page, and no cookie is read", csrf=False)
def send(slug: str) -> ResponseReturnValue:
    """Take an enquiry, or show it again with what is missing."""
    place = place_of(slug)
    if place is None:
        return _nowhere()
    view = _view(place)
    with speaking(view.voice):
        if not view.is_open:
            return _closed(place, view)
        try:
            return _answer(view, enquiry_form(view))
        except (SchoolClosed, FormClosed):  # since the form was read
            return _closed(place_of(slug) or place, view)


@enquiry.get("/s/<slug>/lead/thanks")
@public("what everybody is told who has sent the form")
def thanks(slug: str) -> ResponseReturnValue:
    """Said after every enquiry that was taken, and to every program that was not."""
    place = place_of(slug)
    if place is None:
        return _nowhere()
    view = _view(place)
    with speaking(view.voice):
        return _drawn(view, "lead_form/thanks.html", frame=bool(request.args.get(FRAME)))


@enquiry.get("/lead-frame.js")
@public("a page elsewhere fetches it to give the frame its height; the same for everybody")
def sizer() -> ResponseReturnValue:
    answer = Response(SIZER, mimetype="text/javascript")
    answer.headers["Cache-Control"] = SIZER_KEPT
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.add_etag()
    return answer.make_conditional(request)


@enquiry.errorhandler(HTTPException)
def wrong(error: HTTPException) -> ResponseReturnValue:
    """What the guards refuse before the form is read (too much at once, a character that cannot be stored), said here: the
    usual page of an error would set a cookie."""
    code = error.code or 400
    return _bare("lead_form/wrong.html", code, is_large=code == 413), code


def _answer(view: FormView, form: EnquiryForm) -> ResponseReturnValue:
    """What becomes of a post to an open form."""
    settings = current_settings()
    entry = opened(settings, view.school_id, request.form.get(TOKEN, ""))
    if entry and (before := intake.standing(view.school_id, entry.key)):
        if form.validate() and form.words == before:
            return _thanked(view)
        return _again(view, form, None, Reason.REPLAY)
    if entry is None and request.form.get(STEP) == "check" and not request.form.get(TRAP):
        return _page(view, form, new_entry(view.school_id, view.version), note=AGAIN[Reason.NO_TOKEN.value])
    if found := bots.signs(_post(), entry, view):
        if bots.is_nobody(found):
            intake.refuse(view.school_id, found[0].value, today=view.today)
            return _thanked(view)
        return _again(view, form, entry, found[0])
    assert entry is not None
    if not form.validate():
        return _page(view, form, entry), 422
    try:
        intake.take(view.school_id, _submission(view, form, entry), settings=settings)
    except TooMany as many:
        intake.refuse(view.school_id, Reason.RATE.value, today=view.today)
        answer = make_response(_page(view, form, entry, wait=max(1, -(-many.wait // 60))), 429)
        answer.headers["Retry-After"] = str(many.wait)
        return answer
    return _thanked(view)


def _again(view: FormView, form: EnquiryForm, entry: Entry | None, reason: Reason) -> ResponseReturnValue:
    """The form as it was filled in, with a token that holds, and what to do: a person sends it once more."""
    intake.refuse(view.school_id, reason.value, today=view.today)
    form.validate()
    if entry is None or entry.is_old:
        entry = new_entry(view.school_id, view.version)
    return _page(view, form, entry, note=AGAIN[reason.value], shows_trap=reason is Reason.TRAP), 422


def _post() -> Post:
    """What bots are told by."""
    names = list(request.form)
    doubled = any(len(request.form.getlist(name)) > 1 for name in names)
    return Post(names, doubled, request.form.get(TRAP, ""), request.headers.get("Origin"), our_origins())


def _submission(view: FormView, form: EnquiryForm, entry: Entry) -> Submission:
    along = carried(view)
    utm = {name.removeprefix("utm_"): along[name] for name in UTM if along[name]}
    return Submission(
        key=entry.key, version=entry.version, language=view.language, words=form.words, address=request.remote_addr or "",
        origin=along[bots.FROM], utm=utm, referral=along[bots.REF], on_site=bool(along[VIA]),
    )  # fmt: skip


def _view(place: Place) -> FormView:
    return view_of(place, place.spoken(request.args.get(LANG), request.accept_languages))


def _page(
    view: FormView, form: EnquiryForm, entry: Entry, *, note: str = "", wait: int = 0, shows_trap: bool = False
) -> Response:
    """The form. Its token is for the text of consent that stands in it; who agreed to an older one is asked anew."""
    along = carried(view)
    is_agreed = form.consent.data and entry.version == view.version
    hidden = {TOKEN: sealed(current_settings(), entry._replace(version=view.version)), **along}
    return _drawn(
        view, "lead_form/ask.html", form=form, hidden=hidden, frame=bool(along[FRAME]), note=note, wait=wait,
        shows_trap=shows_trap, trap=request.form.get(TRAP, "") if shows_trap else "", trap_name=TRAP, consent_name=CONSENT,
        is_agreed=is_agreed, tongues=_tongues(view, along),
    )  # fmt: skip


def _tongues(view: FormView, along: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """The languages of the form, each with the address that shows it so."""
    kept = {name: value for name, value in along.items() if value}
    return [(code, "?" + query({LANG: code, **kept})) for code in view.languages]


def _closed(place: Place, view: FormView) -> ResponseReturnValue:
    """A form that takes nothing says so, and how else the school is reached; what was typed is kept to be copied."""
    is_away = not place.school_is_open
    typed = [(field, visible(request.form.get(name, "")).strip()) for name, field in FIELDS.items()]
    code = 403 if is_away else 200 if request.method == "GET" else 409
    page = _drawn(
        view, "lead_form/closed.html", is_away=is_away, is_new=place.school_state == SchoolState.PENDING,
        frame=bool(request.values.get(FRAME)), typed=[(field, text) for field, text in typed if text],
    )  # fmt: skip
    return page, code


def _nowhere() -> ResponseReturnValue:
    return _bare("lead_form/nowhere.html", 404), 404


def _thanked(view: FormView) -> ResponseReturnValue:
    """To the page of thanks, so that loading it again sends nothing again."""
    frame = "1" if request.form.get(FRAME) else None
    via = "site" if request.form.get(VIA) == "site" else None
    return redirect(url_for("enquiry.thanks", slug=view.slug, lang=view.language, frame=frame, via=via), 303)


def _drawn(view: FormView, template: str, **values: Any) -> Response:
    """A page of the form, framed by whom the school lets."""
    answer = make_response(fragment(template, view=view, language=view.language, home=_home(view), **values))
    answer.headers["Content-Security-Policy"] = " ".join((POLICY, *view.origins))
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # a page that isolates itself may frame it too
    return answer


def _home(view: FormView) -> str:
    """The school's website, for whoever came from it and does not read in a frame; '' for everybody else."""
    if request.values.get(VIA) != "site" or request.values.get(FRAME):
        return ""
    return url_for("public_site.home", slug=view.slug, language=view.language)


def _bare(template: str, code: int, **values: Any) -> Response:
    """A page without a school."""
    answer = make_response(fragment(template, language=speech().language, frame=False, **values), code)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
