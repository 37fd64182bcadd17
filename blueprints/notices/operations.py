"""What can be done to a notice: schedule, edit, remove, restore, send, and try it out on oneself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, record
from app.delivery.dead_letters import retry
from app.delivery.publish import Text, send_message
from app.delivery.quiet import quiet_until, window
from app.domain.deliveries import failed_ids
from app.domain.notices import language_for
from app.domain.reach import reach_of
from app.i18n.catalogue import N_
from app.i18n.speech import Words
from app.models.classes import ClassGroup
from app.models.contact import ContactPreference
from app.models.notice import Notice
from app.models.person import Person
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work.outbox import queue


class NoticeError(Exception):
    """Why something cannot be done to a notice; `message` is for people, marked with N_."""

    message = ""


class NoticeChanged(NoticeError):
    """Somebody else saved it, or it was sent, after this editor opened it."""

    message = N_("This notice was changed after you opened it. What you typed is still here: compare, then save again.")


class NoticeRemoved(NoticeError):
    """It was removed, and is neither edited nor tried out any more."""

    message = N_("This notice has been removed. Undo the removal first.")


class StartIsFixed(NoticeError):
    """It has been sent: a start in the future would take the page away from those who have the mail."""

    message = N_("It has been sent, so its start can no longer change. Change the end, or remove it and schedule a new one.")


class ChannelIsFixed(NoticeError):
    """It has been sent, and nothing changes how it went."""

    message = N_("It has been sent, so how it goes out can no longer change.")


class NoAddress(NoticeError):
    """The person who asks for a test cannot get one."""

    message = N_("Nothing of this school reaches you: no device, and no address that works. So no test can be sent to you.")


class OnItsWay(NamedTuple):
    """The channel that a test takes, the address where it is email, and when the tester's quiet hours let it go (None: now)."""

    channel: str
    address: str | None
    waits_until: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class NoticeDraft:
    """What an author says of a notice: texts by language code, the same languages in both; moments are aware."""

    title: Mapping[str, str]
    message: Mapping[str, str]
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    audience: str
    urgent: bool
    channel: str | None = None
    class_id: UUID | None = None


def notice_for_change(notice_id: UUID, *, hold: bool = True) -> Notice | None:
    """The notice, held until the end of the transaction, so that nobody changes or sends it meanwhile."""
    found = select(Notice).where(Notice.id == notice_id)
    return db.session.scalars(found.with_for_update() if hold else found).one_or_none()


def schedule_notice(draft: NoticeDraft, *, author_id: UUID, by: Actor) -> Notice:
    """Store a notice and queue its sending for its start, or for now if that has come."""
    notice = Notice(
        title=dict(draft.title), message=dict(draft.message), audience=draft.audience, class_id=draft.class_id,
        channel=draft.channel, urgent=draft.urgent, starts_at=draft.starts_at, ends_at=draft.ends_at, author_id=author_id,
    )  # fmt: skip
    db.session.add(notice)
    _queue_sending(notice)
    record("notices.schedule", notice, label=label_of(notice), after=_facts(notice), by=by)
    return notice


def edit_notice(notice: Notice, draft: NoticeDraft, *, revision: str, by: Actor) -> bool:
    """Change what the page and the dashboards show; False when nothing is different. What was mailed stays as it was.

    A start that moves moves the sending, until it has been sent. `revision` is what the editor saw ("" claims nothing).
    Raises NoticeRemoved, NoticeChanged, StartIsFixed, ChannelIsFixed.
    """
    if notice.removed_at:
        raise NoticeRemoved
    if revision and revision != str(notice.revision):
        raise NoticeChanged
    if notice.message_id and draft.starts_at != notice.starts_at:
        raise StartIsFixed
    if notice.message_id and draft.channel != notice.channel:
        raise ChannelIsFixed
    before = _facts(notice)
    notice.title, notice.message = dict(draft.title), dict(draft.message)
    notice.audience, notice.class_id, notice.channel = draft.audience, draft.class_id, draft.channel
    notice.urgent = draft.urgent
    notice.starts_at, notice.ends_at = draft.starts_at, draft.ends_at
    after = _facts(notice)
    changed = [name for name in before | after if before.get(name) != after.get(name)]
    if not changed:
        return False
    notice.edited_at = clock.now()
    if not notice.message_id and {"starts_at", "ends_at"} & set(changed):  # the row queued before may be done by now
        _queue_sending(notice)
    record(
        "notices.edit", notice, label=label_of(notice), by=by,
        before={name: before.get(name) for name in changed}, after={name: after.get(name) for name in changed},
    )  # fmt: skip
    return True


def remove_notice(notice: Notice, *, by: Actor) -> bool:
    """Take a notice from the pages and stop its sending; False if it was removed before. Mails that went out stay."""
    if notice.removed_at:
        return False
    notice.removed_at = clock.now()
    record("notices.remove", notice, label=label_of(notice), before={"removed": False}, after={"removed": True}, by=by)
    return True


