"""What is still to do before a school goes live: nothing is ticked by hand, every line is looked up when the page is drawn."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from app.i18n.catalogue import N_
from blueprints.schools import one
from blueprints.schools.one import OneSchool


class Item(NamedTuple):
    """One line: whether it is so, what is so then, and what to do until then; `url` is the page for that, if there is one."""

    is_done: bool
    words: str
    todo: str
    url: str | None = None


def checklist(session: Session, school: OneSchool) -> list[Item]:
    """The lines in the order in which a school comes to them. The words are messages, to be translated."""
    so = one.facts(session, school.id)
    support, settings = url_for("schools.support", school_id=school.id), url_for("schools.settings", school_id=school.id)
    run = url_for("onboarding.show_run", run_id=school.run_id) if school.run_id else None
    return [
        Item(not school.is_pending, N_("The school is provisioned"), N_("The onboarding run says which step is missing."), run),
        Item(
            so.has_manager, N_("An owner or admin has an account"),
            N_("Invite the first admin, or let the onboarding run finish."), run or support,
        ),
        Item(so.none_waits, N_("The invitations of owners and admins are used"), N_("Send them again."), support),
        Item(so.signed_in, N_("An owner or admin has signed in"), N_("Ask whether the invitation arrived."), support),
        Item(
            so.none_is_temporary, N_("Every temporary password has been changed"),
            N_("Somebody has still to sign in and choose a password."), support,
        ),
        Item(so.staff, N_("There are members of staff"), N_("The school adds its staff.")),
        Item(so.learners, N_("There are learners"), N_("The school adds its learners.")),
        Item(so.guardians, N_("There are parents and guardians"), N_("The school adds them with its learners.")),
        Item(
            bool(school.contact_email), N_("The school has a contact address"), N_("Enter it, so that people can answer mail."),
            settings,
        ),
        Item(
            one.email_is_ready(session), N_("Email is ready"), N_("The health console says what is wrong with it."),
            url_for("platform_health.show"),
        ),
        Item(so.sent, N_("The first notice has been sent"), N_("The school schedules its first notice.")),
    ]  # fmt: skip
