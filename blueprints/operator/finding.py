"""The one search box: every area is asked, and what it finds is put together by kind."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import NamedTuple

from flask import current_app
from sqlalchemy.orm import Session

from app.area import Area
from app.domain.metrics import of_platform
from app.domain.searching import MOST, Hit, Search
from app.i18n.catalogue import N_
from app.tenancy.doors import across_schools
from blueprints.operator.board import SCHOOLS

log = logging.getLogger(__name__)


class Found(NamedTuple):
    """Hits by kind, in the order of the areas. `failed`: some source could not be asked. `is_cut`: one had more than it gave.
    `schools` is how many schools were looked through, None where that is not known."""

    groups: dict[str, list[Hit]]
    failed: bool = False
    is_cut: bool = False
    schools: int | None = None


def find(text: str) -> Found:
    """Ask every source for what was typed. Announced: what people are called may come to light."""
    if not text:
        return Found({})
    areas: tuple[Area, ...] = current_app.extensions["areas"]
    with across_schools(N_("The search")) as session:
        answers = {source.name: _ask(session, source, text) for area in areas for source in area.search}
        counted = of_platform(session, *SCHOOLS.values())
    hits = [hit for answer in answers.values() if answer for hit in answer]
    return Found(
        _by_kind(hits),
        failed=any(answer is None for answer in answers.values()),
        is_cut=any(answer is not None and len(answer) >= MOST for answer in answers.values()),
        schools=sum(number.number for number in counted.values()) or None,
    )


def _ask(session: Session, source: Search, text: str) -> list[Hit] | None:
    try:
        return source.find(session, text)
    except Exception:
        log.exception("%s cannot be searched", source.name)
        session.rollback()
        return None


def _by_kind(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.kind, []).append(hit)
    return groups
