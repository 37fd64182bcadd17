"""What a benchmark gives back: one figure a row, with its goal and what it was measured against."""

from __future__ import annotations

import os
from typing import Literal, TypedDict


class Figure(TypedDict):
    """`value` in `unit`; `met` says whether it keeps to `goal`, of which `better` tells the good side."""

    name: str
    value: float
    unit: str
    goal: float
    better: Literal["lower", "higher"]
    met: bool
    against: str
    detail: str


def figure(
    name: str,
    value: float,
    *,
    goal: float,
    unit: str = "ratio",
    better: Literal["lower", "higher"] = "lower",
    against: str,
    detail: str = "",
) -> Figure:
    """A row of the table."""
    met = value <= goal if better == "lower" else value >= goal
    return Figure(
        name=name, value=round(value, 3), unit=unit, goal=goal, better=better, met=met, against=against, detail=detail
    )  # fmt: skip


def is_full() -> bool:
    """Whether `SCALE=full` asks for the sizes of the goals instead of reduced ones."""
    return os.environ.get("SCALE") == "full"
