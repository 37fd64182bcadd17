"""The table of a report as its readers see it: columns with their meaning, cells for pages and for files, points of a chart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.domain.attendance import REASONS
from app.domain.reporting import BY_TIME, HEAD, TOTALS, Choice, Group, Kind, Scope, counts_of
from app.exports.dataset import Column
from app.exports.dataset import Kind as Cell
from app.i18n.catalogue import N_
from app.i18n.formats import date_formatter
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Speech
from app.web.badges import WORDS
from blueprints.reports.words import GROUPS, rate_of, share

DRAWN = 24  # bars of a chart that lie below each other
NONE = "–"


class Measure(NamedTuple):
    """A column and what it means."""

    column: Column
    hint: str


class Point(NamedTuple):
    """A bar of the chart: its length in percent of the longest that there could be, and its value in words."""

    label: str
    length: float
    value: str


class Chart(NamedTuple):
    """What is drawn of a table; `says` is the same in a sentence, `left` how many rows are not drawn."""

    caption: str
    says: str
    points: list[Point]
    upright: bool
    left: int


class Sheet(NamedTuple):
    """The table of a report. `rows` hold what the writers of files take, `shown` the same in words; `totals` a cell a column,
    empty where nothing adds up."""

    measures: list[Measure]
    rows: list[list[object]]
    shown: list[list[str]]
    totals: list[str]

    @property
    def columns(self) -> list[Column]:
        return [measure.column for measure in self.measures]


def _m(key: str, label: str, hint: str, kind: Cell = Cell.INTEGER) -> Measure:
    return Measure(Column(key, label, kind), hint)


_CHANNELS = {key: WORDS[key] for key in ("email", "push", "sms", "whatsapp")}
_REASONS = {**REASONS, "": N_("No reason given")}
_RATE = N_("Attendance rate in percent")
_MEASURES: dict[Kind, tuple[Measure, ...]] = {
    Kind.ATTENDANCE: (
        _m("marks", N_("Marks"), N_("How often a register says something of a learner on a school day.")),
        _m("present", N_("Present"), N_("Marks that say present.")),
        _m("late", N_("Late"), N_("Marks that say late: the learner came after the register was taken.")),
        _m("explained", N_("Absent with a reason"), N_("Marks that say absent and give one of the policy’s reasons.")),
        _m("unexplained", N_("Absent without a reason"), N_("Marks that say absent and give no reason.")),
        _m("rate", _RATE, N_("Present and late together, out of all marks on school days."), Cell.SHARE),
    ),
    Kind.GATE: (
        _m("in", N_("Scans in"), N_("Scans by which a learner came in.")),
        _m("out", N_("Scans out"), N_("Scans by which a learner went out.")),
        _m("repeat", N_("Repeated scans"), N_("Scans that changed nothing: the same card twice in two minutes, say.")),
        _m("offline", N_("Recorded offline"), N_("Scans that the device kept until it was online again.")),
        _m("days", N_("Days at school"), N_("Days with a scan in: one learner on one day is one.")),
        _m("stayed", N_("Not scanned out"), N_("Days at school whose last scan still said in.")),
        _m("unknown", N_("Unknown cards"), N_("Scans of cards that are nobody’s.")),
    ),
    Kind.DELIVERY: (
        _m("all", N_("Deliveries"), N_("A message to one person on one channel, counted on the day on which it was queued.")),
        _m("sent", N_("Accepted"), N_("The provider took it.")),
        _m("dead", N_("Undeliverable"), N_("It failed for good.")),
        _m("discarded", N_("Discarded"), N_("Somebody gave it up after it had failed.")),
        _m("another", N_("Sent another way"), N_("It failed here and went out on another channel, as a delivery of its own.")),
        _m("open", N_("Under way"), N_("It has not ended yet.")),
        _m("rate", N_("Accepted in percent"), N_("Out of those accepted, undeliverable and discarded."), Cell.SHARE),
    ),
    Kind.ENROLMENT: (
        _m("start", N_("At the start"), N_("Places that were taken on the first day.")),
        _m("joined", N_("Joined"), N_("Places that began after the first day.")),
        _m("left", N_("Left"), N_("Places that ended before the last day.")),
        _m("end", N_("At the end"), N_("Places that were taken on the last day: at the start, plus joined, minus left.")),
        _m("waiting", N_("Waiting now"), N_("Learners who wait for a place in the class today.")),
        _m("capacity", N_("Places"), N_("How many the class has; a dash means no limit.")),
    ),
}  # fmt: skip
_SPECIAL: dict[tuple[Kind, Group], tuple[Measure, ...]] = {
    (Kind.ATTENDANCE, Group.REASON): (
        _m("absences", N_("Absences"), N_("Marks on school days that say absent.")),
        _m("share", N_("Share of all absences in percent"), N_("Out of all absences of the report."), Cell.SHARE),
    ),
    (Kind.DELIVERY, Group.REASON): (
        _m("failures", N_("Undeliverable"), N_("Deliveries that failed for good.")),
        _m("share", N_("Share of all undeliverable in percent"), N_("Out of all of the report."), Cell.SHARE),
    ),
    (Kind.ENROLMENT, Group.LEARNER): (
        _m("class", N_("Class"), N_("The class in which the learner has or had a place."), Cell.TEXT),
        _m("starts_on", N_("From"), N_("The first day of the place."), Cell.DAY),
        _m("ends_on", N_("Until"), N_("The last day of the place; a dash means that it goes on."), Cell.DAY),
    ),
}
#: what of a row the chart draws
_DRAWN = {Kind.ATTENDANCE: "rate", Kind.GATE: "days", Kind.ENROLMENT: "end", Kind.DELIVERY: "all"}


def totals_of(kind: Kind, kept: Sequence[Sequence[Any]]) -> dict[str, int]:
    """The totals of a report by name, from what a row of `report` keeps."""
    return dict(zip(TOTALS[kind], kept[-1], strict=True))


def sheet(choice: Choice, scope: Scope, kept: Sequence[Sequence[Any]], voice: Speech) -> Sheet:
    """The table in the reader's language."""
    totals, names = totals_of(choice.kind, kept), counts_of(choice.kind, choice.group)
    measures = [*_heads(choice.group), *_measures(choice, scope)]
    several_years = choice.group is Group.CLASS and len({row[2] for row in kept[:-1]}) > 1
    rows = []
    for row in kept[:-1]:
        counts = dict(zip(names, row[HEAD:], strict=True))
        first = f"{row[1]} ({row[2]})" if several_years else _first(choice.group, row, voice)
        numbers = [row[2] or None] if choice.group is Group.LEARNER else []
        values = [_value(measure.column.key, choice.kind, counts, totals) for measure in measures[1 + len(numbers) :]]
        rows.append([first, *numbers, *values])
    cells = [[_said(m.column, value, voice) for m, value in zip(measures, row, strict=True)] for row in rows]
    return Sheet(measures, rows, cells, _totals(choice, measures, totals, voice))


