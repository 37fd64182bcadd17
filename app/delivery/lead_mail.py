"""What owners are told by mail about new enquiries: how many came, and where they stand. Nobody's name is in it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from app.delivery.letter import literal
from app.i18n.catalogue import N_
from app.i18n.speech import Speech
from app.models.login import AccountMail
from app.work.outbox import queue

SUBJECTS = {"leads_came": N_("New enquiries at your school")}


def tell(session: Session, *, user_id: UUID, language: str, school: str, number: int) -> None:
    """Queue the mail to a user. Needs the platform's session."""
    mail = AccountMail(user_id=user_id, kind="leads_came", language=language, details={"school": school, "number": number})
    session.add(mail)
    session.flush()  # for its id
    queue("account.mail", mail.id)


def said(mail: AccountMail, words: Speech) -> dict[str, object]:
    """The sentence of a mail, literal but not escaped for HTML."""
    of = mail.details or {}
    what = words.ngettext(
        "%(num)s enquiry has come to %(school)s by the form.", "%(num)s enquiries have come to %(school)s by the form.",
        int(of.get("number", 0)), school=of.get("school", ""),
    )  # fmt: skip
    return {"what": literal(what)}


def path() -> str:
    """The page of the leads."""
    return "/marketing/leads/"
