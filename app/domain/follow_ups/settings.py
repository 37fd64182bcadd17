"""What a school's marketing is set to; what was never set is as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.record import Actor, record
from app.domain.leads.retention import keep_for
from app.models.follow_up import MarketingSetting
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id


class Marketing(NamedTuple):
    """The settings of a school. `lead_months`: how long an enquiry from which nothing is heard is kept."""

    reply_to: str | None = None
    sender_name: str | None = None
    owner_id: UUID | None = None
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    lead_months: int = 24

    @property
    def utm(self) -> Mapping[str, str]:
        """What stands on links of the school's own posters and cards, by the name of the argument; nothing that is empty."""
        asked = {"utm_source": self.utm_source, "utm_medium": self.utm_medium, "utm_campaign": self.utm_campaign}
        return {name: value for name, value in asked.items() if value}


_OWN = (
    MarketingSetting.reply_to, MarketingSetting.sender_name, MarketingSetting.owner_id, MarketingSetting.utm_source,
    MarketingSetting.utm_medium, MarketingSetting.utm_campaign,
)  # fmt: skip


def marketing(session: Session | None = None) -> Marketing:
    """The settings of the current school."""
    found = (
        select(School.lead_months, *_OWN)
        .outerjoin(MarketingSetting, MarketingSetting.school_id == School.id)
        .where(School.id == current_school_id())
    )
    row = (session or db.session()).execute(found).one()
    return Marketing(
        row.reply_to, row.sender_name, row.owner_id, row.utm_source or "", row.utm_medium or "", row.utm_campaign or "",
        row.lead_months,
    )  # fmt: skip


def utm_defaults() -> Mapping[str, str]:
    """What links on the current school's posters and cards carry, `utm_source` and the like; {} where nothing is set."""
    return marketing().utm


def change_marketing(wanted: Marketing, *, by: Actor) -> bool:
    """Store other settings; False where nothing is different."""
    session = db.session()
    # Held, so that two at once do not make two rows.
    school = session.scalars(select(School).where(School.id == current_school_id()).with_for_update()).one()
    before = marketing(session)
    kept = keep_for(wanted.lead_months, by=by)
    wanted = wanted._replace(lead_months=before.lead_months)
    if before == wanted:
        return kept
    held = session.scalars(select(MarketingSetting)).one_or_none()
    if held is None:
        held = MarketingSetting()
        session.add(held)
    for name, value in wanted._asdict().items():
        if name != "lead_months":
            setattr(held, name, value)
    record("marketing.settings", None, label=school.name, by=by, before=_plain(before), after=_plain(wanted))
    return True


def _plain(settings: Marketing) -> dict[str, object]:
    told = settings._asdict()
    del told["lead_months"]  # recorded where it is kept
    return {name: str(value) if isinstance(value, UUID) else value for name, value in told.items()}