def chart(choice: Choice, table: Sheet, voice: Speech) -> Chart | None:
    """What there is to draw: nothing of a report by learner, or of fewer than two rows."""
    if choice.group is Group.LEARNER or len(table.rows) < 2:
        return None
    wanted = {Group.REASON: "absences" if choice.kind is Kind.ATTENDANCE else "failures"}.get(choice.group, _DRAWN[choice.kind])
    place = next(n for n, measure in enumerate(table.measures) if measure.column.key == wanted)
    column = table.measures[place].column
    numbers = [row[place] if isinstance(row[place], int) else None for row in table.rows]
    known = [(number, n) for n, number in enumerate(numbers) if isinstance(number, int)]
    if not known:
        return None
    most = 1000 if column.kind is Cell.SHARE else max(1, *(number for number, _ in known))
    low, high = min(known, key=lambda one: one[0])[1], max(known, key=lambda one: one[0])[1]
    says = voice.gettext(
        "From %(low)s (%(low_label)s) to %(high)s (%(high_label)s).", low=table.shown[low][place],
        low_label=table.shown[low][0], high=table.shown[high][place], high_label=table.shown[high][0],
    )  # fmt: skip
    upright = choice.group in BY_TIME
    points = [
        Point(shown[0], 100 * number / most if isinstance(number, int) else 0, shown[place])
        for shown, number in zip(table.shown, numbers, strict=True)
    ]
    drawn = points if upright else points[:DRAWN]
    return Chart(voice.gettext(column.label), says, drawn, upright, len(points) - len(drawn))


