"""What stands on a new sheet until somebody writes something better."""

from __future__ import annotations

from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import Words

SUGGESTED = {
    "poster": {
        "headline": N_("Come and see our school"),
        "body": N_("Small classes, teachers who know every child by name, and a door that is open to you."),
        "call": N_("Scan the code and ask us anything"),
    },
    "flyer": {
        "headline": N_("A school that knows every child"),
        "body": N_(
            "Come and visit us on any school day. We show you the classrooms, you meet the teachers, and your child sees where"
            " it could learn and play.\n\nAsk us about places, fees and transport. We answer every question."
        ),
        "call": N_("Scan the code and ask us anything"),
    },
    "card": {
        "headline": N_("Places are open for next year"),
        "body": N_("Ask us anything. We answer within a school day."),
        "call": N_("Ask us"),
    },
}


def suggested(kind: str) -> dict[str, dict[str, str]]:
    """The texts of a new asset, by language."""
    return {
        code: {part: Words(code).gettext(text) for part, text in SUGGESTED[kind].items()} | {"alt": ""} for code in LANGUAGES
    }  # fmt: skip
