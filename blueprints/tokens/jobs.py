"""The owners of a school hear of every new token: whoever makes one quietly is found out."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.access.accounts import about_accounts
from app.delivery.account_mail import mail_user
from app.models.school import School
from app.models.user import Membership, Role, User
from app.tenancy.doors import outside
from app.tenancy.scope import current_school_id
from app.work.jobs import Task, job


@job("tokens.tell_owners")
def tell_owners(task: Task) -> dt.datetime | None:
    """Queue a mail to each owner of the school about the token of the task."""
    school_id = current_school_id()
    owners = (
        select(User.id, User.language, School.language)
        .join(Membership, Membership.user_id == User.id)
        .join(School, School.id == Membership.school_id)
        .where(
            Membership.school_id == school_id, Membership.role == Role.OWNER.value, Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    )  # fmt: skip
    with outside(), about_accounts("the owners hear of a new token") as platform:
        for user_id, own, of_school in platform.execute(owners).all():
            mail_user(platform, user_id=user_id, kind="token_made", subject_id=task.subject, language=own or of_school)
    return None
