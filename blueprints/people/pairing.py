"""The addresses of duplicates: who is likely to be in the lists twice, what a merge would do, and merging."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, request

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.person import Person
from app.web.filters import asked
from app.web.page import render
from blueprints.people import duplicates, merging, queries
from blueprints.people.forms import MergeForm
from blueprints.people.operations import PeopleError
from blueprints.people.routes import Answer, held, pages, to
from blueprints.people.words import CONSENTS


@pages.get("/duplicates")
@allow(Permission.PEOPLE_MANAGE)
def list_duplicates() -> Answer:
    return render("people/duplicates.html", pairs=duplicates.pairs(), whys=duplicates.WHYS)


@pages.route("/<uuid:person_id>/merge", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def merge_people(person_id: UUID) -> Answer:
    """First the other record is looked for (`?q=`), then it is chosen what the one that is kept says (`?other=`)."""
    kept, other_id = held(person_id), _other()
    if other_id is None:
        return _choose(kept)
    sides = duplicates.sides(person_id, other_id) or abort(404)
    form = MergeForm(*sides, fields=merging.fields_of(kept.kind))
    refused = ""
    if form.validate_on_submit():
        other = held(other_id)
        try:
            merging.merge(kept, other, form.chosen, role=asking().role, by=current_actor())
            flash(speech().gettext("The two records of %(name)s are one now.", name=kept.name), "ok")
            return to(person_id)
        except PeopleError as fault:
            refused = speech().gettext(fault.message)
    page = render(
        "people/merge.html", form=form, kept=sides[0], other=sides[1], refused=refused, languages=LANGUAGES, consents=CONSENTS
    )
    return (page, 422) if form.problems or refused else page


def _choose(kept: Person) -> Answer:
    if request.method == "POST":
        abort(404)
    filters = asked()
    found = queries.matches(kept.kind, filters.search, but=kept.id)
    pairs = [] if kept.ended_at else duplicates.pairs_of(kept.id)
    return render("people/choose_duplicate.html", kept=kept, asked=filters, found=found, pairs=pairs, whys=duplicates.WHYS)


def _other() -> UUID | None:
    """The other record that the address names; 404 for what can be none."""
    given = request.args.get("other")
    try:
        return UUID(given) if given else None
    except ValueError:
        abort(404)
