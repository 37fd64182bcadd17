"""Leads by the beginnings of any word of their name, the child's name, address or phone: as people are found."""

from __future__ import annotations

from sqlalchemy import BindParameter, ColumnElement, Text, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from app.models.lead import Lead, LeadWord

_HIGHEST = "\U0010ffff"


def has_words(number: int) -> ColumnElement[bool]:
    """Whether a lead has a word for each of the binds `word_0` to `word_<number - 1>`, at least one and none of them empty.

    Fill the binds with `app.domain.person_search.binds(text)`, of which `prefixes(text)` says how many there are.
    """
    first, *others = (aliased(LeadWord) for _ in range(number))
    found = select(first.lead_id).where(_begins(first, 0))
    for n, other in enumerate(others, 1):
        found = found.join(other, and_(other.school_id == first.school_id, other.lead_id == first.lead_id))
        found = found.where(_begins(other, n))
    return Lead.id == func.any(func.array(found.scalar_subquery()))


def _begins(words: type[LeadWord], number: int) -> ColumnElement[bool]:
    word: BindParameter[str] = bindparam(f"word_{number}", type_=Text)
    return and_(words.word >= word, words.word < func.concat(word, _HIGHEST))
