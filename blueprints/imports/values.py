"""What a cell of a roster means: dates, phones, languages as people write them in three languages."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from typing import Any

from email_validator import EmailNotValidError, validate_email

from app.domain.names import plain
from app.domain.phones import NotAPhoneNumber, e164
from app.domain.roster import Field
from app.models.learner import Relation

NAME, SHORT = 100, 40  # characters
OLDEST = 100  # years
FORMULA = tuple("=+-@\t＝＋－＠")
SIMPLE_EMAIL = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_+-]*(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
#: endings of addresses that reach nobody: the library knows the rules
SPECIAL = (".test", ".invalid", ".localhost", ".local", ".arpa", ".onion")
RELATIONS = {
    Relation.MOTHER: "mother mom mum mommy mama ma moeder mammie umama unina",
    Relation.FATHER: "father dad daddy papa pa vader pappie ubaba uyise baba",
    Relation.GRANDPARENT: "grandparent grandmother grandfather granny grandma grandpa ouma oupa grootouer"
    " ugogo gogo umkhulu mkhulu",
    Relation.GUARDIAN: "guardian parent caregiver carer voog ouer versorger umnakekeli umbheki umzali",
    Relation.FOSTER: "foster fosterparent fostermother fosterfather pleegouer pleegmoeder pleegvader",
    Relation.SIBLING: "sibling brother sister broer suster ubhuti usisi umfowethu udadewethu",
    Relation.OTHER: "other aunt uncle tante oom friend ander anders omunye okunye umalume ubabekazi umamekazi",
}
_RELATION = {word: relation.value for relation, words in RELATIONS.items() for word in words.split()}
LANGUAGES = {
    "en": "en eng english engels isingisi ingisi", "af": "af afr afrikaans isibhunu isiafrikaans",
    "zu": "zu zul zulu isizulu zoeloe",
    "": "xh xhosa isixhosa st sotho sesotho tn tswana setswana nso pedi sepedi ss swati siswati ts tsonga xitsonga"
    " ve venda tshivenda nr ndebele isindebele sasl other ander",
}  # fmt: skip
_LANGUAGE = {word: code for code, words in LANGUAGES.items() for word in words.split()}
MONTHS = {
    month: number
    for number, words in enumerate(
        (
            "jan january januarie januwari ujanuwari", "feb february februarie februwari ufebruwari",
            "mar march maart mrt mashi umashi", "apr april ephreli uephreli", "may mei meyi umeyi", "jun june junie juni ujuni",
            "jul july julie julayi ujulayi", "aug august augustus agasti uagasti", "sep sept september septhemba usepthemba",
            "oct october okt oktober okthoba uokthoba", "nov november novemba unovemba",
            "dec december des desember disemba udisemba",
        ), 1,
    )
    for month in words.split()
}  # fmt: skip
ISO = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")
WORDED = re.compile(r"(\d{1,2})[-/. ]+([^\W\d]{3,12})\.?[-/., ]+(\d{4})")
WORDED_BACK = re.compile(r"(\d{4})[-/. ]+([^\W\d]{3,12})\.?[-/. ]+(\d{1,2})")


class Wrong(Exception):
    """A cell that cannot be read; `code` is one of `sentences.PROBLEMS`."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def read(field: Field, text: str, today: dt.date) -> str | None:
    """What a cell says, as it is stored; None for an empty one. Raises Wrong."""
    text = tidy(text)
    if not text:
        return None
    match field:
        case Field.FIRST | Field.LAST | Field.KNOWN_AS | Field.GUARDIAN:
            return _name(text)
        case Field.BIRTH:
            return _birth(text, today)
        case Field.EMAIL:
            return _email(text)
        case Field.PHONE:
            return _phone(text)
        case Field.LANGUAGE:
            return _language(text)
        case Field.RELATION:
            return _relation(text)
        case Field.NUMBER | Field.CLASS:
            return _short(text)


def tidy(text: str) -> str:
    """A cell without what surrounds it, and without the apostrophe that keeps a spreadsheet from computing it."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).replace("\u200b", "").replace("\ufeff", "")
    text = " ".join(text.split())
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def _short(text: str) -> str:
    _refuse_odd(text, SHORT)
    return text


def _name(text: str) -> str:
    _refuse_odd(text, NAME)
    if not any(sign.isalpha() for sign in text):
        raise Wrong("no_letters", text=text)
    return text


def _refuse_odd(text: str, limit: int) -> None:
    if text.startswith(FORMULA):
        raise Wrong("formula", text=text[:40])
    if len(text) > limit:
        raise Wrong("long", limit=limit)
    if not text.isprintable():
        raise Wrong("invisible")


@lru_cache(maxsize=20_000)
def _birth(text: str, today: dt.date) -> str:
    parts = _parts(text)
    if parts is None:
        raise Wrong("date", text=text[:40])
    try:
        born = dt.date(*parts)
    except ValueError:
        raise Wrong("no_such_day", text=text[:40]) from None
    if born > today:
        raise Wrong("future", text=text)
    if born.year < today.year - OLDEST:
        raise Wrong("long_ago", text=text)
    return born.isoformat()


def _parts(text: str) -> tuple[int, int, int] | None:
    """Year, month and day; a date of three numbers has its day first, as South Africa writes it."""
    if not text.isascii() and any(sign.isdigit() and not sign.isascii() for sign in text):
        return None
    if found := ISO.fullmatch(text) or SOLID.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := DAY_FIRST.fullmatch(text):
        return int(found[3]), int(found[2]), int(found[1])
    if (found := WORDED.fullmatch(text)) and (month := MONTHS.get(found[2].casefold())):
        return int(found[3]), month, int(found[1])
    if (found := WORDED_BACK.fullmatch(text)) and (month := MONTHS.get(found[2].casefold())):
        return int(found[1]), month, int(found[3])
    return None


def _email(text: str) -> str:
    if len(text) <= NAME and SIMPLE_EMAIL.fullmatch(text) and not text.lower().endswith(SPECIAL):
        return text.lower()
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise Wrong("email", text=text[:60]) from None


def _phone(text: str) -> str:
    if re.fullmatch("[1-8][0-9]{8}", text):
        text = "0" + text  # spreadsheets take the nought away
    try:
        return e164(text)
    except NotAPhoneNumber:
        raise Wrong("phone", text=text[:40]) from None


def _language(text: str) -> str | None:
    code = _LANGUAGE.get(plain(text).replace(" ", ""))
    if code is None:
        raise Wrong("language", text=text[:40])
    return code or None


def _relation(text: str) -> str:
    words = plain(text).split()
    joined = _RELATION.get("".join(words)) or next((_RELATION[word] for word in words if word in _RELATION), None)
    if joined is None:
        raise Wrong("relation", text=text[:40])
    return joined
