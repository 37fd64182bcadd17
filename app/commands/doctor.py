"""The nine health checks of docs/operations.md."""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

import click
from redis import Redis, RedisError
from rq import Worker

from app.commands.command import FOUND_WRONG, Command, in_app
from app.config import Settings
from app.domain.health import DEGRADED, FAILED, OK, Check, checks
from app.extensions import current_settings, redis_for
from app.work.queues import QUEUES, queues

PATIENCE = 5.0  # seconds for each answer


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="for a machine")
@in_app
def doctor(as_json: bool) -> None:
    """Look at everything that Umthi needs; for what is wrong, say what to do."""
    found = examine(current_settings())
    well = all(check.state == OK for check in found)
    if as_json:
        click.echo(json.dumps({"ok": well, "checks": [check._asdict() for check in found]}, indent=2))
    else:
        for check in found:
            mark = "✓" if check.state == OK else "✗"
            click.echo(f"  {mark} {check.name:<12} {check.found}" + (f". {check.advice}" if check.advice else ""))
    if not well:
        click.get_current_context().exit(FOUND_WRONG)


def examine(settings: Settings) -> list[Check]:
    """The checks of `/readyz`, the web server before them, and a closer look at the workers and at the mail server."""
    closer: dict[str, Callable[[Settings, Check], Check]] = {"outbox": _workers, "mail": _mail_server}
    found = [
        closer[check.name](settings, check) if check.state == OK and check.name in closer else check
        for check in checks(settings)
    ]
    return [_web(settings), *found]


def _web(settings: Settings) -> Check:
    address = f"{settings.public_url}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310  our own setting
            if json.load(answer) == {"status": "ok"}:
                return Check("web", OK, f"answers at {address}")
        said = "something else answers there"
    except (OSError, ValueError) as error:
        said = str(error)
    return Check("web", FAILED, f"{address}: {said}", "Start `flask --app wsgi web`, and look at the proxy before it.")


def _workers(settings: Settings, outbox: Check) -> Check:
    """Whether somebody reads every queue."""
    redis: Redis = redis_for(settings, patience=PATIENCE)
    try:
        unread = [name for name, queue in queues(redis).items() if not Worker.all(queue=queue)]
    except (RedisError, OSError, ValueError) as error:  # the check of Redis itself says so too
        return Check("outbox", DEGRADED, f"Redis: {type(error).__name__}", "Start Redis.")
    if unread:
        return Check("outbox", DEGRADED, f"no worker reads {', '.join(unread)}", "Start `flask --app wsgi worker`.")
    return Check("outbox", OK, f"{outbox.found}; workers read {', '.join(QUEUES)}")


def _mail_server(settings: Settings, mail: Check) -> Check:
    """Whether the mail server greets and, where we have a name there, lets us in. Sends nothing."""
    parts = urlsplit(settings.smtp_url)
    host, tls = parts.hostname or "", ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE, context=tls)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=PATIENCE)
        with server:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=tls)
            server.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as error:
        return Check(
            "mail", DEGRADED, f"{host}: {error}", "Start the mail server, or correct SMTP_URL. Nothing is lost: mail waits."
        )
    return Check("mail", OK, mail.found)
