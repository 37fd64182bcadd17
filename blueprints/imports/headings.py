"""What the columns of a file hold: the row of headings is found, and its headings are taken for fields in three languages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache

from app.domain.names import plain
from app.domain.roster import Field
from app.i18n.catalogue import N_
from blueprints.imports.refusals import At, BadFile, letter

LOOKED = 15  # rows at the beginning of a file in which the headings are looked for
PROBLEM = "umthi_problem"  # the heading of our own column that says what is wrong; it is left out

#: field -> what a heading may call it, as `plain` writes it: ours first, then English, Afrikaans, isiZulu, and SA-SAMS
NAMES: dict[Field, tuple[str, ...]] = {
    Field.NUMBER: (
        "learner number", "learner no", "learner nr", "learner id", "student number", "student no", "student id",
        "admission number", "admission no", "adm no", "accession number", "accession no", "acc no", "number", "no",
        "leerdernommer", "leerder nommer", "leerdernr", "leerder nr", "toelatingsnommer", "toelatingsnr", "nommer", "nr",
        "inombolo yomfundi", "inombolo", "inombolo yokungena", "lurits number", "lurits no",
    ),
    Field.FIRST: (
        "first name", "first names", "firstname", "firstnames", "given name", "given names", "name", "names", "learner name",
        "full names", "christian names", "voornaam", "voorname", "naam", "name van leerder", "noemname",
        "igama", "amagama", "igama lomfundi", "igama lokuqala",
    ),
    Field.LAST: (
        "last name", "lastname", "surname", "family name", "learner surname", "van", "leerder van", "familienaam",
        "isibongo", "isibongo somfundi",
    ),
    Field.KNOWN_AS: (
        "known as", "knownas", "nickname", "preferred name", "called", "call name", "noemnaam", "bynaam", "bekend as",
        "igama lokubizwa", "ubizwa ngokuthi", "isidlaliso",
    ),
    Field.BIRTH: (
        "birth date", "birthdate", "date of birth", "dob", "birthday", "born", "geboortedatum", "geb datum", "verjaarsdag",
        "usuku lokuzalwa", "umhla wokuzalwa", "ilanga lokuzalwa",
    ),
    Field.CLASS: (
        "class", "class name", "register class", "class group", "grade class", "homeroom", "klas", "registerklas", "klasgroep",
        "iklasi", "ikilasi", "igumbi lokufundela",
    ),
    Field.GUARDIAN: (
        "guardian name", "guardian", "parent name", "parent", "parent guardian", "parent or guardian", "parent guardian name",
        "name of parent or guardian", "parent 1 name", "contact name", "mother name", "ouer", "ouer naam", "voog", "voog naam",
        "ouer of voog", "naam van ouer", "naam van ouer of voog", "umzali", "igama lomzali", "umnakekeli", "umbheki",
        "igama lomzali noma lomnakekeli",
    ),
    Field.RELATION: (
        "guardian relation", "relation", "relationship", "relation to the learner", "relationship to learner",
        "parent relation", "verwantskap", "verhouding", "ubudlelwano", "ubuhlobo",
    ),
    Field.EMAIL: (
        "guardian email", "email", "e mail", "email address", "parent email", "parent email address", "guardian e mail",
        "email of parent or guardian", "epos", "e pos", "eposadres", "e posadres", "ouer e pos", "voog e pos", "i imeyili",
        "imeyili", "i imeyli", "imeyli", "ikheli le imeyili",
    ),
    Field.PHONE: (
        "guardian phone", "phone", "phone number", "cell", "cell no", "cell number", "cellphone", "cellphone number", "mobile",
        "mobile number", "parent cell", "parent phone", "parent cell no", "phone of parent or guardian", "telephone", "tel",
        "contact number", "selfoon", "selfoonnommer", "selnommer", "sel", "telefoon", "foon", "foonnommer", "ouer sel",
        "ucingo", "inombolo yocingo", "iselula", "inombolo yeselula", "umakhalekhukhwini",
    ),
    Field.LANGUAGE: (
        "guardian language", "language", "parent language", "home language", "preferred language",
        "language of parent or guardian", "language of correspondence", "taal", "huistaal", "taalvoorkeur", "ulimi",
        "ulimi lwasekhaya",
    ),
}  # fmt: skip
FIELDS = {name: field for field, names in NAMES.items() for name in names}
#: a known way to write a roster: its headings by field; the page offers them by name
PRESETS: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "umthi": (N_("The template of Umthi"), {field.value: (" ".join(field.value.split("_")),) for field in Field}),
    "sa-sams": (
        N_("Learner list of SA-SAMS"),
        {
            Field.NUMBER: ("accession number", "accession no", "acc no", "admission no", "adm no", "learner number"),
            Field.FIRST: ("first name", "first names", "full names", "names", "name"),
            Field.LAST: ("surname", "last name"),
            Field.KNOWN_AS: ("preferred name", "known as", "nickname"),
            Field.BIRTH: ("date of birth", "birth date", "dob"),
            Field.CLASS: ("class", "register class", "class name"),
            Field.GUARDIAN: ("parent name", "parent guardian", "parent", "guardian"),
            Field.RELATION: ("relationship", "relation"),
            Field.EMAIL: ("parent email", "email", "e mail"),
            Field.PHONE: ("parent cell no", "parent cell", "cell no", "cell number", "cell", "tel"),
            Field.LANGUAGE: ("language of correspondence",),
        },
    ),
}


@lru_cache(maxsize=1024)
def _plain(heading: str) -> str:
    return " ".join(plain(heading.replace("_", " ")[:100]).split())


def field_of(heading: str) -> Field | None:
    """The field that a heading names, if it names one."""
    return FIELDS.get(_plain(heading))


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row looks like one of headings: it names at least two fields."""
    return len({field for cell in cells if (field := field_of(cell))}) > 1


def refuse_twins(row: int, cells: Sequence[str]) -> None:
    """Raise BadFile for a heading that stands twice."""
    places: dict[str, int] = {}
    for column, cell in enumerate(cells):
        if (key := _plain(cell)) and places.setdefault(key, column) != column:
            shown = cell.strip()[:40]
            raise BadFile("same_heading", At(row, column), heading=shown, other=letter(places[key]))


def guess(header: Sequence[str]) -> dict[str, int]:
    """The column of each field that a heading names; of two for one field the first."""
    found: dict[str, int] = {}
    for column, heading in enumerate(header):
        if field := field_of(heading):
            found.setdefault(field.value, column)
    return found


def by_preset(name: str, header: Sequence[str]) -> dict[str, int]:
    """The column of each field as a known way to write rosters calls them. Raises KeyError."""
    places = {_plain(heading): column for column, heading in reversed(list(enumerate(header)))}
    wanted = PRESETS[name][1]
    return {
        str(field): column
        for field, names in wanted.items()
        if (column := next((places[one] for one in names if one in places), None)) is not None
    }


def best_guess(header: Sequence[str]) -> dict[str, int]:
    """The mapping that finds the most: a preset, else the names of fields in three languages."""
    guesses: Iterable[dict[str, int]] = (guess(header), *(by_preset(name, header) for name in PRESETS))
    return max(guesses, key=len)


def key_of(header: Sequence[str]) -> bytes:
    """What a header is remembered by: its headings in their order, however they are written."""
    return hashlib.sha256(json.dumps([_plain(cell) for cell in header]).encode()).digest()
