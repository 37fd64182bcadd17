"""The addresses of consent: what was said about a learner, and the texts."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.personal_data import consents
from app.domain.personal_data.purposes import PURPOSES
from app.i18n.speech import speech
from app.models.person import Kind
from app.models.personal_data import Answer as Said
from app.models.personal_data import Way
from app.web.page import render
from blueprints.personal_data import queries
from blueprints.personal_data.forms import ConsentForm, TextForm
from blueprints.personal_data.routes import WORDS, Answer, held_person, pages, person_here, today_at_school


@pages.route("/<uuid:learner_id>/data/consent", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def consent(learner_id: UUID) -> Answer:
    """What was said about a learner, purpose by purpose; and what came on paper."""
    somebody, form = person_here(learner_id), ConsentForm(today_at_school())
    if somebody.kind != Kind.LEARNER:
        abort(404)
    if form.validate_on_submit():
        try:
            consents.say(
                held_person(learner_id), form.purpose.data, Said(form.answer.data), by=current_actor(), by_id=None,
                by_name=form.said_by.data, way=Way(form.way.data), signed_on=form.signed_on.data, note=form.note.data or None,
            )  # fmt: skip
            flash(speech().gettext("Noted."), "ok")
        except consents.Unchanged:
            flash(speech().gettext("That is what stands already."), "info")
        return redirect(url_for(".consent", learner_id=learner_id), 303)
    history = consents.history(learner_id)
    page = render(
        "personal_data/consent.html", form=form, person=somebody, history=history, standings=consents.standings(history),
        purposes=PURPOSES, language=speech().language, **WORDS,
    )  # fmt: skip
    return (page, 422) if form.is_submitted() else page


@pages.route("/data/texts/<purpose>", methods=["GET", "POST"])
@allow(Permission.PEOPLE_MANAGE)
def consent_text(purpose: str) -> Answer:
    """What people are asked to agree to; another text is another version."""
    if purpose not in PURPOSES:
        abort(404)
    now, label = consents.texts()[purpose], speech().gettext(PURPOSES[purpose].label)
    form = TextForm(data={f"text_{code}": text for code, text in now.texts.items()})
    if form.validate_on_submit():
        try:
            made = consents.publish(purpose, form.texts, label=label, by=current_actor())
            flash(speech().gettext("Version %(number)s is shown from now on.", number=made.version), "ok")
        except consents.Unchanged:
            flash(speech().gettext("Nothing was changed."), "info")
        return redirect(url_for(".consent_text", purpose=purpose), 303)
    page = render(
        "personal_data/text.html", form=form, purpose=purpose, label=label, now=now, versions=queries.versions(purpose),
        language=speech().language,
    )  # fmt: skip
    return (page, 422) if form.is_submitted() else page
