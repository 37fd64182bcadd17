"""The one way in which an area of the product reaches the core: what it brings, the core asks for."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint

from app.domain.closing import Door
from app.domain.rollups import Buckets, Rollup
from app.domain.searching import Search
from app.domain.triage import Triage
from app.exports.dataset import Dataset
from app.web.front import Front
from app.web.navigation import Entry
from app.web.panels import Panel
from app.work.jobs import Job


@dataclass(frozen=True)
class Area:
    """An area: its routes, its place in the navigation, its panels, its jobs, what can be exported of it.

    To the operator's console it brings what needs somebody (`triage`), what its one search box finds (`search`), and what
    workers count for it (`rollups`); `doors` are the ways in that close with a school. `front` answers, before Flask is asked,
    what needs no person and no form: pages that are kept.

    `in_school` False is for pages about people and the platform: their requests enter no school, whatever is active.
    `local_only` True is for what helps on one's own machine: in production the area does not exist.
    """

    blueprint: Blueprint
    navigation: tuple[Entry, ...] = ()
    panels: tuple[Panel, ...] = ()
    jobs: tuple[Job, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    triage: tuple[Triage, ...] = ()
    search: tuple[Search, ...] = ()
    rollups: tuple[Rollup | Buckets, ...] = ()
    doors: tuple[Door, ...] = ()
    front: Front | None = None
    in_school: bool = True
    local_only: bool = False