def _heads(group: Group) -> list[Measure]:
    kind = {Group.DAY: Cell.DAY, Group.WEEK: Cell.DAY, Group.REASON: Cell.WORD, Group.CHANNEL: Cell.WORD}.get(group, Cell.TEXT)
    label = N_("Week from Monday") if group is Group.WEEK else GROUPS[group]
    words = {Group.REASON: _REASONS, Group.CHANNEL: _CHANNELS}.get(group)
    first = Measure(Column(group.value, label, kind, words), "")
    if group is Group.LEARNER:
        return [first, Measure(Column("number", N_("Learner number"), Cell.TEXT), "")]
    return [first]


def _measures(choice: Choice, scope: Scope) -> list[Measure]:
    if special := _SPECIAL.get((choice.kind, choice.group)):
        return list(special)
    of_kind = _MEASURES[choice.kind]
    if choice.kind is Kind.ENROLMENT and choice.group in BY_TIME:
        return list(of_kind[1:4])
    if choice.kind is Kind.GATE and not (choice.group in BY_TIME and scope.classes is None):
        return list(of_kind[:-1])  # nobody's cards are of no class
    return list(of_kind)


def _first(group: Group, row: Sequence[Any], voice: Speech) -> str:
    """What a row is about: a name, or a key that its column puts into words."""
    if group is Group.MONTH:
        return _month(voice)(dt.date.fromisoformat(row[0]))
    return str(row[1] if group in (Group.CLASS, Group.LEARNER) else row[0])


def _month(voice: Speech) -> Callable[[dt.date], str]:
    return date_formatter(LANGUAGES[voice.language].cldr, "MMMM y", ZoneInfo(voice.timezone))


def _value(key: str, kind: Kind, counts: Mapping[str, Any], totals: Mapping[str, int]) -> object:
    match key:
        case "rate":
            return rate_of(kind, counts)
        case "share":
            whole = "absences" if kind is Kind.ATTENDANCE else "failures"
            return share(counts[whole], totals[whole])
        case _:
            return counts[key]


def _said(column: Column, value: object, voice: Speech) -> str:
    """A cell of a page."""
    if value is None:
        return NONE
    match column.kind:
        case Cell.INTEGER if isinstance(value, int):
            return voice.number(value)
        case Cell.SHARE if isinstance(value, int):
            return voice.percent(value)
        case Cell.DAY:
            return voice.date(dt.date.fromisoformat(str(value)))
        case Cell.WORD:
            return voice.gettext(column.message(str(value)))
        case _:
            return str(value)


def _totals(choice: Choice, measures: Sequence[Measure], totals: Mapping[str, int], voice: Speech) -> list[str]:
    """The last line: what is not in the totals of the kind has none."""
    found = [voice.gettext("Total")]
    for measure in measures[1:]:
        key = measure.column.key
        if key == "rate":
            found.append(_said(measure.column, rate_of(choice.kind, totals), voice))
        elif key == "share":
            found.append(_said(measure.column, 1000, voice))
        elif key == "end" and choice.group in BY_TIME:
            found.append("")  # the end of one day is none of another's
        else:
            found.append(voice.number(totals[key]) if key in totals else "")
    return found
