"""What a school is: its name, clock, languages and addresses; changed after a look at what the change does."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.audit.record import Actor, record
from app.domain.on_site import hours, on_site
from app.domain.people import HERE
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.notice import Notice
from app.models.person import Person
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id


class Details(NamedTuple):
    """What a school may change of itself; `timezone` is an IANA name, `language` one of `languages`, all codes."""

    name: str
    timezone: str
    close_time: dt.time
    language: str
    languages: tuple[str, ...]
    contact_email: str | None
    contact_phone: str | None
    contact_address: str | None
    reply_to: str | None


class NameTaken(Exception):
    """Another school has this name, perhaps in another spelling."""

    message = N_("There is a school of this name already. Add the town, for example.")


class Change(NamedTuple):
    """A field that would be different: its label (N_), and what stands there before and after, as people read it."""

    label: str
    before: str
    after: str


LABELS = {
    "name": N_("School name"), "timezone": N_("Time zone"), "close_time": N_("Campus close time"),
    "language": N_("Default language"), "languages": N_("Languages of the school"),
    "contact_email": N_("Contact email address"), "contact_phone": N_("Contact phone number"),
    "contact_address": N_("Postal or street address"), "reply_to": N_("Reply-to address"),
}  # fmt: skip


GONE = N_(
    "Forms for notices no longer ask for texts in %(languages)s. Their readers get them in the default language; what is "
    "written stays."
)
ANSWERS = N_("Answers to the school’s mail go to %(address)s from now on.")
NO_ANSWERS = N_("The school’s mail has no address for answers any more: they reach nobody at the school.")
CLOCK = N_("Lessons that are planned keep their moment too. Quiet hours, close time and days are by the new clock.")
CLOSING = N_("From %(time)s on, every day, learners who are still on site are taken to have left.")


def details() -> Details:
    """What the current school is now."""
    return _details(db.session.get_one(School, current_school_id()))


def changes(before: Details, after: Details) -> list[Change]:
    """The fields that are different, for people."""
    return [
        Change(label, _shown(name, getattr(before, name)), _shown(name, getattr(after, name)))
        for name, label in LABELS.items()
        if getattr(before, name) != getattr(after, name)
    ]


def effects(before: Details, after: Details) -> list[str]:
    """What a change does beyond the field itself, in sentences; none where there is nothing to think about."""
    words, said = speech(), []
    if before.name != after.name:
        said.append(words.gettext("Mails, cards and printed sheets show the new name from now on. Addresses of pages stay."))
    if before.timezone != after.timezone:
        said += _of_clock(before, after)
    if before.close_time != after.close_time:
        said += _of_closing(after)
    if before.language != after.language:
        said.append(_of_language(after.language))
    if gone := [code for code in before.languages if code not in after.languages]:
        named = ", ".join(words.gettext(LANGUAGES[code].spoken) for code in gone)
        said.append(words.gettext(GONE, languages=named))
    if _answers(before) != _answers(after):
        address = _answers(after)
        said.append(words.gettext(ANSWERS, address=address) if address else words.gettext(NO_ANSWERS))
    return said


def change_details(wanted: Details, *, by: Actor) -> bool:
    """Store what the school is from now on; False when nothing is different. Raises NameTaken."""
    school = db.session.scalars(select(School).where(School.id == current_school_id()).with_for_update()).one()
    db.session.refresh(school)
    before, after = _details(school)._asdict(), wanted._asdict()
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return False
    try:
        with db.session.begin_nested():
            for name in changed:
                setattr(school, name, _stored(name, after[name]))
            db.session.flush()
            record(
                "settings.change_school", None, label=wanted.name, by=by,
                before={name: _plain(before[name]) for name in changed}, after={name: _plain(after[name]) for name in changed},
            )  # fmt: skip
    except IntegrityError:  # the one constraint that schools share
        raise NameTaken from None
    return True


def _of_clock(before: Details, after: Details) -> list[str]:
    words, now = speech(), clock.now()
    times = {name: f"{now.astimezone(ZoneInfo(of.timezone)):%H:%M}" for name, of in (("old", before), ("new", after))}
    told = [words.gettext("It is %(old)s now at the school; by the new clock it is %(new)s.", **times)]
    waits = Notice.starts_at > now, Notice.removed_at.is_(None)
    if coming := db.session.scalar(select(func.count(Notice.id)).where(*waits)) or 0:
        told.append(
            words.ngettext(
                "%(num)s notice that is to come keeps its moment, and is shown by the new clock.",
                "%(num)s notices that are to come keep their moment, and are shown by the new clock.",
                coming,
            )
        )
    return [*told, words.gettext(CLOCK)]


def _of_closing(after: Details) -> list[str]:
    words, now = speech(), clock.now()
    told = [words.gettext(CLOSING, time=f"{after.close_time:%H:%M}")]
    local = now.astimezone(ZoneInfo(after.timezone))
    if local.time() >= after.close_time and (still := len(on_site(hours(), now))):
        told.append(
            words.ngettext(
                "That is past today: %(num)s learner who is on site now is taken to have left at once.",
                "That is past today: %(num)s learners who are on site now are taken to have left at once.",
                still,
            )
        )
    return told


def _of_language(language: str) -> str:
    words = speech()
    number = db.session.scalar(select(func.count(Person.id)).where(HERE, Person.language.is_(None))) or 0
    named = words.gettext(LANGUAGES[language].spoken)
    return words.ngettext(
        "%(num)s person who has not chosen a language is written to in %(language)s from now on.",
        "%(num)s people who have not chosen a language are written to in %(language)s from now on.",
        number, language=named,
    )  # fmt: skip


def _answers(of: Details) -> str | None:
    return of.reply_to or of.contact_email


def _details(school: School) -> Details:
    found = {name: getattr(school, name) for name in Details._fields}
    written = tuple(code for code in LANGUAGES if code in school.languages)
    return Details(**{**found, "timezone": str(school.timezone), "languages": written})


def _stored(name: str, value: object) -> object:
    if name == "timezone":
        return ZoneInfo(str(value))
    return list(value) if isinstance(value, tuple) else value


def _plain(value: object) -> object:
    """A value as the audit keeps it."""
    return ", ".join(value) if isinstance(value, tuple) else value


def _shown(name: str, value: object) -> str:
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        return ", ".join(speech().gettext(LANGUAGES[code].spoken) for code in value)
    if name == "language":
        return speech().gettext(LANGUAGES[str(value)].spoken)
    return str(value) if value else "–"
