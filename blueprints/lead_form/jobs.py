"""The owners of a school hear of new enquiries: one mail for all that came since the last, and no word of anybody in it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from app import clock
from app.access.accounts import about_accounts
from app.delivery import lead_mail
from app.domain.leads.intake import TELL
from app.models.lead import LeadEvent
from app.models.lead_form import LeadForm
from app.models.school import School
from app.models.user import Membership, Role, User
from app.tenancy.database import db
from app.tenancy.doors import outside
from app.tenancy.scope import current_school_id
from app.work.jobs import Task, job
from blueprints.lead_form.queries import BY_FORM


@job(TELL)
def tell_owners(task: Task) -> dt.datetime | None:
    """Queue a mail to each owner about the enquiries that came by the form since they were last told."""
    school_id = current_school_id()
    form = db.session.scalars(select(LeadForm).with_for_update()).one_or_none()  # waits for enquiries that are being stored
    if form is None or not form.telling:
        return None
    came = select(func.count()).select_from(LeadEvent).where(BY_FORM)
    number = db.session.scalar(came.where(LeadEvent.at > form.told_at) if form.told_at else came) or 0
    form.telling, form.told_at = False, clock.now()
    if not number:
        return None
    owners = (
        select(User.id, User.language, School.language, School.name)
        .join(Membership, Membership.user_id == User.id)
        .join(School, School.id == Membership.school_id)
        .where(
            Membership.school_id == school_id, Membership.role == Role.OWNER.value, Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    )  # fmt: skip
    with outside(), about_accounts("the owners hear of new enquiries") as platform:
        for user_id, own, of_school, name in platform.execute(owners).all():
            lead_mail.tell(platform, user_id=user_id, language=own or of_school, school=name, number=number)
    return None
