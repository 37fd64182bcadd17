"""The addresses of the account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access import demo
from app.access.accounts import about_accounts, schools_of
from app.access.gate import public, signed_in
from app.access.next_page import safe_next
from app.access.throttle import TooManyTries
from app.access.who import asking, who
from app.config import Settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.forms import Form
from app.web.page import render, voice_for
from blueprints.account import operations
from blueprints.account.forms import ChangePasswordForm, ForgottenForm, LanguageForm, NewPasswordForm, ProfileForm, SignInForm

Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]
pages = Blueprint("account", __name__, template_folder="templates")
TEMPORARY = N_("Temporary password")
#: what /login says to somebody who comes from one of our pages (strangers have no session to flash into)
NEWS = {
    "signed-out": N_("You are signed out."),
    "password-set": N_("Your new password is set. Sign in with it."),
    "invitation-accepted": N_("Your account is ready. Sign in with your email address and the password that you just chose."),
}


@pages.route("/login", methods=["GET", "POST"])
@public("the door itself")
def sign_in() -> Answer:
    person, form = who(), SignInForm(data={"next": request.args.get("next")})
    onward = safe_next(form.next.data) or url_for("portal.dashboard")
    refusal = None
    if person and request.method != "POST":
        return redirect(onward)
    if form.validate_on_submit():
        try:
            operations.sign_in(
                email=form.email.data,
                password=form.password.data,
                address=request.remote_addr or "",
                instead_of=person.session_id if person else None,
            )
            return redirect(onward, 303)
        except (operations.Refused, operations.TemporaryExpired) as refused:
            form.email.errors = [speech().gettext(refused.message)]
        except operations.Suspended as suspended:
            form.email.errors = [closed(suspended.schools)]
        except TooManyTries as too_many:
            refusal = too_many
    return sign_in_page(form, refusal)


@pages.post("/logout")
@signed_in
def sign_out() -> Answer:
    operations.sign_out(asking())
    return redirect(url_for(".sign_in", news="signed-out"), 303)


@pages.route("/password/forgot", methods=["GET", "POST"])
@public("for those who cannot sign in")
def forgot_password() -> Answer:
    form, refusal = ForgottenForm(), None
    if form.validate_on_submit():
        try:
            operations.ask_for_link(email=form.email.data, address=request.remote_addr or "", language=speech().language)
            return render("account/link_sent.html", email=form.email.data), 200
        except TooManyTries as too_many:
            refusal = too_many
    return _show("account/forgot.html", form, refusal)


@pages.route("/password/reset/<token>", methods=["GET", "POST"])
@public("the link in a mail is the proof")
def reset_password(token: str) -> Answer:
    form = NewPasswordForm()
    try:
        operations.check_link(token)
        if form.validate_on_submit():
            operations.set_password(token, form.password.data, language=speech().language)
            return redirect(url_for(".sign_in", news="password-set"), 303)
    except operations.LinkExpired:
        return render("account/link_expired.html"), 410
    return _show("account/reset.html", form)


@pages.route("/settings/password", methods=["GET", "POST"])
@signed_in
def change_password() -> Answer:
    person, form, refusal = asking(), ChangePasswordForm(), None
    if form.validate_on_submit():
        try:
            operations.change_password(
                person,
                current=form.current.data,
                new=form.password.data,
                address=request.remote_addr or "",
                language=speech().language,
            )
            if person.must_change:
                flash(speech().gettext("Your password is set. Everything is open to you now."), "ok")
                return redirect(url_for("portal.dashboard"), 303)
            flash(speech().gettext("Your password is changed. Your other devices are signed out."), "ok")
            return redirect(url_for(".change_password"), 303)
        except (operations.WrongPassword, operations.TemporaryExpired) as wrong:
            form.current.errors = [speech().gettext(wrong.message)]
        except TooManyTries as too_many:
            refusal = too_many
    if person.must_change:
        form.current.label.text = TEMPORARY
        until = operations.temporary_until(person)
        return _show("account/first_password.html", form, refusal, email=person.email, until=until)
    return _show("account/password.html", form, refusal, email=person.email)


@pages.route("/settings/language", methods=["GET", "POST"])
@signed_in
def language() -> Answer:
    person = asking()
    form = LanguageForm(data={"language": person.language or "school"})
    if form.validate_on_submit():
        operations.choose_language(person, form.chosen)
        flash(voice_for(person._replace(language=form.chosen)).gettext("Language saved."), "ok")
        return redirect(url_for(".language"), 303)
    return _show("account/language.html", form)


@pages.route("/settings/profile", methods=["GET", "POST"])
@signed_in
def profile() -> Answer:
    person = asking()
    form = ProfileForm(data={"name": person.name})
    if form.validate_on_submit():
        operations.rename(person, form.name.data)
        flash(speech().gettext("Your name is saved."), "ok")
        return redirect(url_for(".profile"), 303)
    with about_accounts("profile") as session:
        schools = schools_of(session, person.user_id)
    return _show("account/profile.html", form, email=person.email, schools=schools)


def sign_in_page(form: SignInForm, refusal: TooManyTries | None = None) -> Answer:
    """The door, as it is or with what was wrong."""
    settings: Settings = current_app.extensions["settings"]
    accounts = {} if settings.is_production else demo.by_place()
    news = NEWS.get(request.args.get("news", ""))
    shown = {"accounts": accounts, "demo_password": demo.PASSWORD, "site": settings.public_url}
    return _show("account/sign_in.html", form, refusal, news=news, **shown)


def closed(schools: list[str]) -> str:
    """What somebody is told whose schools are all suspended."""
    return speech().ngettext(
        "%(schools)s is suspended. Ask the office of the school when it opens again.",
        "%(schools)s are suspended. Ask the office of your school when it opens again.",
        len(schools),
        schools=", ".join(schools),
    )


def _show(template: str, form: Form, refusal: TooManyTries | None = None, **values: Any) -> Answer:
    """The page of a form: 200 at first, 422 with its problems, 429 when it was sent too often, saying how long to wait."""
    if refusal is None:
        return render(template, form=form, **values), 422 if form.is_submitted() else 200
    next(iter(form)).errors = [too_many_tries(refusal)]
    return render(template, form=form, **values), 429, {"Retry-After": str(refusal.wait)}


def too_many_tries(refusal: TooManyTries) -> str:
    """What somebody is told who failed too often."""
    return speech().ngettext(
        "Too many tries. Try again in %(num)s minute.", "Too many tries. Try again in %(num)s minutes.", refusal.minutes
    )
