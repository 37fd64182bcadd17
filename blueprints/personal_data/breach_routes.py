"""The addresses of breach workbooks."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, abort, current_app, flash, redirect, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import refuse_download
from app.audit.record import current_actor
from app.exports.csv_writer import write_csv
from app.exports.dataset import Column, Kind, datasets_of
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.badges import WORDS as KINDS
from app.web.page import render
from blueprints.personal_data import breaches, queries, saying
from blueprints.personal_data.breaches import BreachRow
from blueprints.personal_data.forms import BreachForm, WorkForm
from blueprints.personal_data.routes import WORDS, Answer, pages
from blueprints.personal_data.words import STEPS

COLUMNS = (
    Column("name", N_("Name")), Column("kind", N_("Kind")), Column("events", N_("Events"), Kind.INTEGER),
    Column("first_at", N_("First"), Kind.MOMENT), Column("last_at", N_("Last"), Kind.MOMENT),
    Column("seen", N_("What was seen or done")), Column("contact", N_("Whom to write to")),
    Column("email", N_("Email address")), Column("phone", N_("Phone number")),
)  # fmt: skip


@pages.route("/data/breaches/new", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def new_breach() -> Answer:
    words, known = speech(), breaches.accounts()
    datasets = {name: words.gettext(each.label) for name, each in sorted(datasets_of(current_app).items())}
    form = BreachForm([(one.user_id, one.name) for one in known], datasets)
    if form.validate_on_submit():
        since, until = form.period(queries.school().timezone)
        chosen = [one for one in known if str(one.user_id) in (form.accounts.data or ())]
        made = breaches.open_breach(
            form.title.data, since, until, users=chosen, request=form.request_id.data or "", dataset=form.dataset.data or "",
            by=current_actor(),
        )  # fmt: skip
        flash(words.gettext("The workbook is open. Work through the steps from the top."), "ok")
        return to(made.id)
    page = render("personal_data/breach_new.html", form=form)
    return (page, 422) if form.is_submitted() else page


@pages.get("/data/breaches/<uuid:breach_id>")
@allow(Permission.PEOPLE_MANAGE)
def show_breach(breach_id: UUID) -> Answer:
    return _page(_found(breach_id))


@pages.post("/data/breaches/<uuid:breach_id>/look")
@allow(Permission.PEOPLE_MANAGE)
def look_breach(breach_id: UUID) -> Answer:
    _found(breach_id)
    number, words = breaches.look(breach_id, by=current_actor()), speech()
    flash(words.ngettext("%(num)s person was affected.", "%(num)s people were affected.", number), "ok")
    return to(breach_id)


@pages.post("/data/breaches/<uuid:breach_id>/work")
@allow(Permission.PEOPLE_MANAGE)
def keep_breach(breach_id: UUID) -> Answer:
    row, form, words = _found(breach_id), WorkForm(), speech()
    if not form.validate_on_submit():
        return _page(row, form), 422
    changed = breaches.keep(
        breach_id, state=form.state.data, steps=form.steps.data or [], notes=form.notes.data or "", by=current_actor()
    )  # fmt: skip
    flash(words.gettext("Saved.") if changed else words.gettext("Nothing was changed."), "ok" if changed else "info")
    return to(breach_id)


@pages.get("/data/breaches/<uuid:breach_id>/affected.csv")
@allow(Permission.PEOPLE_MANAGE)
def download_breach(breach_id: UUID) -> Answer:
    """Those who were affected, with whom to write to; of a learner one line for each parent or guardian."""
    row = _found(breach_id)
    refuse_download()
    demand_step_up()
    voice, people = speech(), breaches.people_of(breach_id)
    families, file = breaches.families_of(people), io.BytesIO()
    lines = []
    for each in people:
        known = [each.name, voice.gettext(KINDS[each.kind]), each.events, each.first_at, each.last_at, _seen(each.seen)]
        contacts = [(one.name, one.email, one.phone) for one in families.get(each.person_id, ())]
        lines += [[*known, *contact] for contact in contacts or [(each.name, each.email, each.phone)]]
    write_csv(file, COLUMNS, iter(lines), voice)
    breaches.note_download(row, len(people), by=current_actor())
    response = Response(file.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"affected-{row.id}.csv")
    return response


def to(breach_id: UUID) -> Answer:
    """To a workbook."""
    return redirect(url_for(".show_breach", breach_id=breach_id), 303)


def _found(breach_id: UUID) -> BreachRow:
    return breaches.breach(breach_id) or abort(404)


def _page(row: BreachRow, form: WorkForm | None = None) -> str:
    form = form or WorkForm(formdata=None, data={"state": row.state, "steps": list(row.steps), "notes": row.notes})
    people = breaches.people_of(row.id)
    shown = people[: breaches.MOST]
    return render(
        "personal_data/breach.html", breach=row, form=form, people=shown, total=len(people),
        families=breaches.families_of(shown), steps=STEPS, seen=_seen, **WORDS,
    )  # fmt: skip


def _seen(seen: Mapping[str, Mapping[str, Any]]) -> str:
    """What was seen of somebody, in words."""
    voice = speech()
    said = []
    for action, each in sorted(seen.items()):
        fields = ", ".join(saying.column_label(str(name), voice) for name in each["fields"])
        label = f"{saying.action_label(action, voice)} ({voice.number(each['count'])})"
        said.append(f"{label}: {fields}" if fields else label)
    return "; ".join(said)
