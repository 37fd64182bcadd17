"""What reports are called, and what they say in whole sentences."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.reporting import Choice, Group, Kind, Period, Registers, Scope
from app.i18n.catalogue import N_
from app.i18n.speech import Speech

KINDS = {
    Kind.ATTENDANCE: N_("Attendance"),
    Kind.GATE: N_("Gate"),
    Kind.ENROLMENT: N_("Enrolment"),
    Kind.DELIVERY: N_("Messages"),
}
TITLES: dict[tuple[Kind, Group], str] = {
    (Kind.ATTENDANCE, Group.CLASS): N_("Attendance by class"),
    (Kind.ATTENDANCE, Group.LEARNER): N_("Attendance by learner"),
    (Kind.ATTENDANCE, Group.DAY): N_("Attendance by day"),
    (Kind.ATTENDANCE, Group.WEEK): N_("Attendance by week"),
    (Kind.ATTENDANCE, Group.MONTH): N_("Attendance by month"),
    (Kind.ATTENDANCE, Group.REASON): N_("Absences by reason"),
    (Kind.GATE, Group.DAY): N_("Gate by day"),
    (Kind.GATE, Group.WEEK): N_("Gate by week"),
    (Kind.GATE, Group.MONTH): N_("Gate by month"),
    (Kind.GATE, Group.CLASS): N_("Gate by class"),
    (Kind.GATE, Group.LEARNER): N_("Gate by learner"),
    (Kind.ENROLMENT, Group.CLASS): N_("Enrolment by class"),
    (Kind.ENROLMENT, Group.LEARNER): N_("Enrolment by learner"),
    (Kind.ENROLMENT, Group.DAY): N_("Enrolment by day"),
    (Kind.ENROLMENT, Group.WEEK): N_("Enrolment by week"),
    (Kind.ENROLMENT, Group.MONTH): N_("Enrolment by month"),
    (Kind.DELIVERY, Group.CHANNEL): N_("Messages by channel"),
    (Kind.DELIVERY, Group.DAY): N_("Messages by day"),
    (Kind.DELIVERY, Group.WEEK): N_("Messages by week"),
    (Kind.DELIVERY, Group.MONTH): N_("Messages by month"),
    (Kind.DELIVERY, Group.CLASS): N_("Messages by class"),
    (Kind.DELIVERY, Group.REASON): N_("Undeliverable messages by reason"),
}
PERIODS = {
    Period.THIS_WEEK: N_("This week"),
    Period.LAST_WEEK: N_("Last week"),
    Period.THIS_MONTH: N_("This month"),
    Period.LAST_MONTH: N_("Last month"),
    Period.THIS_TERM: N_("This term"),
    Period.LAST_TERM: N_("Last term"),
    Period.THIS_YEAR: N_("This year"),
    Period.OWN: N_("From a day until a day"),
}
GROUPS = {
    Group.CLASS: N_("Class"),
    Group.LEARNER: N_("Learner"),
    Group.DAY: N_("Day"),
    Group.WEEK: N_("Week"),
    Group.MONTH: N_("Month"),
    Group.REASON: N_("Reason"),
    Group.CHANNEL: N_("Channel"),
}
REGISTERS = {
    Registers.DAILY: N_("Daily registers"),
    Registers.LESSONS: N_("Registers of lessons"),
}
_SUMMARIES = {
    Kind.ATTENDANCE: N_(
        "%(rate)s attendance: of %(marks)s marks %(present)s say present and %(late)s late. %(absences)s say absent,"
        " %(unexplained)s of them without a reason."
    ),
    Kind.GATE: N_(
        "%(in)s scans in and %(out)s out. Learners were at school on %(days)s days in all, one learner on one day being one;"
        " on %(stayed)s of them nobody scanned them out."
    ),
    Kind.ENROLMENT: N_(
        "%(end)s places are taken by %(learners)s learners on %(until)s. At the start there were %(start)s; since then"
        " %(joined)s joined and %(left)s left. %(waiting)s wait for a place now."
    ),
    Kind.DELIVERY: N_(
        "Of %(all)s deliveries %(sent)s were accepted, %(rate)s of those that are over; %(dead)s are undeliverable,"
        " %(discarded)s were discarded, %(another)s went another way, and %(open)s are still under way."
    ),
}  # fmt: skip


def title(choice: Choice, voice: Speech) -> str:
    """What a report without a name is called."""
    return voice.gettext(TITLES[choice.kind, choice.group])


def summary(kind: Kind, scope: Scope, totals: Mapping[str, int], voice: Speech) -> str:
    """What a report comes to, in one or two sentences."""
    numbers: dict[str, str] = {name: voice.number(number) for name, number in totals.items()}
    rate = rate_of(kind, totals)
    told = "–" if rate is None else voice.percent(rate)
    return voice.gettext(_SUMMARIES[kind], **{**numbers, "rate": told, "until": voice.date(scope.until)})


def notes(choice: Choice, scope: Scope, totals: Mapping[str, int], voice: Speech) -> list[str]:
    """What one must know to read the numbers, a sentence each."""
    found = []
    if choice.kind is Kind.ATTENDANCE:
        days, of = voice.number(totals["days"]), voice.number(totals["school_days"])
        found.append(voice.gettext("Registers were saved on %(days)s of %(of)s school days.", days=days, of=of))
        if left := totals["left_out"]:
            found.append(voice.ngettext(
                "%(num)s mark is left out: its day is no school day.",
                "%(num)s marks are left out: their days are no school days.", left,
            ))  # fmt: skip
    if choice.kind is Kind.GATE and scope.classes is None and totals["unknown"]:
        found.append(voice.ngettext(
            "%(num)s scan was of a card that is nobody’s.", "%(num)s scans were of cards that are nobody’s.", totals["unknown"]
        ))  # fmt: skip
    if choice.group is Group.CLASS and choice.kind in (Kind.GATE, Kind.DELIVERY):
        found.append(voice.gettext(
            "Somebody who belongs to several classes counts in each of them, and once in the total, which is of everybody."
        ))  # fmt: skip
    if choice.group is Group.CLASS and choice.kind in (Kind.GATE, Kind.DELIVERY) and scope.classes is None:
        found.append(voice.gettext("The rows are the register classes."))
    return found


def rate_of(kind: Kind, counts: Mapping[str, int]) -> int | None:
    """The share that a kind is measured by, in tenths of a percent, rounded half up; None where there is nothing to share."""
    match kind:
        case Kind.ATTENDANCE:
            return share(counts["present"] + counts["late"], counts["marks"])
        case Kind.DELIVERY:
            return share(counts["sent"], counts["sent"] + counts["dead"] + counts["discarded"])
        case _:
            return None


def share(part: int, whole: int) -> int | None:
    """Tenths of a percent, rounded half up."""
    return (2000 * part + whole) // (2 * whole) if whole else None


def why_empty(choice: Choice, scope: Scope, totals: Mapping[str, int]) -> str:
    """Why a report has no rows, a message to be translated."""
    if scope.classes == ():
        return N_("You do not teach a class, so there is nothing that this report could be about.")
    match choice.kind:
        case Kind.ATTENDANCE if not totals["school_days"]:
            return N_("There is no school day in this period: only weekends, holidays and days outside the terms.")
        case Kind.ATTENDANCE if choice.group is Group.REASON and totals["marks"]:
            return N_("Nobody was absent: every mark of this period says present or late.")
        case Kind.ATTENDANCE if choice.registers is Registers.LESSONS:
            return N_("No register of a lesson has been saved in this period for these classes.")
        case Kind.ATTENDANCE:
            return N_(
                "No daily register has been saved in this period for these classes. A class that is no register class has only"
                " registers of its lessons."
            )  # fmt: skip
        case Kind.GATE:
            return N_("No card of these learners was scanned at the gate in this period.")
        case Kind.ENROLMENT:
            return N_("Nobody had a place in these classes in this period.")
        case _ if choice.group is Group.REASON and totals["all"]:
            return N_("Nothing is undeliverable: no message of this period failed for good.")
        case _:
            return N_("No message was sent to these people in this period.")
