"""/invitations/<token>: the page of an invitation, for whoever holds its link."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import public
from app.access.who import Who, who
from app.domain.invitations import State
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.page import render
from blueprints.invitations import acceptance
from blueprints.invitations.acceptance import Offer
from blueprints.invitations.forms import AcceptForm

pages = Blueprint("accepting", __name__, template_folder="templates")
Answer = str | Response | tuple[str, int]
#: why a link opens nothing, and what to do
WHY: dict[str | None, tuple[str, str]] = {
    State.USED: (
        N_("It has been used, and works only once."),
        N_("Sign in with the password that you chose. If it was not you who used it, tell your school."),
    ),
    State.EXPIRED: (
        N_("It is too old: an invitation works for 48 hours."),
        N_("Ask your school to send a new one."),
    ),
    State.REVOKED: (
        N_("It was taken back, or another one was sent in its place."),
        N_("Look for a newer mail, or ask your school to send a new one."),
    ),
    None: (
        N_("The address has a mistake in it, or it never was an invitation."),
        N_("Copy the whole link from the mail, or ask your school to send a new one."),
    ),
}  # fmt: skip

#: the same for an account that needs none
FOR_STAFF = (
    N_("You run the platform, and nobody who does belongs to a school by an invitation."),
    N_("Enter the school by a support visit from its page."),
)


@pages.route("/invitations/<token>", methods=["GET", "POST"])
@public("the link in a mail is the proof")
def accept(token: str) -> Answer:
    person = who()
    inside = person is not None and not person.must_change
    try:
        found = acceptance.offer(token)
        if person and not person.must_change:
            if person.user_id == found.user_id and not found.chooses:
                return _as_oneself(token, found, person)
            return render("invitations/somebody_else.html", offer=found, person=person)
        if found.is_mailed and not found.chooses:
            return _sign_in_first(found)
        return _with_password(token, found)
    except acceptance.NeedsMail:
        flash(speech().gettext("Open the link in the mail that you got: it shows that the address is yours."), "warn")
        return redirect(url_for("portal.dashboard"), 303)
    except acceptance.NeedsSignIn:
        return redirect(url_for(".accept", token=token), 303)
    except acceptance.RunsPlatform:
        why, next_step = FOR_STAFF
        return render("invitations/gone.html", why=why, next_step=next_step, inside=inside), 410
    except acceptance.Gone as gone:
        why, next_step = WHY[gone.state]
        return render("invitations/gone.html", why=why, next_step=next_step, inside=inside), 410
    except acceptance.Closed as closed:
        return render("invitations/closed.html", school=closed.school, inside=inside), 403


def _as_oneself(token: str, found: Offer, person: Who) -> Answer:
    """One click, for somebody who is signed in with the address that was invited."""
    if found.runs_platform:
        raise acceptance.RunsPlatform
    if request.method != "POST":
        return render("invitations/accept.html", offer=found)
    acceptance.accept(token, person)
    flash(speech().gettext("Welcome to %(school)s.", school=found.school), "ok")
    return redirect(url_for("portal.dashboard"), 303)


def _with_password(token: str, found: Offer) -> Answer:
    """A name and a password, and then to the door: the link itself signs nobody in.

    A link that was not mailed shows this for every address: whether that has an account is not for whoever holds the link.
    """
    form = AcceptForm(data={"name": found.name})
    if not form.validate_on_submit():
        page = render("invitations/choose.html", form=form, offer=found, sign_in=_door())
        return (page, 422) if form.problems else page
    try:
        acceptance.choose_password(token, name=form.name.data, password=form.password.data, language=speech().language)
    except acceptance.NeedsSignIn:
        return _sign_in_first(found)
    return redirect(url_for("account.sign_in", news="invitation-accepted"), 303)


def _sign_in_first(found: Offer) -> str:
    """For an address with an account: the link is not enough."""
    return render("invitations/sign_in.html", offer=found, sign_in=_door())


def _door() -> str:
    """The address where somebody signs in, which leads back to the invitation."""
    return url_for("account.sign_in", next=request.path)
