"""What families are told about attendance, in each language. A learner's name stands in a subject only where the school lets
names onto lock screens; the text itself is read by whoever has opened it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from urllib.parse import urljoin

from app.delivery.publish import Text
from app.domain.attendance import REASONS
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Speech, speech_for
from app.models.attendance import AbsenceReport, ReportState, Status
from app.models.school import School

REPORT = "/attendance/absences"
ABSENT = N_(
    "%(learner)s was not in class when the register was marked on %(date)s at %(time)s. We do not know the reason yet. Please"
    " tell us: %(link)s. If your child should be at school, please phone us at once."
)
CORRECTED = {
    Status.PRESENT.value: N_(
        "We wrote to you that %(learner)s was not in class on %(date)s. The register has been corrected: %(learner)s was"
        " present. There is nothing you need to do."
    ),
    Status.LATE.value: N_(
        "We wrote to you that %(learner)s was not in class on %(date)s. The register has been corrected: %(learner)s came late."
        " There is nothing you need to do."
    ),
    Status.ABSENT.value: N_(
        "We wrote to you that %(learner)s was not in class on %(date)s. We know the reason now (%(reason)s), and the absence is"
        " excused. There is nothing you need to do."
    ),
}
DECIDED = {
    ReportState.ACCEPTED.value: N_(
        "The school has accepted your report that %(learner)s is absent from %(from)s until %(until)s. The reason: %(reason)s."
    ),
    ReportState.DECLINED.value: N_(
        "The school has not accepted your report that %(learner)s is absent from %(from)s until %(until)s. The reason that you"
        " gave: %(reason)s."
    ),
}


def link_to_report(learner: object) -> str:
    """The page on which a guardian says why a learner is away, whole."""
    return urljoin(f"{current_settings().public_url}/", f"{REPORT}?learner={learner}")


def absence(school: School, learner: str, *, at: dt.datetime, link: str) -> Mapping[str, Text]:
    """The message about an unexplained absence; `at` is when the register said so."""

    def text(words: Speech) -> Text:
        subject = (
            words.gettext("%(learner)s was not in class today", learner=learner)
            if school.names_on_push
            else words.gettext("Your child was not in class today")
        )
        return Text(subject, words.gettext(ABSENT, learner=learner, date=words.date(at), time=words.time(at), link=link))

    return _in_each_language(school, text)


def correction(school: School, learner: str, *, day: dt.date, status: str, reason: str | None) -> Mapping[str, Text]:
    """The one message that follows an alert when the learner is accounted for."""

    def text(words: Speech) -> Text:
        subject = (
            words.gettext("The register of %(learner)s was corrected", learner=learner)
            if school.names_on_push
            else words.gettext("The register of your child was corrected")
        )
        known = {"reason": words.gettext(REASONS[reason])} if reason else {}
        return Text(subject, words.gettext(CORRECTED[status], learner=learner, date=words.date(day), **known))

    return _in_each_language(school, text)


def decision(school: School, learner: str, report: AbsenceReport) -> Mapping[str, Text]:
    """What a guardian is told of the school's decision about their report, with the words of whoever decided."""

    def text(words: Speech) -> Text:
        subject = (
            words.gettext("Your report of an absence was accepted")
            if report.state == ReportState.ACCEPTED
            else words.gettext("Your report of an absence was not accepted")
        )
        said = words.gettext(
            DECIDED[report.state], learner=learner, until=words.date(report.until_on),
            reason=words.gettext(REASONS[report.reason]), **{"from": words.date(report.from_on)},
        )  # fmt: skip
        return Text(subject, f"{said}\n\n{report.answer}" if report.answer else said)

    return _in_each_language(school, text)


def _in_each_language(school: School, text: Callable[[Speech], Text]) -> dict[str, Text]:
    """The text in every language, with days and times by the school's clock."""
    return {
        code: text(speech_for(code, str(school.timezone), school.money, school.currency)) for code in LANGUAGES
    }  # fmt: skip
