"""Proving anew who one is, by password."""

from __future__ import annotations

from app.access import passwords, step_up, throttle
from app.access.accounts import about_accounts
from app.access.who import Who
from app.audit.record import Target, record
from blueprints.account import queries
from blueprints.account.operations import WrongPassword


def prove_by_password(person: Who, password: str, *, address: str) -> None:
    """Let the session of somebody who knows their password count as freshly proven; `address` is the visitor's.

    Counted with the tries of the sign-in, so that this is no second door to guess at. Raises WrongPassword and TooManyTries.
    """
    with about_accounts("step-up") as session:
        number = throttle.count_try(session, throttle.SIGN_IN, account=person.email, address=address)
        account = queries.account_of(session, person.user_id)
    right = passwords.verify(account, password)  # outside every transaction: it takes long on purpose
    target = Target("app_user", person.user_id)
    with about_accounts("step-up") as session:
        held = queries.account_if_still(session, account) if right else None
        if held:
            throttle.forgive(session, number)
            step_up.note(session, person)
            record("account.step_up", target, label=person.name, after={"by": "password"})
        else:
            record("account.step_up_failed", target, label=person.name)
    if held is None:
        raise WrongPassword
