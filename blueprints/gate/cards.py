"""Learners' cards: a sheet to print, and another code for a card that is lost."""

from __future__ import annotations

from uuid import UUID

import segno
from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.visits import refuse_download
from app.audit.record import current_actor
from app.domain.classes import classes_for
from app.domain.on_site import hours
from app.domain.scanning import day_at
from app.domain.school_face import logo
from app.i18n.speech import speech
from app.web.filters import asked
from app.web.page import render
from blueprints.gate import operations, queries
from blueprints.gate.routes import pages

#: what a school can leave off its cards; the code is always there
PARTS = ("name", "class", "number", "school")


@pages.get("/cards")
@allow(Permission.GATE_SCAN)
def list_cards() -> ResponseReturnValue:
    today = day_at(clock.now(), hours().timezone)
    classes = classes_for(None, None, today)
    filters = asked(class_id=[str(each.id) for each in classes])
    learner = request.args.get("learner", type=UUID)
    if learner:
        cards = queries.cards_of([learner], today) or abort(404)
    elif filters.chosen["class_id"]:
        cards = queries.cards_of_class(UUID(filters.chosen["class_id"]), today)
    else:
        cards = queries.cards_called(filters.search, today) if filters.search else []
    if cards:
        refuse_download()  # the code of a card is a key
    asked_for = [part for part in request.args.getlist("show") if part in PARTS]
    shown = asked_for or list(PARTS)
    return render(
        "gate/cards.html", cards=[(card, drawn(card.card_code)) for card in cards], classes=classes, asked=filters, shown=shown,
        learner=learner, begun=bool(learner or filters.is_anything), logo=logo(),
    )  # fmt: skip


@pages.route("/learners/<uuid:learner_id>/card", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def replace_card(learner_id: UUID) -> ResponseReturnValue:
    (card,) = queries.cards_of([learner_id], day_at(clock.now(), hours().timezone)) or abort(404)
    if request.method != "POST":
        return render("gate/replace_card.html", card=card)
    try:
        name = operations.new_card(learner_id, by=current_actor())
    except operations.NoSuchLearner:
        abort(404)
    flash(speech().gettext("The old card of %(name)s opens nothing any more. Print the new one here.", name=name), "ok")
    return redirect(url_for(".list_cards", learner=learner_id), 303)


def drawn(code: str) -> Markup:
    """The QR code of a card as SVG, which is as sharp on paper as the printer is."""
    picture = segno.make_qr(code, error="q").svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None)
    return Markup(picture)  # noqa: S704  (drawn by the package from a code of ours)
