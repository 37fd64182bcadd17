"""What a sheet is made of, before anybody writes it down as vectors or as pixels. Lengths are in the sheet's own unit."""

from __future__ import annotations

from typing import NamedTuple

from app.domain.promotion.lettering import Face


class Box(NamedTuple):
    """A filled rectangle, with round corners of `radius`."""

    x: float
    y: float
    wide: float
    high: float
    colour: str
    radius: float = 0.0


class Ring(NamedTuple):
    """A circle that is a line of `thick`."""

    x: float
    y: float
    radius: float
    thick: float
    colour: str


class Line(NamedTuple):
    """A line of text, `spelt`, from (x, y) on its baseline."""

    x: float
    y: float
    text: str
    face: Face
    size: float
    colour: str


class Picture(NamedTuple):
    """A PNG, stretched over a rectangle."""

    x: float
    y: float
    wide: float
    high: float
    png: bytes


class Code(NamedTuple):
    """A QR code of `side`, its modules row by row; the quiet zone around it is the layout's to keep."""

    x: float
    y: float
    side: float
    modules: tuple[bytes, ...]
    colour: str


Shape = Box | Ring | Line | Picture | Code


class Scene(NamedTuple):
    """A sheet of `wide` × `high` in `unit` (mm or px), and what is on it, the lowest first."""

    wide: float
    high: float
    unit: str
    shapes: tuple[Shape, ...]
