"""Of a closed school a lead can leave, and not come back."""

from __future__ import annotations

from app.domain.closing import Closed, Door

DOORS = (
    Door("leads.leaving", routes={"lead_leaving.leave": Closed.TAKES_AWAY, "lead_leaving.come_back": Closed.REFUSED}),
)  # fmt: skip
