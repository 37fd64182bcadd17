"""What a school of the baseline is made of, before any of it is a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.i18n.formats import date_formatter
from app.i18n.languages import LANGUAGES
from app.models.delivery import Channel
from app.models.notice import Audience
from app.models.user import Role
from app.seed.fates import Story
from app.seed.pools import Community

ZONE = ZoneInfo("Africa/Johannesburg")
PUBLISHED, OVER = dt.time(7, 15), dt.time(17, 0)
SATURDAY = 5
#: a day inside a sentence, from Monday on; isiZulu says 'on Monday' in one word (CLDR has only the name of the day)
WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "af": ("Maandag", "Dinsdag", "Woensdag", "Donderdag", "Vrydag", "Saterdag", "Sondag"),
    "zu": ("ngoMsombuluko", "ngoLwesibili", "ngoLwesithathu", "ngoLwesine", "ngoLwesihlanu", "ngoMgqibelo", "ngeSonto"),
}
ON = {"en": "{weekday} {date}", "af": "{weekday} {date}", "zu": "{weekday}, ngomhla ka-{date}"}


@dataclass(frozen=True, kw_only=True)
class NoticePlan:
    """A notice by its days, counted from the one on which the seed runs.

    A text may hold {day}, the day of what it is about ('Friday 4 September'; in isiZulu with 'on'), and {by}, a last day
    ('4 September'); `monday` moves the first on to the next Monday. `ends` None: no end. One that is `removed` never went out.
    `channel` asks for a text message; `story` says what became of a past one for some of its people.
    """

    key: str
    title: Mapping[str, str]
    message: Mapping[str, str]
    starts: int
    ends: int | None
    day: int = 0
    by: int = 0
    audience: Audience = Audience.EVERYONE
    author: Role = Role.ADMIN
    monday: bool = False
    urgent: bool = False
    removed: bool = False
    channel: Channel | None = None
    story: Story = ()

    @property
    def phase(self) -> str:
        """What it is on the day of the seed: 'past', 'active', 'coming', or 'apart' for what is removed or has no end."""
        if self.removed or self.ends is None:
            return "apart"
        return "coming" if self.starts > 0 else "active" if self.ends > 0 else "past"

    def starts_at(self, today: dt.date) -> dt.datetime:
        return _moment(today, self.starts, PUBLISHED)

    def ends_at(self, today: dt.date) -> dt.datetime | None:
        return None if self.ends is None else _moment(today, self.ends, OVER)

    def messages(self, today: dt.date) -> dict[str, str]:
        """The message in each of its languages, with its days."""
        day, by = _school_day(today, self.day), _school_day(today, self.by)
        if self.monday:
            day += dt.timedelta(-day.weekday() % 7)
        return {code: text.format(day=_on(day, code), by=_date(by, code)) for code, text in self.message.items()}


@dataclass(frozen=True, kw_only=True)
class SchoolPlan:
    """A school, the names of its accounts, where its families come from (as weights), and what it tells them.

    `age` is how long ago it was made, `gave_up` why it discarded a failed message. No school keeps quiet hours: what is sent in
    the demo goes out at once.
    """

    slug: str
    host: str
    name: str
    language: str
    money: str
    close_time: dt.time
    age: dt.timedelta
    contact_email: str
    contact_phone: str
    contact_address: str
    accounts: Mapping[Role, str]
    communities: tuple[tuple[Community, int], ...]
    notices: tuple[NoticePlan, ...]
    gave_up: str


def today_at_school(now: dt.datetime) -> dt.date:
    """The date on the wall of the schools at a moment."""
    return now.astimezone(ZONE).date()


def _moment(today: dt.date, offset: int, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(_school_day(today, offset), time, ZONE)


def _school_day(today: dt.date, offset: int) -> dt.date:
    """The day so many days from today; from a weekend on to the school day that lies further away."""
    day = today + dt.timedelta(offset)
    while day.weekday() >= SATURDAY:
        day += dt.timedelta(1 if offset > 0 else -1)
    return day


def _date(day: dt.date, language: str) -> str:
    return date_formatter(LANGUAGES[language].cldr, "d MMMM", ZONE)(day)


def _on(day: dt.date, language: str) -> str:
    return ON[language].format(weekday=WEEKDAYS[language][day.weekday()], date=_date(day, language))
