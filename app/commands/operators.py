"""Those who run the platform. This is how production gets its first one."""

from __future__ import annotations

import datetime as dt

import click
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.passwords import issue_link, link_path
from app.access.proofs import allow_password
from app.access.sessions import end_sessions
from app.audit.record import record
from app.commands.command import CannotRun, Command, FoundWrong, in_app
from app.delivery.account_news import other_superusers, tell
from app.extensions import current_settings
from app.models.user import PlatformRole, User
from app.tenancy.doors import across_schools

COMMAND, RECOVERED = "flask operator recover", "lost the last passkey"  # as the grant and its mail say it


@click.group()
def operator() -> None:
    """Add, list, disable and let in again the people who run the platform."""


@operator.command(cls=Command)
@click.argument("email")
@click.option("--superuser", is_flag=True, help="may also change platform staff")
@in_app
def add(email: str, superuser: bool) -> None:
    """Make EMAIL an operator, and print the link with which they choose their password, once."""
    try:
        email = validate_email(
            email, check_deliverability=False, test_environment=not current_settings().is_production
        ).normalized
    except EmailNotValidError as fault:
        raise CannotRun(f"{email} is not an email address: {fault}") from fault
    role = PlatformRole.SUPERUSER if superuser else PlatformRole.OPERATOR
    with across_schools("operator add") as session:
        user = session.scalar(select(User).where(User.email == email))
        if user is None:
            user = User(email=email, name=email.partition("@")[0])
            session.add(user)
        before = {"platform_role": user.platform_role, "disabled": user.disabled_at is not None}
        user.platform_role, user.disabled_at = role, None
        session.flush()
        record("operator.add", user, label=email, before=before, after={"platform_role": str(role), "disabled": False})
        address, minutes = _link(session, user)
        session.commit()
    click.echo(f"{email} is {role}. To choose a password, once and within {minutes} minutes:")
    click.echo(address)


@operator.command("list", cls=Command)
@in_app
def list_operators() -> None:
    """Show everybody who runs the platform."""
    with across_schools("operator list") as session:
        found = session.scalars(select(User).where(User.platform_role.is_not(None)).order_by(User.email)).all()
        for user in found:
            click.echo(f"{user.email}\t{user.platform_role}\t{'disabled' if user.disabled_at else 'active'}")
    if not found:
        raise FoundWrong("Nobody runs the platform yet: `flask --app wsgi operator add EMAIL`.")


@operator.command(cls=Command)
@click.argument("email")
@in_app
def disable(email: str) -> None:
    """Disable EMAIL at once: no sign-in, and every session ends."""
    with across_schools("operator disable") as session:
        user = session.scalar(select(User).where(User.email == email.strip().lower()))
        if user is None or user.platform_role is None:
            raise FoundWrong(f"{email} does not run the platform; `flask --app wsgi operator list` shows who does.")
        was = user.disabled_at is not None
        user.disabled_at = user.disabled_at or clock.now()
        end_sessions(session, user_id=user.id)
        record("operator.disable", user, label=user.email, before={"disabled": was}, after={"disabled": True})
        session.commit()
    click.echo(f"{email} is disabled and signed out everywhere.")


@operator.command(cls=Command)
@click.argument("email")
@in_app
def recover(email: str) -> None:
    """Let EMAIL, who runs the platform and lost their last passkey, in again: their password does for a day.

    Prints a link that sets one, once. Every other superuser is told by mail.
    """
    with across_schools("operator recover") as session:
        user = session.scalar(select(User).where(User.email == email.strip().lower()))
        if user is None or user.platform_role is None:
            raise FoundWrong(f"{email} does not run the platform; `flask --app wsgi operator list` shows who does.")
        if user.disabled_at is not None:
            raise FoundWrong(f"{email} is disabled: `flask --app wsgi operator add {email}` lets them run the platform again.")
        until = allow_password(session, user.id, by=COMMAND, reason=RECOVERED)
        after = {"until": until.astimezone(dt.UTC).isoformat()}
        record("operator.recover", user, label=user.email, after=after)
        tell(session, "fallback_granted", user_id=user.id, name=COMMAND, until=until)
        others = other_superusers(session, user.id)
        for each in others:
            tell(session, "staff_recovered", user_id=each, name=user.email)
        address, minutes = _link(session, user)
        session.commit()
    click.echo(f"{email} may confirm with a password for a day. To choose one, once and within {minutes} minutes:")
    click.echo(address)
    click.echo(f"Told by mail: {email}, and {len(others)} other superusers.")


def _link(session: Session, user: User) -> tuple[str, int]:
    """A new link with which somebody chooses their password, once, and for how many minutes it is good."""
    link = issue_link(session, user.id)
    session.flush()
    settings = current_settings()
    return settings.public_url + link_path(link.id, settings.secret), round(
        (link.expires_at - clock.now()).total_seconds() / 60
    )
