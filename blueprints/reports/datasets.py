"""What can be taken out of reports: which were made, by whom, and when. The table of each is taken out on its own page."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import case, select

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.report import Report
from app.web.badges import STATES
from blueprints.reports.words import GROUPS, KINDS

YES_NO = {"yes": N_("Yes"), "no": N_("No")}


class _Report(NamedTuple):
    kind: str
    group: str
    name: str
    state: str
    saved: str
    by: str
    made: dt.datetime


_REPORTS = select(
    Report.kind, Report.choice["group"].astext.label("group"), Report.name, Report.state,
    case((Report.is_saved, "yes"), else_="no").label("saved"), Report.by_name.label("by"), Report.created_at.label("made"),
).order_by(Report.id.desc())  # fmt: skip
REPORTS = Dataset(
    "reports", N_("Reports"), Permission.PEOPLE_MANAGE,
    (
        Column("kind", N_("What to count"), Kind.WORD, {kind.value: word for kind, word in KINDS.items()}),
        Column("group", N_("One row for each"), Kind.WORD, {group.value: word for group, word in GROUPS.items()}),
        Column("name", N_("Name")),
        Column("state", N_("State"), Kind.WORD, {state: STATES[state][1] for state in ("running", "done", "failed")}),
        Column("saved", N_("Saved"), Kind.WORD, YES_NO),
        Column("by", N_("By")),
        Column("made", N_("Made"), Kind.MOMENT),
    ),
    selected(_REPORTS, _Report),
)  # fmt: skip
DATASETS = (REPORTS,)
