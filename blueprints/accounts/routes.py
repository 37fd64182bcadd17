"""/operator/accounts: all accounts, their file, who bills, and the recounts of the ledger."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, flash, redirect, url_for
from werkzeug.wrappers import Response as Answered

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.audit.record import current_actor
from app.domain.billing.seller import Seller, seller_of
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.filters import asked
from app.web.page import render
from blueprints.accounts import files, operations, queries
from blueprints.accounts.forms import SellerForm
from blueprints.accounts.queries import FILTERS, Band
from blueprints.accounts.words import FAULTS

pages = Blueprint("accounts", __name__, url_prefix="/operator/accounts", template_folder="templates")
Answer = str | Answered | tuple[str, int]
LOOK = N_("The accounts of schools")


@pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def list_accounts() -> str:
    wanted = asked(place=(str,), state=FILTERS)
    with across_schools(LOOK) as session:
        overview = queries.overview(session)
        page = queries.page(session, state=wanted.chosen["state"], search=wanted.search, after=wanted.after)
    return render("accounts/list.html", asked=wanted, overview=overview, page=page, bars=_bars(overview.bands))


@pages.get("/accounts.csv")
@allow(Permission.PLATFORM_OPERATE)
def download() -> Response:
    wanted = asked(place=(str,), state=FILTERS)
    with across_schools(N_("The accounts of schools, as a file")) as session:
        rows = queries.every(session, state=wanted.chosen["state"], search=wanted.search)
        chosen = {"state": wanted.chosen["state"], "search": wanted.search}
        content = files.accounts(session, rows, chosen, by=current_actor())
        session.commit()
    return as_file(content, "accounts")


@pages.route("/seller", methods=["GET", "POST"])
@allow(Permission.PLATFORM_OPERATE)
def change_seller() -> Answer:
    demand_step_up(back=url_for(".change_seller"))
    with across_schools(N_("Who bills"), routine=True) as session:  # the deed has its own event
        form = SellerForm(data=seller_of(session)._asdict())
    if form.validate_on_submit():
        given = Seller(
            name=form.name.data, address=form.address.data or "", vat_number=form.vat_number.data or None,
            registration=form.registration.data or None, email=form.email.data or None, bank=form.bank.data or "",
        )  # fmt: skip
        if operations.change_seller(given, by=current_actor()):
            flash(speech().gettext("Saved. Invoices that are issued from now on say so; those before stay as they are."), "ok")
        else:
            flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
        return redirect(url_for(".change_seller"), 303)
    page = render("accounts/seller.html", form=form)
    return (page, 422) if form.problems else page


@pages.get("/proof")
@allow(Permission.PLATFORM_OPERATE)
def show_proofs() -> str:
    with across_schools(N_("The recounts of the ledger")) as session:
        rows = queries.proofs(session)
        names = queries.names_of(session, [fault["school_id"] for fault in rows[0].detail]) if rows else {}
    return render("accounts/proof.html", rows=rows, names=names, words=FAULTS)


@pages.post("/proof")
@allow(Permission.PLATFORM_OPERATE)
def prove_now() -> Answer:
    operations.prove_now(by=current_actor())
    flash(speech().gettext("Every ledger is counted anew as soon as a worker is free. Reload this page in a moment."), "ok")
    return redirect(url_for(".show_proofs"), 303)


def as_file(content: bytes, subject: str) -> Response:
    """A CSV to keep."""
    response = Response(content, content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=files.name_of(subject))
    return response


class _Bar(NamedTuple):
    """A band of the chart: `length` in percent of the longest."""

    label: str
    length: float
    value: str


def _bars(bands: list[Band]) -> list[_Bar]:
    """How many accounts have a reserve for how many days, as bars."""
    most = max([band.accounts for band in bands] + [1])
    return [_Bar(_label(band), 100 * band.accounts / most, speech().number(band.accounts)) for band in bands]


def _label(band: Band) -> str:
    voice = speech()
    if band.until is None:
        return voice.gettext("%(since)s days or more", since=voice.number(band.since))
    if not band.since:
        return voice.gettext("under %(until)s days", until=voice.number(band.until))
    return voice.gettext("%(since)s to %(last)s days", since=voice.number(band.since), last=voice.number(band.until - 1))
