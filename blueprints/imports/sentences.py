"""What is wrong, what is asked and what would change, in whole sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.domain.roster import LABELS
from app.i18n.catalogue import N_
from app.i18n.speech import Speech, speech
from blueprints.imports.refusals import BadFile, letter

#: a row that is wrong; each is said behind its row and, where there is one, its column
PROBLEMS = {
    "too_wide": N_("It has %(cells)s cells, and there are %(headings)s headings. Is a delimiter too many?"),
    "too_narrow": N_("It has %(cells)s cells, and there are %(headings)s headings. Is a delimiter missing?"),
    "nobody": N_("Enter a learner number or a date of birth: without either, learners of one name cannot be told apart."),
    "missing": N_("It is empty. A new learner needs a first name and a surname."),
    "merged": N_("This number belonged to a learner who was merged with another. Enter the number of the other."),
    "several": N_("There are several learners with this name and date of birth. Enter the learner number."),
    "no_guardian": N_("There is an address or a phone number, and no name of the parent or guardian."),
    "differs": N_("It is not what row %(other)s says of the same person."),
    "formula": N_("“%(text)s” begins like a formula. Enter the value itself."),
    "long": N_("It has more than %(limit)s characters."),
    "invisible": N_("There is a character in it that cannot be seen. Type the cell anew."),
    "no_letters": N_("“%(text)s” is no name."),
    "date": N_("“%(text)s” is no date. Write it like 2016-03-04."),
    "no_such_day": N_("“%(text)s” is no day of the calendar. Write it like 2016-03-04: year, month, day."),
    "future": N_("%(text)s is in the future."),
    "long_ago": N_("%(text)s is more than a hundred years ago."),
    "email": N_("“%(text)s” is no email address."),
    "phone": N_("“%(text)s” is no phone number. Write it like 082 555 0101."),
    "language": N_("“%(text)s” is no language that Umthi knows. Write en, af or zu."),
    "relation": N_("“%(text)s” is no relation. Write mother, father, grandparent, guardian, foster, sibling or other."),
}  # fmt: skip
#: why a person is asked, about the learner %(name)s with the number %(number)s, or about row %(row)s
QUESTIONS = {
    "twin": N_("%(name)s has the same name and date of birth, and another number (%(number)s). Is it the same learner?"),
    "twin_bare": N_("%(name)s has the same name and date of birth, and no number yet. Is it the same learner?"),
    "left": N_("%(name)s has left the school. Do they come back?"),
    "other": N_("This number belongs to %(name)s, whose name and date of birth are others. Is it the same learner?"),
    "twin_row": N_(
        "Row %(row)s names a learner with the same name and date of birth, and another number. Are they two learners?"
    ),
    "barred": N_("%(barred)s is to have no contact with %(name)s. Is %(guardian)s somebody else?"),
    "follows": N_("It is about the learner of row %(row)s. What is decided there counts here too."),
}
ADDS = {"learner": N_("Adds the learner %(name)s"), "guardian": N_("Adds the parent or guardian %(name)s")}
TIED = N_("%(name)s becomes a parent or guardian of the learner")
PUT_IN = N_("Comes into the class %(class)s")
MOVED = N_("Moves from the class %(before)s to %(class)s")
UNTIED = N_("%(name)s is not added: the learner has a parent or guardian without contact who may be the same person")
COMES_BACK = N_("Comes back to the school")
NO_CLASS = N_("There is no class %(class)s: the learner comes in without one")
CHANGED, FILLED = N_("%(field)s: %(before)s → %(after)s"), N_("%(field)s: %(after)s")
CUT_OFF = "cut-off"
#: the beginning of an error of a job -> what to make of it
REASONS = {
    CUT_OFF: N_("The work was cut off each time. Nothing is half done: resume, and it goes on with the row where it stopped."),
    "UniqueViolation": N_(
        "Somebody changed the same people at the same time. Resume, and it goes on with the row where it stopped."
    ),
}
USUAL_REASON = N_(
    "The fault is ours and has been noted. Nothing is half done: resume, and it goes on with the row where it stopped."
)
SILENT = N_("Nothing has moved for a while. Resume, and it goes on with the row where it stopped.")


class Said(NamedTuple):
    """A problem of a row: `place` is its column as a spreadsheet calls it with its heading, "" where it is the whole row."""

    place: str
    text: str


def refusal(fault: BadFile) -> str:
    """What is wrong with a file, in the reader's language."""
    words = speech()
    values = {name: words.number(value) if isinstance(value, int) else value for name, value in fault.values.items()}
    return words.gettext(
        fault.message, **values, row=words.number(fault.at.row) if fault.at.row else "", column=letter(fault.at.column)
    )  # fmt: skip


def problems(kept: Sequence[Sequence[Any]], header: Sequence[str], words: Speech | None = None) -> list[Said]:
    """What is wrong with a row, in words."""
    words = words or speech()
    return [_problem(column, code, values, header, words) for column, code, values in kept]


def changes(plan: dict[str, Any]) -> list[str]:
    """What a row would do, in words."""
    words = speech()
    said = [words.gettext(ADDS[kind], name=name) for kind, name in plan.get("adds", ())]
    said += [_change(words, *change) for change in plan.get("changes", ())]
    if "no_class" in plan:
        said.append(words.gettext(NO_CLASS, **{"class": plan["no_class"]}))
    if "untied" in plan:
        said.append(words.gettext(UNTIED, name=plan["untied"]))
    return said


def question(ask: dict[str, Any]) -> str:
    """Why a person is asked."""
    why = ask["why"]
    if why == "twin" and not ask.get("number"):
        why = "twin_bare"
    row = speech().number(ask["row"]) if "row" in ask else ""
    values = {"name": "", "number": "", "guardian": "", "barred": "", **ask, "row": row}
    return speech().gettext(QUESTIONS[why], **values)


def reason(error: str | None) -> str:
    """A message to be translated: why an import stopped."""
    return REASONS.get((error or "").split(" ")[0], USUAL_REASON)


def _problem(column: int | None, code: str, values: dict[str, Any], header: Sequence[str], words: Speech) -> Said:
    shown = {name: words.number(value) if isinstance(value, int) else value for name, value in values.items()}
    place = ""
    if column is not None:
        place = f"{letter(column)} ({header[column]})" if column < len(header) else letter(column)
    return Said(place, words.gettext(PROBLEMS[code], **shown))


def _change(words: Speech, field: str, before: str | None, after: str) -> str:
    match field:
        case "tie":
            return words.gettext(TIED, name=after)
        case "class":
            message = MOVED if before else PUT_IN
            return words.gettext(message, before=before or "", **{"class": after})
        case "status":
            return words.gettext(COMES_BACK)
        case _:
            label = words.gettext(LABELS[field])
            before, after = _shown(words, field, before), _shown(words, field, after) or ""
            return words.gettext(CHANGED if before else FILLED, field=label, before=before or "", after=after)


def _shown(words: Speech, field: str, value: str | None) -> str | None:
    """A value as people read it: relations and languages by their names."""
    if value and field == "guardian_relation":
        return words.gettext(RELATIONS[value])
    if value and field == "guardian_language":
        return words.gettext(LANGUAGE_NAMES[value])
    return value


RELATIONS = {
    "mother": N_("Mother"), "father": N_("Father"), "grandparent": N_("Grandparent"), "guardian": N_("Guardian"),
    "foster": N_("Foster parent"), "sibling": N_("Brother or sister"), "other": N_("Other"),
}  # fmt: skip
LANGUAGE_NAMES = {"en": N_("English"), "af": N_("Afrikaans"), "zu": N_("isiZulu")}
