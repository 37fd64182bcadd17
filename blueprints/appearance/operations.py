"""What a person does about how Umthi looks to them."""

from __future__ import annotations

from sqlalchemy import update

from app.access.accounts import about_accounts
from app.access.who import Who
from app.audit.record import Target, record
from app.models.user import User
from app.web.looks import Look


def change_appearance(person: Who, look: Look) -> None:
    """Show every page to this person in this look from now on, wherever they act."""
    with about_accounts("appearance") as session:
        session.execute(update(User).where(User.id == person.user_id).values(**look._asdict()))
        record(
            "account.change_appearance",
            Target("app_user", person.user_id),
            label=person.name,
            before={"mode": person.mode, "theme": person.theme},
            after=look._asdict(),
        )
