"""People by the beginnings of any word of their name, their number, address or phone: `tha nk 2026` finds Thandeka Nkosi.

Behind row-level security no pattern operator goes by an index, a comparison of text does: so the words stand in a table of
their own (kept by the database), sorted by their bytes, and what begins with a prefix is a range.
"""

from __future__ import annotations

from sqlalchemy import BindParameter, ColumnElement, Text, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.names import plain
from app.models.learner import PersonWord
from app.models.person import Person

WORDS = 4  # of a search; more only narrow what is narrow already
LONGEST = 40  # letters of a word
_HIGHEST = "\U0010ffff"


def prefixes(text: str) -> list[str]:
    """The words of a search as they are compared: small letters without accents; an address or a phone number is one word."""
    if "@" in text:
        return [text.strip().lower()[:LONGEST]]
    digits = text.replace(" ", "").lstrip("+")
    words = [digits] if digits.isdigit() else plain(text).split()
    return [word[:LONGEST] for word in words[:WORDS]]


def is_called() -> ColumnElement[bool]:
    """Whether a person has a word for each of the binds `word_0` to `word_3`, of which an empty one asks for nothing.

    For prepared selects: fill the binds with `binds(text)`. Where the people of a whole school are searched, `has_words` is
    quicker, for it begins at the words.
    """
    return and_(*(or_(_word(number) == "", _has(number)) for number in range(WORDS)))


def has_words(number: int) -> ColumnElement[bool]:
    """Whether a person has a word for each of the binds `word_0` to `word_<number - 1>`, at least one and none of them empty.

    For selects that are prepared for each number of words (`len(prefixes(text))`): fill the binds with `binds(text)`. The words
    are read first, as an array of ids: joined, the planner may as well read all people of the school.
    """
    first, *others = (aliased(PersonWord) for _ in range(number))
    found = select(first.person_id).where(_begins(first, 0))
    for n, other in enumerate(others, 1):
        found = found.join(other, and_(other.school_id == first.school_id, other.person_id == first.person_id))
        found = found.where(_begins(other, n))
    return Person.id == func.any(func.array(found.scalar_subquery()))


def binds(text: str) -> dict[str, str]:
    """The values of the binds of `is_called` for what somebody typed."""
    found = prefixes(text)
    return {f"word_{number}": found[number] if number < len(found) else "" for number in range(WORDS)}


def _has(number: int) -> ColumnElement[bool]:
    return Person.id.in_(select(PersonWord.person_id).where(_begins(PersonWord, number)))


def _begins(words: type[PersonWord], number: int) -> ColumnElement[bool]:
    word = _word(number)
    return and_(words.word >= word, words.word < func.concat(word, _HIGHEST))


def _word(number: int) -> BindParameter[str]:
    return bindparam(f"word_{number}", type_=Text)
