"""The school's audit log as an export: what the page shows with the same filters, in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import Cursor

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind, Row
from app.exports.filters import Asks, Filter
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from blueprints.audit import queries
from blueprints.audit.looking import FILTERS, sought_of
from blueprints.audit.words import ACTIONS, ACTORS, KINDS

PEOPLE = ("user", "operator")  # kinds of actors whose name is a person's
SEALED = {"sealed": N_("Sealed"), "waiting": N_("Waiting")}
COLUMNS = (
    Column("at", N_("When"), Kind.MOMENT),
    Column("who", N_("Who")),
    Column("action", N_("Action"), Kind.WORD, ACTIONS),
    Column("what", N_("On what")),
    Column("kind", N_("Kind"), Kind.WORD, KINDS),
    Column("seal", N_("Seal"), Kind.WORD, SEALED),
    Column("code", N_("Code of the action")),
    Column("target", N_("Number")),
    Column("request", N_("Request")),
    Column("id", N_("Number of the event")),
)


def rows(cursor: Cursor[Any], filters: Mapping[str, Any]) -> Iterator[Row]:
    """Every event that the filters leave, newest first."""
    voice = speech()
    for row in queries.every(cursor, sought_of(filters)):
        is_named = row.actor_kind in PEOPLE and row.actor
        who = row.actor if is_named else voice.gettext(ACTORS.get(row.actor_kind, row.actor_kind))
        yield (
            row.at, who, row.action, row.label, row.target_kind, "sealed" if row.is_sealed else "waiting", row.action,
            row.target_id, row.request_id, str(row.id),
        )  # fmt: skip


#: those that the form of an export asks for; links may narrow it by the others too
ASKED = {
    "since": Filter(N_("From"), Asks.DAY, FILTERS["since"]),
    "until": Filter(N_("Until"), Asks.DAY, FILTERS["until"]),
    "action": Filter(N_("Action"), Asks.CHOICE, FILTERS["action"], ACTIONS),
}
DATASETS = (Dataset("audit", N_("Audit log"), Permission.AUDIT_VIEW, COLUMNS, rows, {**FILTERS, **ASKED}, is_guarded=True),)
