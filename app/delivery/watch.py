"""Tells those who run the platform that a way out has stopped, and that it works again: by a way that is not in trouble."""

from __future__ import annotations

import http.client
import json
import logging
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.audit.record import Target, record
from app.config import Settings
from app.delivery import breaker
from app.delivery.account_mail import mail_user
from app.delivery.single import PROVIDER as EMAIL
from app.extensions import current_settings
from app.i18n.languages import DEFAULT
from app.models.provider import Condition, Gateway, Health, Provider
from app.models.school import School
from app.models.user import User
from app.tenancy.database import db
from app.work.jobs import Task, job

log = logging.getLogger("umthi.watch")
ONCE = timedelta(seconds=50)  # a minute, less what a periodic job may come early
AGAIN = timedelta(hours=1)  # who was told and did nothing is told again
PATIENCE = 5.0  # seconds for whoever listens at UMTHI_ALERT_URL
NAMES = {"email": "Email", "push": "App notifications", "sms": "SMS", "whatsapp": "WhatsApp"}


class News(NamedTuple):
    """What is to be told of one way out: `school` and `gateway_id` are None for the platform's own."""

    name: str
    school: str | None
    gateway_id: UUID | None
    open_until: datetime
    has_stopped: bool

    @property
    def text(self) -> str:
        """One paragraph for a chat or a log. It names no person and no address."""
        who = NAMES[self.name] + (f" of {self.school}" if self.school else "")
        if not self.has_stopped:
            return f"{who} works again. What waited goes out now."
        return (
            f"{who} has stopped: {breaker.MOST} faults within {breaker.WINDOW.total_seconds():.0f} s. "
            f"It is tried again at {self.open_until:%H:%M:%S} UTC. Messages wait and are not lost."
        )


@job("delivery.watch")
def watch(task: Task) -> datetime | None:
    """Tell what has changed since the last look: by UMTHI_ALERT_URL, by mail unless that is what has stopped, in the log."""
    settings, now = current_settings(), clock.now()
    news = [*_of_platform(db.session(), now), *_of_schools(db.session(), now)]
    db.session.commit()  # no transaction is open while somebody else's server is asked
    for one in news:
        log.log(logging.ERROR if one.has_stopped else logging.INFO, "%s", one.text)
        if settings.alert_url:
            _post(settings, one.text)
        _keep(db.session(), one, now)
        db.session.commit()
    return None


def _of_platform(session: Session, now: datetime) -> list[News]:
    rows = session.scalars(select(Provider).where(Provider.open_until.is_not(None)).order_by(Provider.name))
    return [News(row.name, None, None, *told) for row in rows if (told := _change(row, now))]


def _of_schools(session: Session, now: datetime) -> list[News]:
    of_open = select(Gateway, School.name).join(School, School.id == Gateway.school_id).where(School.is_open)
    rows = session.execute(of_open.where(Gateway.open_until.is_not(None))).all()
    return [News(row.channel, school, row.id, *told) for row, school in rows if (told := _change(row, now))]


def _change(row: Any, now: datetime) -> tuple[datetime, bool] | None:
    """Until when it rests, and whether it has stopped or works again; None where there is nothing to tell."""
    if row.open_until > now:
        is_new = row.told_at is None or row.told_at < now - AGAIN
        return (row.open_until, True) if is_new else None
    if row.told_at is None or row.told_at > now - ONCE:
        return None
    sent = row.last_success_at is not None and row.last_success_at > row.open_until
    failed = row.last_failure_at is not None and row.last_failure_at > row.open_until
    looked = row.condition != Condition.DEGRADED and row.checked_at is not None and row.checked_at > row.open_until
    return (row.open_until, False) if sent or (looked and not failed) else None


def _keep(session: Session, news: News, now: datetime) -> None:
    """Note that it was told, in the row, in the audit and as mails to those who run the platform."""
    model: type[Health] = Gateway if news.gateway_id else Provider
    row = Gateway.id == news.gateway_id if news.gateway_id else Provider.name == news.name
    told = update(model).where(row).values(told_at=now if news.has_stopped else None)
    session.execute(told, execution_options={"synchronize_session": False})
    action = "delivery.breaker_open" if news.has_stopped else "delivery.breaker_closed"
    label = NAMES[news.name] + (f", {news.school}" if news.school else "")
    record(action, Target("gateway" if news.gateway_id else "provider", news.gateway_id or news.name), label=label)
    if news.name == EMAIL:
        return
    kind = "way_stopped" if news.has_stopped else "way_works"
    who = select(User.id, func.coalesce(User.language, DEFAULT))
    for user_id, language in session.execute(who.where(User.platform_role.is_not(None), User.disabled_at.is_(None))).all():
        mail_user(session, user_id=user_id, kind=kind, subject_id=news.gateway_id, language=language)


def _post(settings: Settings, text: str) -> None:
    """Tell whoever listens at the operators' own address. It is their word where that leads; a redirect is not followed."""
    parts = urlsplit(settings.alert_url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = make(parts.hostname or "", parts.port, timeout=PATIENCE)
    body = json.dumps({"text": f"Umthi ({settings.environment.value}, {settings.public_url}): {text}"})
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request("POST", target, body, {"Content-Type": "application/json"})
        status = line.getresponse().status
        if status >= 300:
            log.error("UMTHI_ALERT_URL answered %d", status)
    except (OSError, http.client.HTTPException) as error:
        log.error("UMTHI_ALERT_URL could not be told: %s", type(error).__name__)
    finally:
        line.close()
