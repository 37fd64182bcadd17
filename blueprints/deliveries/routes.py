"""The addresses of what did not arrive."""

from __future__ import annotations

import re
from typing import TypedDict
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.delivery import dead_letters
from app.delivery.dead_letters import Reason
from app.i18n.speech import speech
from app.models.delivery import Channel, State
from app.models.person import Person
from app.web.filters import Asked, asked
from app.web.page import render
from app.web.paging import BY_NAME
from blueprints.deliveries import operations, queries, unreachable
from blueprints.deliveries.forms import AddressForm, DiscardForm
from blueprints.deliveries.operations import LAST_DAYS
from blueprints.deliveries.sentences import NOTHING, discarded, sent_again

pages = Blueprint("deliveries", __name__, url_prefix="/schedule-notices", template_folder="templates")
Answer = str | Response | tuple[str, int]
CHANNELS = tuple(channel.value for channel in Channel)
KEY = re.compile(r"[a-z0-9-]{1,200}")


@pages.get("/dead-letters/")
@allow(Permission.NOTICES_MANAGE)
def list_failed() -> Answer:
    filters, reasons = _filters(), dead_letters.reasons()
    chosen = filters.chosen["reason"]
    kinds = [kind for reason in reasons if reason.key == chosen for kind in reason.kinds] if chosen else None
    page = queries.failed(
        **_reader(), channel=filters.chosen["channel"], kinds=kinds, pattern=filters.pattern, after=filters.after
    )
    tries = queries.tries(letter.id for letter in page.rows)
    export = url_for(
        "exports.download", dataset="deliveries", ending="csv", state=State.DEAD.value, reason=chosen or None,
        channel=filters.chosen["channel"] or None,
    )  # fmt: skip
    return render("deliveries/failed.html", page=page, asked=filters, reasons=reasons, tries=tries, export=export)


@pages.post("/dead-letters/<uuid:delivery_id>/retry")
@allow(Permission.NOTICES_MANAGE)
def retry_letter(delivery_id: UUID) -> Answer:
    filters, letter = _filters(), _letter(delivery_id)
    flash(*sent_again(operations.retry_letter(letter.id, name=letter.name, by=current_actor())))
    return _to_list(filters)


@pages.route("/dead-letters/<uuid:delivery_id>/discard", methods=["GET", "POST"])
@allow(Permission.NOTICES_MANAGE)
def discard_letter(delivery_id: UUID) -> Answer:
    filters, letter, form = _filters(), _letter(delivery_id), DiscardForm()
    if not form.validate_on_submit():
        page = render("deliveries/discard.html", form=form, letter=letter, number=1, reason=letter.reason)
        return (page, 422) if form.problems else page
    flash(*discarded(operations.discard_letter(letter.id, name=letter.name, why=form.why.data, by=current_actor())))
    return _to_list(filters)


@pages.route("/dead-letters/reasons/<reason>/retry", methods=["GET", "POST"])
@allow(Permission.NOTICES_MANAGE)
def retry_reason(reason: str) -> Answer:
    found = _reason(reason)
    if found is None:
        return _nothing_left()
    words = speech().gettext(found.words)
    if request.method != "POST":
        return render("deliveries/retry.html", words=words, held=queries.held(found.kinds))
    flash(*sent_again(operations.retry_reason(reason, words=words, by=current_actor())))
    return _to_list()


@pages.route("/dead-letters/reasons/<reason>/discard", methods=["GET", "POST"])
@allow(Permission.NOTICES_MANAGE)
def discard_reason(reason: str) -> Answer:
    found, form = _reason(reason), DiscardForm()
    if found is None:
        return _nothing_left()
    words = speech().gettext(found.words)
    if not form.validate_on_submit():
        page = render("deliveries/discard.html", form=form, letter=None, number=found.number, reason=words)
        return (page, 422) if form.problems else page
    flash(*discarded(operations.discard_reason(reason, words=words, why=form.why.data, by=current_actor())))
    return _to_list()


