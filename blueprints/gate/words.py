"""What the gate calls things."""

from __future__ import annotations

from app.i18n.catalogue import N_
from app.models.gate import Direction

#: direction -> tone and word of a badge
DIRECTIONS = {
    Direction.IN.value: ("ok", N_("In")),
    Direction.OUT.value: ("info", N_("Out")),
    Direction.REPEAT.value: ("neutral", N_("Scanned again")),
    Direction.UNKNOWN.value: ("crit", N_("Unknown code")),
}
