"""Why a run stopped: what the step was doing, in the reader's words, and the technical detail beside it."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from app.i18n.catalogue import N_
from app.models.onboarding import StepName

LONGEST = 200
#: what a step is called
STEP_WORDS = {
    StepName.SCHOOL.value: N_("Create the school"),
    StepName.ADMIN.value: N_("Create the admin account"),
    StepName.OFFICER.value: N_("Create the officer account"),
    StepName.FINISH.value: N_("School provisioned"),
}
CUT_OFF = "cut-off"
#: the first word of a step's error -> what to make of it
REASONS = {
    "name-taken": N_("Another school has got this name in the meantime. Start again with the town in the name."),
    "account-disabled": N_("The account with this address is disabled. Have it enabled, then resume."),
    CUT_OFF: N_("The work was cut off in the middle of this step each time. Nothing of it is half done. Resume it."),
}
#: what did not happen, by step: for every error that is none of REASONS
FAILED = {
    StepName.SCHOOL.value: N_("The school could not be created, although it was tried several times. Resume, or start again."),
    StepName.ADMIN.value: N_("The school is there, but its first admin has no account yet. Resume to try again."),
    StepName.OFFICER.value: N_(
        "The school and its admin are there, but the first officer has no account yet. Resume to try again."
    ),
    StepName.FINISH.value: N_("School and accounts are there, but the school is not open yet. Resume to try again."),
}

#: the beginning of a state of SQL, as PostgreSQL calls it (its manual, appendix A) -> what it was, in a sentence
CAUSES = {
    "08": N_("The connection to the database was lost."),
    "22": N_("The database could not store something that was entered."),
    "23": N_("What was to be stored contradicted something that is there already."),
    "25006": N_("The database takes no changes at the moment."),
    "40": N_("Two pieces of work got in each other’s way."),
    "53": N_("The database was too busy."),
    "55": N_("Something else was being changed at the same time."),
    "57014": N_("The database took too long."),
    "57": N_("The database was stopping or starting."),
}
CUT = N_("The work was cut off.")
NO_CAUSE = N_("The fault is ours and has been noted in the log.")


def cause(error: str) -> str:
    """A message to be translated: what an error that was noted on a step was, without its codes."""
    word, *details = error.split()
    if (known := word.partition(":")[0]) in REASONS:
        return CUT if known == CUT_OFF else REASONS[known]
    state = details[0] if details else ""
    return next((CAUSES[key] for key in (state, state[:2]) if key in CAUSES), NO_CAUSE)


def reason(step: str, error: str | None) -> str:
    """A message to be translated: why this step failed."""
    return REASONS.get((error or "").partition(":")[0], FAILED[step])


def technical(error: Exception) -> str:
    """An error without anything personal: its type and, from the database, the state and the constraint, never the values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    diagnosis = getattr(cause, "diag", None)
    parts = (type(cause).__name__, getattr(cause, "sqlstate", None), getattr(diagnosis, "constraint_name", None))
    return " ".join(part for part in parts if part)[:LONGEST]