@pages.get("/unreachable")
@allow(Permission.NOTICES_MANAGE)
def list_unreachable() -> Answer:
    filters = asked(place=BY_NAME, why=(unreachable.UNSUBSCRIBED,))
    page = unreachable.people(filters.chosen["why"], filters.after)
    export = url_for("exports.download", dataset="addresses", ending="csv", why=filters.chosen["why"] or "mendable")
    return render("deliveries/unreachable.html", page=page, asked=filters, export=export)


@pages.route("/unreachable/<uuid:person_id>", methods=["GET", "POST"])
@allow(Permission.NOTICES_MANAGE)
def mend_address(person_id: UUID) -> Answer:
    person = _person(person_id)
    form = AddressForm(person)
    if not form.validate_on_submit():
        page = render(
            "deliveries/mend.html", form=form, person=unreachable.person(person_id), letters=_failed_of(person_id),
            recent=_recent_of(person_id), days=LAST_DAYS.days,
        )  # fmt: skip
        return (page, 422) if form.problems else page
    changed = operations.mend_address(
        person, email=form.email.data or None, phone=form.phone.data or None, is_right=form.is_right.data, by=current_actor()
    )
    if not changed:
        flash(speech().gettext("Nothing was changed."), "info")
    elif _recent_of(person_id):
        flash(speech().gettext("Saved. You can send again what did not arrive in the last days."), "ok")
        return redirect(url_for(".mend_address", person_id=person_id))
    else:
        flash(speech().gettext("Saved."), "ok")
    return redirect(url_for(".list_unreachable"))


@pages.post("/unreachable/<uuid:person_id>/retry")
@allow(Permission.NOTICES_MANAGE)
def retry_person(person_id: UUID) -> Answer:
    person = _person(person_id)
    recent = [letter.id for letter in _recent_of(person_id)]
    flash(*sent_again(operations.retry_person(person_id, recent, name=person.name, by=current_actor())))
    return redirect(url_for(".mend_address", person_id=person_id))


def _filters() -> Asked:
    """What the list is narrowed by; a reason that nothing fails for any more is no mistake."""
    reason = request.args.get("reason", "")
    return asked(channel=CHANNELS, reason=(reason,) if KEY.fullmatch(reason) else ())


def _to_list(filters: Asked | None = None) -> Response:
    """Back to the list as it was narrowed, from its beginning."""
    narrowed = filters.link() if filters and filters.is_anything else ""
    return redirect(url_for(".list_failed") + narrowed)


def _letter(delivery_id: UUID) -> queries.Letter:
    """A delivery of the school, failed or dealt with since; else 404."""
    return queries.letter(delivery_id, **_reader()) or abort(404)


def _reason(key: str) -> Reason | None:
    """The reason that an address names; None when nothing fails for it any more."""
    return next((reason for reason in dead_letters.reasons() if reason.key == key), None)


def _nothing_left() -> Response:
    """What a reason gets that nothing fails for any more: somebody was quicker."""
    flash(speech().gettext(NOTHING), "info")
    return _to_list()


def _person(person_id: UUID) -> Person:
    """Somebody who has not left, held while an address is being mended; else 404."""
    return operations.person_for_change(person_id, hold=request.method == "POST") or abort(404)


def _failed_of(person_id: UUID) -> list[queries.Letter]:
    return queries.failed_of(person_id, **_reader())


def _recent_of(person_id: UUID) -> list[queries.Letter]:
    """What failed to reach a person in the last days and still can be sent."""
    since = clock.now() - LAST_DAYS
    return [letter for letter in _failed_of(person_id) if letter.at >= since and not letter.forgotten]


class _Reader(TypedDict):
    """The languages in which whoever asks reads titles."""

    language: str
    school_language: str | None


def _reader() -> _Reader:
    return {"language": speech().language, "school_language": asking().school_language}
