"""The stages of a lead: which may follow which, and what each is called. List, board and tests go by this one table."""

from __future__ import annotations

from collections.abc import Mapping

from app import clock
from app.audit.record import Actor, record
from app.domain.leads import hooks
from app.domain.leads.records import LeadError, note
from app.i18n.catalogue import N_
from app.models.lead import Happening, Lead, Stage
from app.tenancy.database import db

#: what each stage is called, in the order of the board
STAGES: Mapping[str, str] = {
    Stage.NEW.value: N_("New"),
    Stage.CONTACTED.value: N_("Contacted"),
    Stage.APPOINTMENT.value: N_("Appointment made"),
    Stage.TRIAL.value: N_("On trial"),
    Stage.ENROLLED.value: N_("Enrolled"),
    Stage.ARCHIVED.value: N_("Archived"),
}
_OPEN = (Stage.NEW.value, Stage.CONTACTED.value, Stage.APPOINTMENT.value, Stage.TRIAL.value)
#: which stage may follow which; an archived lead goes back only to the stage that it was archived from
ALLOWED: Mapping[str, tuple[str, ...]] = {
    Stage.NEW.value: ("contacted", "appointment", "trial", "enrolled", "archived"),
    Stage.CONTACTED.value: ("new", "appointment", "trial", "enrolled", "archived"),
    Stage.APPOINTMENT.value: ("contacted", "trial", "enrolled", "archived"),
    Stage.TRIAL.value: ("contacted", "appointment", "enrolled", "archived"),
    Stage.ENROLLED.value: ("archived",),
    Stage.ARCHIVED.value: (*_OPEN, "enrolled"),
}
#: the stages that somebody gives by hand: enrolled is what a conversion makes, archived has a reason
BY_HAND: tuple[str, ...] = _OPEN


class NotFromHere(LeadError):
    message = N_("A lead cannot go from this stage to that one. Reload the page to see where it stands now.")


def may_follow(old: str, new: str, archived_from: str | None = None) -> bool:
    """Whether a lead may go from one stage to another."""
    if old == Stage.ARCHIVED:
        return new == archived_from
    return new in ALLOWED[old]


def choices(stage: str) -> list[str]:
    """The stages that somebody may give a lead of this stage by hand, in the order of the board."""
    return [each for each in BY_HAND if stage != Stage.ARCHIVED and each in ALLOWED[stage]]


def move(lead: Lead, to: str, *, by: Actor) -> bool:
    """Give a lead another stage by hand; False if it stands there. Raises NotFromHere."""
    if lead.stage == to:
        return False
    if to not in BY_HAND or lead.stage == Stage.ARCHIVED:
        raise NotFromHere
    change(lead, to, by=by)
    return True


def archive(lead: Lead, why: str, *, by: Actor) -> bool:
    """Put a lead away, with the reason; False if it is. Its next step goes with it. Raises NotFromHere."""
    if lead.stage == Stage.ARCHIVED:
        return False
    lead.archived_why, lead.next_step, lead.next_due_on = why, "", None
    change(lead, Stage.ARCHIVED.value, by=by, why=why)
    return True


def bring_back(lead: Lead, *, by: Actor) -> bool:
    """Let an archived lead stand where it stood before; False if it is not archived."""
    if lead.stage != Stage.ARCHIVED:
        return False
    change(lead, lead.archived_from or Stage.NEW.value, by=by)
    lead.archived_why = None
    return True


def change(lead: Lead, to: str, *, by: Actor, why: str = "") -> None:
    """Let a lead, held for the change, have another stage: history, audit and those who hear of it. Raises NotFromHere."""
    old = lead.stage
    if not may_follow(old, to, lead.archived_from):
        raise NotFromHere
    lead.archived_from = old if to == Stage.ARCHIVED else None
    lead.stage, lead.stage_at = to, clock.now()
    said = {"why": why} if why else {}
    note(lead, Happening.STAGE, {"before": old, "after": to, **said}, by=by)
    end = "leads.bring_back" if old == Stage.ARCHIVED else "leads.stage"
    record(
        "leads.archive" if to == Stage.ARCHIVED else end,
        lead,
        label=lead.name,
        by=by,
        before={"stage": old},
        after={"stage": to},
    )
    db.session.flush()
    hooks.stage_changed(db.session(), lead, old, to)
