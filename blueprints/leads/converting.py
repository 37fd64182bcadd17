"""The address at which a lead becomes a learner and a guardian of the school."""

from __future__ import annotations

from uuid import UUID

from flask import flash

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.classes import classes_for, today_here
from app.domain.leads import converting
from app.domain.leads.converting import Converted, NoSuchClass, NoSuchPerson
from app.domain.leads.records import LeadError
from app.domain.people_records import NumberTaken
from app.domain.places import ClassError
from app.i18n.speech import speech
from app.web.page import render
from blueprints.leads.forms import ConvertForm
from blueprints.leads.routes import Answer, held, pages, to


@pages.route("/<uuid:lead_id>/convert", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def convert_lead(lead_id: UUID) -> Answer:
    lead, asker, today, words = held(lead_id), asking(), today_here(), speech()
    if lead.learner_id:
        flash(words.gettext(converting.AlreadyConverted.message), "info")
        return to(lead_id)
    learners, guardians = converting.learners_like(lead), converting.guardians_like(lead)
    form = ConvertForm(lead, learners, guardians, classes_for(asker.role, asker.person_id, today), today)
    if form.validate_on_submit():
        try:
            _say(converting.convert(lead, form.wanted, by=current_actor()))
            return to(lead_id)
        except NumberTaken as taken:
            form.number.errors = [words.gettext(taken.message, name=taken.name)]
        except (NoSuchClass, ClassError) as refused:
            form.class_id.errors = [words.gettext(refused.message)]
        except NoSuchPerson as refused:
            form.guardian.errors = [words.gettext(refused.message)]
        except LeadError as refused:
            flash(words.gettext(refused.message), "warn")
            return to(lead_id)
    page = render("leads/convert.html", form=form, lead=lead, learners=learners, guardians=guardians)
    return (page, 422) if form.problems else page


def _say(done: Converted) -> None:
    words = speech()
    flash(words.gettext("%(name)s is a learner of the school now.", name=done.learner.name), "ok")
    if done.waits:
        flash(words.gettext("The class is full: %(name)s is on its waiting list.", name=done.learner.name), "warn")
    if done.elsewhere:
        flash(
            words.gettext("%(name)s is in %(group)s already and was not put into a second class.",
                name=done.learner.name, group=done.elsewhere), "warn",
        )  # fmt: skip
