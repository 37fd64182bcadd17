"""What the pages of a family call what the school keeps as keys."""

from __future__ import annotations

from app.i18n.catalogue import N_
from app.models.attendance import ReportState
from app.models.learner import PhotoConsent

CONSENTS = {
    PhotoConsent.UNKNOWN.value: N_("Not asked yet"),
    PhotoConsent.GIVEN.value: N_("Given"),
    PhotoConsent.REFUSED.value: N_("Refused"),
}
#: what became of a reported absence: tone and word
REPORTS = {
    ReportState.WAITING.value: ("info", N_("Waiting for the school")),
    ReportState.ACCEPTED.value: ("ok", N_("Accepted")),
    ReportState.DECLINED.value: ("warn", N_("Declined")),
    ReportState.WITHDRAWN.value: ("neutral", N_("Taken back")),
}