def restore_notice(notice: Notice, *, by: Actor) -> bool:
    """Undo a removal, and queue the sending again if it has not been; False if it was not removed."""
    if not notice.removed_at:
        return False
    notice.removed_at = None
    if not notice.message_id:
        _queue_sending(notice)
    record("notices.restore", notice, label=label_of(notice), before={"removed": True}, after={"removed": False}, by=by)
    return True


def send_notice(notice: Notice, *, by: Actor) -> dt.datetime | None:
    """Send a notice to its audience if its start has come, and never twice: it names its message in the same transaction.

    Returns the moment to come back at when it starts later. Nothing is sent of one that was removed or is over.
    """
    now = clock.now()
    if notice.message_id or notice.removed_at or (notice.ends_at and notice.ends_at <= now):
        return None
    if notice.starts_at > now:
        return notice.starts_at
    message = send_message(
        audience=notice.audience, texts=_texts(notice), url=_path(notice), urgent=notice.urgent, due=None,
        author_id=notice.author_id, channel=notice.channel, class_id=notice.class_id,
    )  # fmt: skip
    notice.message_id = message.id
    record("notices.send", notice, label=label_of(notice), after={"audience": notice.audience}, by=by)
    return None


def send_test(notice: Notice, *, person_id: UUID, by: Actor) -> OnItsWay:
    """Send a notice, marked as a test, to one person on their best channel and in their language; the notice stays as it is.

    It is not urgent, even where the notice is, so that it takes one channel. Raises NoticeRemoved, and NoAddress when nothing
    reaches that person.
    """
    if notice.removed_at:
        raise NoticeRemoved
    way = reach_of(person_id, channel=notice.channel)
    if way is None or not way.by:
        raise NoAddress
    texts = {
        code: Text(Words(code).gettext("Test message: %(title)s", title=text.subject), text.body)
        for code, text in _texts(notice).items()
    }
    send_message(
        audience=notice.audience, texts=texts, url=_path(notice), urgent=False, due=None, person_id=person_id,
        channel=notice.channel,
    )  # fmt: skip
    record("notices.send_test", notice, label=label_of(notice), by=by)
    channel, person = way.by[0], db.session.get_one(Person, (notice.school_id, person_id))
    return OnItsWay(channel, person.email if channel == "email" else None, _quiet_until(notice.school_id, person_id))


def try_again(notice: Notice, person_id: UUID, *, by: Actor) -> bool:
    """Send what failed of a notice to one person again; False if there is nothing to send, or nowhere to send it to."""
    ids = failed_ids(notice.message_id, person_id) if notice.message_id else []
    if not ids or not retry(ids):
        return False
    name = db.session.get_one(Person, (notice.school_id, person_id)).name
    record("deliveries.retry", notice, label=label_of(notice), after={"recipient": name}, by=by)
    return True


def label_of(notice: Notice) -> str:
    """The title by which the audit remembers a notice: in the school's own language where there is one."""
    school = db.session.get_one(School, notice.school_id)
    return notice.title[language_for(notice.title, None, school.language)]


def _quiet_until(school_id: int, person_id: UUID) -> dt.datetime | None:
    """When the quiet hours that hold now, the school's or a person's, are over; None outside them."""
    school = db.session.get_one(School, school_id)
    own = db.session.scalars(select(ContactPreference).where(ContactPreference.person_id == person_id)).one_or_none()
    windows = (window(each.quiet_from, each.quiet_until) for each in (school, own) if each)
    return quiet_until(clock.now(), school.timezone, *windows)


def _texts(notice: Notice) -> dict[str, Text]:
    return {code: Text(title, notice.message[code]) for code, title in notice.title.items()}


def _path(notice: Notice) -> str:
    """Where the mail leads to."""
    return f"/schedule-notices/{notice.id}"


def _queue_sending(notice: Notice) -> None:
    """File the sending for the start. A row too many does no harm: what was sent is not sent again."""
    due = notice.starts_at if notice.starts_at > clock.now() else None
    queue("notices.send", notice.id, due=due, queue="urgent" if notice.urgent else "default")


def _facts(notice: Notice) -> dict[str, object]:
    """What the audit compares: one field a text, moments in UTC."""
    texts = {
        f"{name}_{code}": text
        for name, by_language in (("title", notice.title), ("message", notice.message))
        for code, text in by_language.items()
    }
    ends = notice.ends_at and notice.ends_at.astimezone(dt.UTC).isoformat()
    starts = notice.starts_at.astimezone(dt.UTC).isoformat()
    group = notice.class_id and db.session.get(ClassGroup, (current_school_id(), notice.class_id))
    return texts | ({"class": group.name} if group else {}) | {
        "audience": notice.audience, "channel": notice.channel, "urgent": notice.urgent, "starts_at": starts, "ends_at": ends,
    }  # fmt: skip
