"""The one way in which an area of the product reaches the core: what it brings, the core asks for."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint

from app.exports.dataset import Dataset
from app.web.navigation import Entry
from app.web.panels import Panel
from app.work.jobs import Job


@dataclass(frozen=True)
class Area:
    """An area: its routes, its place in the navigation, its panels on the dashboard, its jobs, what can be exported of it.

    `in_school` False is for pages about people and the platform: their requests enter no school, whatever is active.
    `local_only` True is for what helps on one's own machine: in production the area does not exist.
    """

    blueprint: Blueprint
    navigation: tuple[Entry, ...] = ()
    panels: tuple[Panel, ...] = ()
    jobs: tuple[Job, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    in_school: bool = True
    local_only: bool = False
