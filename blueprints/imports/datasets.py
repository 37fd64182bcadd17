"""What can be taken out of imports: which files were brought in, by whom, and what came of their rows."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import Integer, cast, select

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.roster import ImportState, RosterImport, RowResult
from app.web.badges import STATES


class _Import(NamedTuple):
    file_name: str
    state: str
    total: int
    added: int | None
    changed: int | None
    wrong: int | None
    by: str
    created: dt.datetime
    ended: dt.datetime | None
    undone: dt.datetime | None


def _number(result: RowResult) -> Any:
    return cast(RosterImport.counts[result.value].astext, Integer)


_IMPORTS = select(
    RosterImport.file_name, RosterImport.state, RosterImport.total, _number(RowResult.ADD).label("added"),
    _number(RowResult.CHANGE).label("changed"), _number(RowResult.WRONG).label("wrong"), RosterImport.by_name.label("by"),
    RosterImport.created_at.label("created"), RosterImport.ended_at.label("ended"), RosterImport.undone_at.label("undone"),
).order_by(RosterImport.id.desc())  # fmt: skip
IMPORTS = Dataset(
    "imports", N_("Imports of learners"), Permission.PEOPLE_MANAGE,
    (
        Column("file", N_("File")),
        Column("state", N_("State"), Kind.WORD, {state.value: STATES[state][1] for state in ImportState}),
        Column("rows", N_("Rows"), Kind.INTEGER),
        Column("added", N_("Added"), Kind.INTEGER),
        Column("changed", N_("Changed"), Kind.INTEGER),
        Column("wrong", N_("Wrong"), Kind.INTEGER),
        Column("by", N_("By")),
        Column("created", N_("Uploaded"), Kind.MOMENT),
        Column("ended", N_("Ended"), Kind.MOMENT),
        Column("undone", N_("Undone"), Kind.MOMENT),
    ),
    selected(_IMPORTS, _Import),
)  # fmt: skip
DATASETS = (IMPORTS,)
