"""The colours of what is printed, by theme: the themes are those of the pages. A test holds every text to a contrast of 4.5."""

from __future__ import annotations

from typing import NamedTuple

from app.i18n.catalogue import N_

PAPER = "#ffffff"
INK = "#16212b"
QUIET = "#46545f"


class Palette(NamedTuple):
    """`deep` is the large field, `ring` the pattern on it, `light` quiet text on it, `accent` what marks, `tint` a panel."""

    deep: str
    ring: str
    light: str
    accent: str
    tint: str


PALETTES = {
    "fynbos": Palette("#0f5b45", "#17684f", "#e3f3ea", "#f2b632", "#e6f3ec"),
    "atlantic": Palette("#143f80", "#1c4b91", "#e2ecfb", "#ffc145", "#e7effb"),
    "jacaranda": Palette("#4d2b8c", "#59379a", "#eee6fb", "#ffb84d", "#f0eafa"),
    "granite": Palette("#232c37", "#2e3945", "#e6eaf0", "#f2a93b", "#edf0f4"),
}
#: theme -> what it is called
THEMES = {"fynbos": N_("Fynbos"), "atlantic": N_("Atlantic"), "jacaranda": N_("Jacaranda"), "granite": N_("Granite")}


def pairs(palette: Palette) -> list[tuple[str, str]]:
    """Every pair of a text's colour and what it stands on, as the layouts use them."""
    on_deep = [(colour, ground) for colour in (PAPER, palette.light) for ground in (palette.deep, palette.ring)]
    on_light = [(colour, ground) for colour in (INK, QUIET, palette.deep) for ground in (PAPER, palette.tint)]
    return on_deep + on_light
