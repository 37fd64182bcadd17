"""What a person is told by mail about their own account: what was done, when, on which device, and what to do if it is strange.

Queued in the transaction of the deed, to the person's own address and in their language.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.letter import literal
from app.domain.user_agents import device_of
from app.i18n.catalogue import N_
from app.i18n.languages import DEFAULT
from app.i18n.speech import Speech
from app.models.login import AccountMail
from app.models.school import School
from app.models.user import Membership, PlatformRole, User
from app.work.outbox import queue

SUBJECTS = {
    "passkey_added": N_("A passkey was added to your Umthi account"),
    "passkey_removed": N_("A passkey of your Umthi account was removed"),
    "codes_made": N_("New recovery codes for your Umthi account"),
    "code_used": N_("A recovery code of your Umthi account was used"),
    "fallback_granted": N_("You may confirm with your password for a day"),
    "others_signed_out": N_("Your other devices were signed out of Umthi"),
    "staff_recovered": N_("A superuser of Umthi was let in from the command line"),
}
#: what happened; `name` is the passkey's, `until` when a fallback ends, for the last one whom it is about
WHAT = {
    "passkey_added": N_("On %(at)s the passkey “%(name)s” was added to the Umthi account of %(address)s."),
    "passkey_removed": N_("On %(at)s the passkey “%(name)s” was removed from the Umthi account of %(address)s."),
    "codes_made": N_("On %(at)s new recovery codes were made for the Umthi account of %(address)s. Older ones no longer work."),
    "code_used": N_("On %(at)s a recovery code of the Umthi account of %(address)s was used to confirm something."),
    "fallback_granted": N_(
        "On %(at)s %(name)s let the password of the Umthi account of %(address)s do in place of a passkey, until %(until)s."
    ),
    "others_signed_out": N_("On %(at)s every other device was signed out of the Umthi account of %(address)s."),
    "staff_recovered": N_(
        "On %(at)s somebody with access to the server let %(name)s confirm with a password, and made a link that sets that"
        " password. You are told because you are a superuser."
    ),
}
STRANGE = N_(
    "Was this somebody else? Then choose a new password at once, look through your passkeys and devices, and tell an"
    " administrator of the school."
)
STRANGE_TO_STAFF = N_("Do you know nothing of it? Then disable the account at once, and find out who has access to the server.")
STAFF = frozenset({"staff_recovered"})


def tell(
    session: Session, kind: str, *, user_id: UUID, language: str | None = None, name: str = "", until: datetime | None = None
) -> None:
    """Queue a mail of SUBJECTS to a user. Needs the platform's session, whose commit lets it go.

    `language` is theirs as far as the caller knows it. In a request, the device and the network address that it came from are
    told. `name` and `until`: see WHAT. Raises KeyError for a kind that is not there.
    """
    WHAT[kind]
    details = {"name": name, "until": until.isoformat() if until else ""}
    if has_request_context():
        device = device_of(request.user_agent.string or "")
        details |= {"device": str(device), "address": request.remote_addr or ""}
    mail = AccountMail(user_id=user_id, kind=kind, language=language or language_of(session, user_id), details=details)
    session.add(mail)
    session.flush()  # for its id
    queue("account.mail", mail.id, queue="urgent")


def language_of(session: Session, user_id: UUID) -> str:
    """The language of a user, else that of their first school, else the platform's. Needs the platform's session."""
    theirs = (
        select(School.language)
        .join(Membership, Membership.school_id == School.id)
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None), School.is_open)
        .order_by(School.name, School.id)
        .limit(1)
    )
    return session.scalar(select(User.language).where(User.id == user_id)) or session.scalar(theirs) or DEFAULT


def other_superusers(session: Session, user_id: UUID) -> list[UUID]:
    """The superusers beside one, who may still sign in. Needs the platform's session."""
    others = User.platform_role == PlatformRole.SUPERUSER, User.disabled_at.is_(None), User.id != user_id
    return list(session.scalars(select(User.id).where(*others).order_by(User.email)))


def said(mail: AccountMail, words: Speech, address: str) -> dict[str, object]:
    """The sentences of a mail: what, where ("" where that is not known), and what to do; literal, but not escaped for HTML."""
    of = mail.details or {}
    until = words.moment(datetime.fromisoformat(of["until"])) if of.get("until") else ""
    what = words.gettext(
        WHAT[mail.kind], at=words.moment(mail.created_at), name=of.get("name", ""), address=address, until=until
    )
    strange = words.gettext(STRANGE_TO_STAFF if mail.kind in STAFF else STRANGE)
    where = literal(_where(of, words))
    return {"what": literal(what), "where": where, "strange": strange, "about_staff": mail.kind in STAFF}


def _where(of: dict[str, str], words: Speech) -> str:
    if "address" not in of:
        return ""
    browser, _, system = of["device"].partition("/")
    if browser and system:
        return words.gettext(
            N_("It was done with %(browser)s on %(system)s, from the network address %(address)s."),
            browser=browser, system=system, address=of["address"],
        )  # fmt: skip
    return words.gettext(
        N_("It was done with a device that is not known, from the network address %(address)s."), address=of["address"]
    )
