"""Whether each provider would do its work: asked of the provider itself, without sending anybody anything."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime, timedelta

from sqlalchemy import exists, insert, select, update

from app import clock
from app.config import Settings
from app.delivery import keys, texting
from app.delivery.sender import Sender
from app.delivery.smtp import Broken, Conversation
from app.domain.providers import SHARED
from app.extensions import current_settings
from app.ids import uuid7
from app.models.outbox import Outbox
from app.models.provider import Condition, Gateway, Health, Provider
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work.jobs import Task, job
from app.work.outbox import queue, wake

CHECK_SCHOOL, CHECK_AGAIN = "providers.check_school", "providers.check_again"
SOON = timedelta(seconds=20)  # what is degraded is looked at again then: nobody waits five minutes for a server that is back
PATIENCE = 5.0  # seconds for each step of a conversation with the mail server
FRESH = timedelta(seconds=10)  # what was checked so recently is not asked again: schools share these providers
AUDIENCE = "https://push.example"  # of a signature that goes nowhere

Finding = tuple[Condition, str | None]


@job("providers.check")
def check_shared(task: Task) -> datetime | None:
    """Check email and push, and let every school with a gateway check its own."""
    if _check_shared():
        again = (Outbox.job == CHECK_AGAIN) & Outbox.done_at.is_(None)
        if db.session.scalar(select(Outbox.id).where(again).limit(1)) is None:
            queue(CHECK_AGAIN, due=clock.now() + SOON)
    schools = select(Gateway.school_id).join(School, School.id == Gateway.school_id).distinct()
    for school_id in db.session.scalars(schools.where(School.is_open)).all():
        db.session.execute(insert(Outbox).values(id=uuid7(), school_id=school_id, job=CHECK_SCHOOL))
    wake()
    return None


@job(CHECK_AGAIN)
def check_again(task: Task) -> datetime | None:
    """Look at email and push until neither is degraded."""
    return clock.now() + SOON if _check_shared() else None


@job(CHECK_SCHOOL)
def check_school(task: Task) -> datetime | None:
    """Check everything that the current school sends by."""
    _check_shared()
    for channel in db.session.scalars(select(Gateway.channel).order_by(Gateway.channel)).all():
        gateway = texting.opened(channel)
        if gateway is None:
            continue
        db.session.commit()  # no transaction is open while it is asked
        try:
            why = gateway.ping()
        finally:
            gateway.close()
        _note(Gateway, channel, (Condition.DEGRADED, why) if why else (Condition.READY, None))
    return None


def check_soon() -> None:
    """Let a worker check what the current school sends by, soon; the page tells what was found when it is read again.

    A check that is open already will do: however often it is asked for, one row of work stands there.
    """
    current_school_id()
    is_open = (Outbox.job == CHECK_SCHOOL) & Outbox.done_at.is_(None)
    if db.session.scalar(select(Outbox.id).where(is_open).limit(1)) is None:
        queue(CHECK_SCHOOL)


def _check_shared() -> bool:
    """Check email and push, unless somebody just did. Returns whether one of them is degraded."""
    settings, now = current_settings(), clock.now()
    known = {row.name: row for row in db.session.execute(select(Provider.name, Provider.checked_at, Provider.proven_at))}
    db.session.commit()
    for name in SHARED:
        if not known[name].checked_at or known[name].checked_at < now - FRESH:
            finding = email(settings) if name == "email" else push(settings, proven=known[name].proven_at is not None)
            _note(Provider, name, finding)
    return bool(db.session.scalar(select(exists().where(Provider.condition == Condition.DEGRADED.value))))


def _note(model: type[Health], name: str, finding: Finding) -> None:
    condition, detail = finding
    row = Gateway.channel == name if model is Gateway else Provider.name == name
    values = {"condition": condition.value, "detail": detail, "checked_at": clock.now()}
    db.session.execute(update(model).where(row).values(**values), execution_options={"synchronize_session": False})
    db.session.commit()  # what was found of one is known even if the next takes too long


def email(settings: Settings) -> Finding:
    """A conversation up to signing in, and QUIT."""
    if not settings.smtp_url:
        return Condition.NOT_CONFIGURED, "no_server"
    try:
        line = Conversation(settings.smtp_url, Sender(settings).address, timeout=PATIENCE)
    except Broken as broken:
        why = broken.__context__
        return (Condition.DEGRADED, _of_server(why)) if why else (Condition.NOT_CONFIGURED, "no_server")
    line.quit()
    return Condition.READY, None


def push(settings: Settings, *, proven: bool) -> Finding:
    """Keys that load and sign. That is all that we can know by ourselves: `proven` says that a device has answered."""
    try:
        key = keys.newest(settings)
        broken = keys.ring(settings).broken
        if key is None:
            return (Condition.DEGRADED, "bad_keys") if broken else (Condition.NOT_CONFIGURED, "no_keys")
        until = int((clock.now() + timedelta(hours=1)).timestamp())
        key.vapid.sign({"aud": AUDIENCE, "sub": f"mailto:{Sender(settings).address}", "exp": until})
    except (OSError, ValueError):
        return Condition.DEGRADED, "bad_keys"
    if broken:
        return Condition.DEGRADED, "bad_keys"
    return (Condition.READY, None) if proven else (Condition.UNPROVEN, "no_receipt")


def _of_server(error: BaseException) -> str:
    """The detail for what broke a conversation."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "server_sign_in"
    if isinstance(error, ssl.SSLError):
        return "server_certificate"
    if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
        return "server_refuses"
    return "server_unreachable"
