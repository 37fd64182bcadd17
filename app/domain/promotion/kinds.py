"""What can be made: a poster, a flyer and a social card, with their sizes and the styles and the room of each text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.domain.promotion.lettering import Face
from app.domain.promotion.setting import Style
from app.i18n.catalogue import N_

PARTS = ("headline", "body", "call")


class Room(NamedTuple):
    """Where a text stands: its corner, its width, its height, how it is set, and how many characters are taken at most."""

    x: float
    y: float
    wide: float
    high: float
    style: Style
    characters: int


class AssetKind(NamedTuple):
    """A kind of asset: its label, its sheet (`wide` × `high` in `unit`), where its link is read (a UTM medium), its rooms.

    `has_pixels`: it is made as a PNG as well, for networks that take no vectors.
    """

    label: str
    lede: str
    wide: float
    high: float
    unit: str
    medium: str
    rooms: Mapping[str, Room]
    has_pixels: bool = False


KINDS: Mapping[str, AssetKind] = {
    "poster": AssetKind(
        N_("Poster"), N_("A4, to hang up."), 210, 297, "mm", "print",
        {
            "headline": Room(16, 62, 178, 86, Style(Face.BOLD, 27, 13, 1.06), 90),
            "body": Room(16, 158, 170, 38, Style(Face.REGULAR, 8.4, 5.2, 1.32), 280),
            "call": Room(88, 224, 106, 25, Style(Face.BOLD, 10, 6, 1.14), 60),
        },
    ),
    "flyer": AssetKind(
        N_("Flyer"), N_("A5, to hand out."), 148, 210, "mm", "print",
        {
            "headline": Room(12, 37, 124, 38, Style(Face.BOLD, 15, 7.5, 1.08), 90),
            "body": Room(12, 91, 124, 60, Style(Face.REGULAR, 5.2, 3.5, 1.36), 700),
            "call": Room(62, 163, 74, 15, Style(Face.BOLD, 6.4, 4, 1.14), 60),
        },
    ),
    "card": AssetKind(
        N_("Social card"), N_("1200 × 630 pixels, for social networks and messages."), 1200, 630, "px", "social",
        {
            "headline": Room(64, 200, 690, 222, Style(Face.BOLD, 84, 40, 1.06), 80),
            "body": Room(64, 460, 690, 118, Style(Face.REGULAR, 34, 25, 1.28), 140),
            "call": Room(872, 384, 276, 86, Style(Face.BOLD, 36, 23, 1.14), 50),
        },
        has_pixels=True,
    ),
}  # fmt: skip
