"""The address at which two leads become one: choose the other, choose values, see what comes out, do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import abort, flash, request

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.classes import today_here
from app.domain.leads import merging
from app.domain.leads.merging import FIELDS, KEPT, OTHER
from app.domain.leads.records import LeadError
from app.domain.leads.sources import SOURCES
from app.domain.leads.stages import STAGES
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.filters import asked
from app.web.page import render
from blueprints.leads import queries
from blueprints.leads.queries import Wanted
from blueprints.leads.routes import Answer, held, pages, to


@pages.route("/<uuid:lead_id>/merge", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def merge_leads(lead_id: UUID) -> Answer:
    """Without `?other=` those that look alike are offered, and others are searched for; nothing is changed before the POST."""
    other_id = _other()
    if other_id is None:
        return _choose(lead_id)
    try:
        kept, other = merging.held(lead_id, other_id)
    except LeadError:
        abort(404)
    given = request.form if request.method == "POST" else request.args
    fields = merging.differing(kept, other)
    chosen = {name: OTHER if given.get(name) == OTHER else KEPT for name in fields}
    try:
        result = merging.outcome(kept, other, chosen)
        if request.method == "POST":
            name = other.name
            merging.merge(kept, other, chosen, by=current_actor())
            flash(speech().gettext("The two leads are one. The history of %(name)s stands here too.", name=name), "ok")
            return to(kept.id)
    except LeadError as refused:
        page = render("leads/merge_refused.html", kept=kept, other=other, message=speech().gettext(refused.message))
        return page, 422
    return render(
        "leads/merge.html", kept=kept, other=other, fields={name: FIELDS[name] for name in fields}, chosen=chosen,
        result=result, labels=FIELDS, words=_words(result), of_kept=_words(_values(kept)), of_other=_words(_values(other)),
        stages=STAGES,
        events=len(queries.history(kept.id)) + len(queries.history(other.id)),
    )  # fmt: skip


def _choose(lead_id: UUID) -> Answer:
    """The page on which the other lead is chosen. A POST without one changes nothing, and leads there."""
    lead, filters = held(lead_id), asked()
    if request.method == "POST":
        return to(lead_id)
    alike = merging.alike(lead.email, lead.phone, lead.id)
    known = {lead.id, *(each.id for each in alike)}
    found = queries.leads(Wanted(text=filters.search), today=today_here()).rows if filters.search else []
    rows = [row for row in found if UUID(row.id) not in known]
    return render("leads/choose_duplicate.html", lead=lead, alike=alike, rows=rows, asked=filters, stages=STAGES)


def _other() -> UUID | None:
    given = request.args.get("other") or request.form.get("other")
    try:
        return UUID(given) if given else None
    except ValueError:
        abort(404)


def _values(lead: Any) -> dict[str, Any]:
    return {name: getattr(lead, name) for name in (*FIELDS, "source")}


def _words(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as a person reads them, by field; "" for nothing."""
    words = speech()
    names = queries.names_of(values["owner_id"], None) if values["owner_id"] else {}
    told = {name: str(values[name] or "") for name in FIELDS}
    language, source = values["language"], values["source"]
    told["language"] = words.gettext(LANGUAGES[language].spoken)
    told["owner_id"] = names.get(values["owner_id"], "")
    told["child_birth_date"] = words.date(values["child_birth_date"]) if values["child_birth_date"] else ""
    return told | {"source": words.gettext(SOURCES[source])}
