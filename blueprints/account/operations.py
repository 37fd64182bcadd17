"""What a person does with their own account. Each verb opens the platform's door itself, for no school is entered here."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app import clock
from app.access import passwords, throttle
from app.access.accounts import about_accounts, school_to_begin_in, schools_of, tell_schools_language
from app.access.actor import Actor
from app.access.proofs import forget_proofs
from app.access.sessions import begin_session, end_sessions, end_this_session
from app.access.who import Who
from app.audit.record import Target, record
from app.delivery.account_mail import mail_user
from app.i18n.catalogue import N_
from app.models.user import User
from blueprints.account import queries
from blueprints.account.queries import Account


class Way(StrEnum):
    """How somebody came in, as their session keeps it."""

    PASSWORD = "password"  # noqa: S105  a word of the audit
    PASSKEY = "passkey"


class Refused(Exception):
    """The same for a wrong password, an unknown address and a disabled account."""

    message = N_("The email address or password is not right. Check both and try again.")


class TemporaryExpired(Exception):
    """The password is right, but it was a temporary one, and its time is over."""

    message = N_(
        "This temporary password is too old and opens nothing any more. Choose “Forgot your password?” to set one of your own,"
        " or ask for a new one."
    )


class Suspended(Exception):
    """The password is right, but every school of the person that is there is suspended: `schools` are their names."""

    def __init__(self, schools: list[str]) -> None:
        super().__init__(f"{len(schools)} schools")
        self.schools = schools


class WrongPassword(Exception):
    """The current password, asked of somebody who is signed in, is another one."""

    message = N_("This is not your current password")


class LinkExpired(Exception):
    """The link was used, is too old, or never was."""


def sign_in(*, email: str, password: str, address: str, instead_of: UUID | None) -> None:
    """Begin a session for whoever has this address and password; the token goes out with the answer of this request.

    `address` is the visitor's, `instead_of` the session that this browser had before. Raises Refused and TooManyTries; and, of
    the right password only, TemporaryExpired and Suspended.
    """
    with about_accounts("sign-in") as session:
        number = throttle.count_try(session, throttle.SIGN_IN, account=email, address=address)
        account = queries.account_at(session, email)
    right = passwords.verify(account, password)  # outside every transaction: it takes long on purpose
    why: Exception = Refused()
    with about_accounts("sign-in") as session:
        if right and account and (held := queries.account_if_still(session, account)):
            throttle.forgive(session, number)
            closed = closed_to(session, held)
            if closed is None:
                if held.password_hash and passwords.is_outdated(held.password_hash):
                    _update(session, held.id, password_hash=passwords.hash_password(password))
                admit(session, held, Way.PASSWORD, instead_of)
                return
            why = closed
        record("account.sign_in_failed", Target("app_user", account and account.id), label=email)
    raise why


def closed_to(session: Session, account: Account) -> TemporaryExpired | Suspended | None:
    """Why somebody who has proven who they are may not come in all the same."""
    if passwords.has_died(account.temporary_until):
        return TemporaryExpired()
    if account.platform_role or schools_of(session, account.id, hold=True):
        return None
    suspended = queries.suspended_schools(session, account.id)
    return Suspended(suspended) if suspended else None


def admit(session: Session, account: Account, way: Way, instead_of: UUID | None) -> None:
    """A new session and token, in the school where the person was last; `way` is how they came in."""
    if instead_of:
        end_this_session(session, instead_of)
    made = begin_session(session, user_id=account.id, school_id=school_to_begin_in(session, account.id))
    made.way = way.value
    _update(session, account.id, last_sign_in_at=clock.now())
    record("account.sign_in", _target(account), label=account.name, by=_actor(account), after={"way": way.value})


def sign_out(person: Who) -> None:
    """End this session on the server, so that a copy of its token is worth nothing."""
    with about_accounts("sign-out") as session:
        end_this_session(session, person.session_id)
        record("account.sign_out", Target("app_user", person.user_id), label=person.name)


def ask_for_link(*, email: str, address: str, language: str) -> None:
    """Mail a link that sets a new password, if somebody has this address; the same work, and the same answer, if nobody has.

    For an unknown address everything is done for another account and then undone, so that the time tells nothing.
    `language` is that of the page where it was asked. Raises TooManyTries.
    """
    with about_accounts("forgotten password") as session:
        throttle.count_try(session, throttle.FORGOTTEN, account=email, address=address)
    with about_accounts("forgotten password") as session:
        account = queries.account_at(session, email)
        known = account if account and not account.disabled_at else None
        with session.begin_nested() as step:
            _mail_link(session, known or queries.any_account(session), language)
            if known is None:
                step.rollback()
        record("account.forgot_password", Target("app_user", known and known.id), label=email)


def _mail_link(session: Session, account: Account, language: str) -> None:
    link = passwords.issue_link(session, account.id)
    mail_user(session, user_id=account.id, kind="password_link", subject_id=link.id, language=account.language or language)
    session.flush()


def check_link(token: str) -> None:
    """Use nothing up. Raises LinkExpired unless the link can still set a password."""
    with about_accounts("password link") as session:
        if passwords.user_of_link(session, token) is None:
            raise LinkExpired


def set_password(token: str, password: str, *, language: str) -> None:
    """Use a link up: a new password, every session ended, a mail that says so. Signs nobody in. Raises LinkExpired."""
    password_hash = passwords.hash_password(password)
    with about_accounts("password link") as session:
        user_id = passwords.redeem(session, token)
        if user_id is not None:
            account = queries.account_of(session, user_id)
            if queries.is_unproven(session, user_id):
                forget_proofs(session, user_id)
            _change(session, account, password_hash, language)
            _update(session, user_id, address_unproven_at=None)  # the link went to the address, and nowhere else
            end_sessions(session, user_id=user_id)
            throttle.forgive_account(session, throttle.SIGN_IN, account.email)
            record("account.reset_password", _target(account), label=account.name, by=_actor(account))
    if user_id is None:
        raise LinkExpired


def change_password(person: Who, *, current: str, new: str, address: str, language: str) -> None:
    """Replace the password of somebody who knows it; their other sessions end, and so do links that would set another.

    Raises WrongPassword, TooManyTries, and TemporaryExpired of a right one that was temporary.
    """
    with about_accounts("change of password") as session:
        number = throttle.count_try(session, throttle.SIGN_IN, account=person.email, address=address)
        account = queries.account_of(session, person.user_id)
    right = passwords.verify(account, current)
    password_hash = passwords.hash_password(new)
    with about_accounts("change of password") as session:
        held = queries.account_if_still(session, account) if right else None
        if held and not passwords.has_died(held.temporary_until):
            throttle.forgive(session, number)
            _change(session, held, password_hash, language)
            passwords.use_up_links(session, held.id)
            end_sessions(session, user_id=held.id, but=person.session_id)
            record("account.change_password", _target(held), label=held.name)
        else:
            record("account.change_password_failed", _target(account), label=account.name)
    if held is None:
        raise WrongPassword
    if passwords.has_died(held.temporary_until):
        raise TemporaryExpired


def temporary_until(person: Who) -> datetime | None:
    """Until when the temporary password of a person opens the page that changes it; None for one of their own."""
    with about_accounts("temporary password") as session:
        return queries.account_of(session, person.user_id).temporary_until


def _change(session: Session, account: Account, password_hash: str, language: str) -> None:
    own = {"password_hash": password_hash, "password_changed_at": clock.now(), "password_temporary_until": None}
    _update(session, account.id, **own)
    mail_user(session, user_id=account.id, kind="password_changed", language=account.language or language)


def choose_language(person: Who, language: str | None) -> None:
    """Speak and write `language` to this person from now on, in all of their schools; None: the language of each school."""
    with about_accounts("language") as session:
        _update(session, person.user_id, language=language)
        tell_schools_language(session, person.user_id, language)
        record(
            "account.choose_language",
            Target("app_user", person.user_id),
            label=person.name,
            before={"language": person.language},
            after={"language": language},
        )


def rename(person: Who, name: str) -> None:
    """Change what Umthi calls this person. What a school calls them is the school's."""
    with about_accounts("profile") as session:
        _update(session, person.user_id, name=name)
        target = Target("app_user", person.user_id)
        record("account.rename", target, label=person.name, before={"name": person.name}, after={"name": name})


def _update(session: Session, user_id: UUID, **values: object) -> None:
    session.execute(update(User).where(User.id == user_id).values(**values))


def _target(account: Account) -> Target:
    return Target("app_user", account.id)


def _actor(account: Account) -> Actor:
    """Who proved to be whom, before there is a session that says so."""
    return Actor("user", account.id, account.name)
