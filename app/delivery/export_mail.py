"""What somebody is told by mail about an export that took so long that they have left its page: it is there, or it failed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.delivery.account_news import language_of
from app.delivery.letter import literal
from app.i18n.catalogue import N_
from app.i18n.speech import Speech
from app.models.login import AccountMail
from app.work.outbox import queue

SUBJECTS = {
    "export_ready": N_("Your export is ready to download"),
    "export_failed": N_("Your export could not be made"),
}
#: what happened; `label` is what was asked for
WHAT = {
    "export_ready": N_(
        "“%(label)s” of %(school)s, which you asked for, is ready: %(rows)s rows. It can be downloaded until %(until)s; after"
        " that the file is deleted."
    ),
    "export_failed": N_("“%(label)s” of %(school)s, which you asked for, could not be made. Its page says why."),
}


def tell(
    session: Session, kind: str, *, user_id: UUID, export_id: UUID, label: str, school: str, rows: int, until: datetime | None
) -> None:
    """Queue a mail of SUBJECTS to a user. `label` is a message to be translated. Needs the platform's session.

    Raises KeyError for a kind that is not there.
    """
    WHAT[kind]
    details = {"label": label, "school": school, "rows": rows, "until": until.isoformat() if until else ""}
    language = language_of(session, user_id)
    mail = AccountMail(user_id=user_id, kind=kind, subject_id=export_id, language=language, details=details)
    session.add(mail)
    session.flush()  # for its id
    queue("account.mail", mail.id)


def said(mail: AccountMail, words: Speech) -> dict[str, object]:
    """The sentence of a mail, literal but not escaped for HTML."""
    of = mail.details or {}
    until = words.moment(datetime.fromisoformat(of["until"])) if of.get("until") else ""
    label, rows = words.gettext(of.get("label", "")), words.number(int(of.get("rows", 0)))
    return {"what": literal(words.gettext(WHAT[mail.kind], label=label, school=of.get("school", ""), rows=rows, until=until))}


def path(mail: AccountMail) -> str:
    """The page of the export."""
    return f"/exports/{mail.subject_id}"
