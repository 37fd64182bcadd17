"""The owner's pages of referrals: codes, which enquiry counts for whom, and the ledger of rewards."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.leads.stages import STAGES
from app.domain.referrals import attributing, codes, rewards
from app.domain.referrals.attributing import RULE, NoSuchReferral
from app.domain.referrals.codes import NoSuchCode, ReferralError
from app.domain.referrals.rewards import NoSuchGrant
from app.i18n.speech import speech
from app.web.filters import asked
from app.web.forms import Form
from app.web.page import render
from blueprints.referrals import queries
from blueprints.referrals.forms import CountForm, GrantForm, WhyForm
from blueprints.referrals.words import HOW, KINDS, WHY

pages = Blueprint("referrals", __name__, url_prefix="/marketing/referrals", template_folder="templates")
Answer = str | Response | tuple[str, int]
BY_ID = (UUID,)


@pages.get("/")
@allow(Permission.MARKETING_MANAGE)
def list_referrals() -> Answer:
    filters = asked(place=BY_ID)
    found, sums = queries.referrals(filters.after)
    return render(
        "referrals/list.html", page=found, asked=filters, sums=sums, rule=RULE, stages=STAGES, how=HOW,
    )  # fmt: skip


@pages.get("/codes")
@allow(Permission.MARKETING_MANAGE)
def list_codes() -> Answer:
    filters = asked(place=BY_ID)
    return render(
        "referrals/codes.html", page=queries.codes(filters.after), asked=filters, families=queries.families(filters.search)
    )


@pages.post("/codes/make/<uuid:person_id>")
@allow(Permission.MARKETING_MANAGE)
def make_code(person_id: UUID) -> Answer:
    try:
        made = codes.make_code(person_id, by=current_actor())
    except codes.NotAGuardian:
        abort(404)
    except ReferralError as reason:
        flash(speech().gettext(reason.message), "info")
    else:
        flash(speech().gettext("The code is %(code)s.", code=made.code), "ok")
    return redirect(url_for(".list_codes"), 303)


@pages.post("/codes/<uuid:code_id>/close")
@allow(Permission.MARKETING_MANAGE)
def close_code(code_id: UUID) -> Answer:
    try:
        is_new = codes.close_code(code_id, by=current_actor())
    except NoSuchCode:
        abort(404)
    if is_new:
        flash(speech().gettext("The code counts no more. What came by it stays."), "ok")
    return redirect(url_for(".list_codes"), 303)


@pages.route("/count", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def count_lead() -> Answer:
    """A lead that came by phone or in person, and said who sent them. `?lead=` names one, which is then chosen."""
    lead_id = request.args.get("lead", type=UUID)
    form = CountForm(*queries.to_count(lead_id), chosen=lead_id)
    if form.validate_on_submit():
        try:
            made = attributing.attribute(form.lead_id, form.code.data, by=current_actor())
        except NoSuchReferral:
            form.lead.errors = [speech().gettext("Choose a lead")]
        except ReferralError as reason:
            form.code.errors = [speech().gettext(reason.message)]
        else:
            flash(speech().gettext("The enquiry counts for this family."), "ok")
            return redirect(url_for(".show_referral", referral_id=made.id), 303)
    page = render("referrals/count.html", form=form, rule=RULE)
    return (page, 422) if form.is_submitted() else page


@pages.get("/<uuid:referral_id>")
@allow(Permission.MARKETING_MANAGE)
def show_referral(referral_id: UUID) -> Answer:
    return _page(referral_id)


@pages.post("/<uuid:referral_id>/grant")
@allow(Permission.MARKETING_MANAGE)
def grant(referral_id: UUID) -> Answer:
    _demand(referral_id)
    form = GrantForm()
    if not form.validate():
        return _page(referral_id, grant=form), 422
    try:
        rewards.grant(referral_id, cents=form.cents, words=form.words.data or "", by=current_actor())
    except NoSuchReferral:
        flash(speech().gettext("It was withdrawn: nothing is granted for it any more."), "warn")
    else:
        flash(speech().gettext("The reward is granted."), "ok")
    return _back(referral_id)


@pages.post("/<uuid:referral_id>/withdraw")
@allow(Permission.MARKETING_MANAGE)
def withdraw(referral_id: UUID) -> Answer:
    _demand(referral_id)
    form = WhyForm()
    if not form.validate():
        return _page(referral_id, why=form), 422
    try:
        attributing.withdraw(referral_id, form.why.data or "", by=current_actor())
    except NoSuchReferral:
        flash(speech().gettext("It was withdrawn before."), "info")
    except ReferralError as reason:
        flash(speech().gettext(reason.message), "warn")
    else:
        flash(speech().gettext("The enquiry counts for nobody any more. What was counted stays to be seen."), "ok")
    return _back(referral_id)


@pages.post("/<uuid:referral_id>/rewards/<uuid:reward_id>/pay")
@allow(Permission.MARKETING_MANAGE)
def pay(referral_id: UUID, reward_id: UUID) -> Answer:
    _grant_of(referral_id, reward_id)
    try:
        rewards.pay(reward_id, by=current_actor())
    except NoSuchGrant:
        abort(404)
    except ReferralError as reason:
        flash(speech().gettext(reason.message), "info")
    else:
        flash(speech().gettext("The reward is noted as paid out."), "ok")
    return _back(referral_id)


@pages.route("/<uuid:referral_id>/rewards/<uuid:reward_id>/take-back", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def take_back(referral_id: UUID, reward_id: UUID) -> Answer:
    line = _grant_of(referral_id, reward_id)
    form = WhyForm()
    if form.validate_on_submit():
        try:
            rewards.take_back(reward_id, form.why.data or "", by=current_actor())
        except NoSuchGrant:
            abort(404)
        except ReferralError as reason:
            flash(speech().gettext(reason.message), "info")
        else:
            flash(speech().gettext("The reward is taken back."), "ok")
        return _back(referral_id)
    page = render("referrals/take_back.html", form=form, line=line, referral_id=referral_id)
    return (page, 422) if form.is_submitted() else page


def _page(referral_id: UUID, *, grant: Form | None = None, why: Form | None = None) -> str:
    found = queries.one(referral_id) or abort(404)
    referral, lines = found
    ended = {line.grant_id: line for line in lines if line.grant_id}
    grants = [(line, ended.get(line.id)) for line in lines if line.grant_id is None]
    return render(
        "referrals/show.html", referral=referral, grants=grants, grant=grant or GrantForm(formdata=None),
        why=why or WhyForm(formdata=None), rule=RULE, stages=STAGES, how=HOW, kinds=KINDS,
        reasons=WHY,
    )  # fmt: skip


def _demand(referral_id: UUID) -> None:
    """404 for what is no referral of the school."""
    if queries.one(referral_id) is None:
        abort(404)


def _grant_of(referral_id: UUID, reward_id: UUID) -> queries.RewardLine:
    found = queries.one(referral_id) or abort(404)
    return next((line for line in found[1] if line.id == reward_id and line.grant_id is None), None) or abort(404)


def _back(referral_id: UUID) -> Response:
    return redirect(url_for(".show_referral", referral_id=referral_id), 303)
