"""What a person does about the devices on which they are signed in. Each verb opens the platform's door itself."""

from __future__ import annotations

from uuid import UUID

from app.access.accounts import about_accounts
from app.access.sessions import end_session, end_sessions
from app.access.who import Who
from app.audit.record import Target, record
from app.delivery.account_news import tell
from app.i18n.speech import speech
from blueprints.devices import queries


class NotTheirs(LookupError):
    """No session of this person has this id."""


class EndedBefore(Exception):
    """The session is over already."""


class ThisOne(Exception):
    """The session of the request itself: signing out ends it, and takes its cookie away."""


def end_one(person: Who, session_id: UUID) -> None:
    """Sign one other device of a person out, at once. Raises NotTheirs, EndedBefore and ThisOne."""
    if session_id == person.session_id:
        raise ThisOne
    with about_accounts("sessions") as session:
        found = queries.one_of(session, person.user_id, session_id)
        if found is None:
            raise EndedBefore if queries.is_over(session, person.user_id, session_id) else NotTheirs
        if not end_session(session, user_id=person.user_id, session_id=session_id):
            raise EndedBefore  # somebody was quicker
        record("sessions.end", Target("login_session", session_id), label=" ".join(filter(None, found.device)) or person.name)


def end_others(person: Who) -> int:
    """Sign a person out everywhere but here, at once; returns on how many devices that was."""
    with about_accounts("sessions") as session:
        number = queries.how_many_others(session, person.user_id, person.session_id)
        end_sessions(session, user_id=person.user_id, but=person.session_id)
        record("sessions.end_others", Target("app_user", person.user_id), label=person.name, after={"sessions": number})
        if number:
            tell(session, "others_signed_out", user_id=person.user_id, language=person.language or speech().language)
    return number
