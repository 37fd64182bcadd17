"""How a website may look: templates with their options, and themes with their colours. All of it is in code, none is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.i18n.catalogue import N_


class Option(NamedTuple):
    """Something about a template that can be chosen: its name in the document, what it is called, and the choices by key."""

    name: str
    label: str
    choices: Mapping[str, str]
    default: str


class Template(NamedTuple):
    """A way to lay pages out; `label` and `hint` are messages."""

    label: str
    hint: str
    options: tuple[Option, ...]

    @property
    def defaults(self) -> dict[str, str]:
        """What its options are until somebody chooses."""
        return {option.name: option.default for option in self.options}


CORNERS = Option("corners", N_("Corners"), {"round": N_("Round"), "square": N_("Square")}, "round")
LETTERS = Option("letters", N_("Letters of headings"), {"plain": N_("Plain"), "serif": N_("With serifs")}, "plain")
HEADER = Option("header", N_("Name and menu"), {"start": N_("On the left"), "centre": N_("In the middle")}, "start")

#: template key -> template
TEMPLATES = {
    "classic": Template(
        N_("Classic"), N_("The name and the menu on top, sections one below the other."), (HEADER, CORNERS, LETTERS)
    ),
    "bands": Template(N_("Bands"), N_("Every second section stands on a band of colour."), (HEADER, CORNERS, LETTERS)),
    "column": Template(N_("Column"), N_("One narrow column that reads like a letter."), (LETTERS,)),
}  # fmt: skip
DEFAULT_TEMPLATE = "classic"


class Palette(NamedTuple):
    """Colours as #rrggbb: words on the ground of the page, on a band of it, and on what is filled with the accent."""

    ground: str
    band: str
    text: str
    muted: str
    accent: str
    on_accent: str
    link: str


#: theme key -> colours; the themes of the product, as they are by day
PALETTES = {
    "fynbos": Palette("#ffffff", "#e2f2ee", "#141a22", "#525d6c", "#0f6b5c", "#ffffff", "#0b6155"),
    "atlantic": Palette("#ffffff", "#e5eefb", "#141a22", "#525d6c", "#1a56b0", "#ffffff", "#174d9e"),
    "jacaranda": Palette("#ffffff", "#f0eafa", "#141a22", "#525d6c", "#6a3fb0", "#ffffff", "#5e37a0"),
    "granite": Palette("#ffffff", "#e9ecf1", "#141a22", "#525d6c", "#26303c", "#ffffff", "#26303c"),
}
DEFAULT_THEME = "fynbos"


def palette_of(key: str, accent: str = "", ground: str = "") -> Palette:
    """The colours of a theme, with a school's own colour for buttons and links, and its own ground, where it has them.

    `band` follows from an own accent: a twelfth of it on the ground. Nothing here judges contrasts: `checks` does.
    """
    theme = PALETTES[key]
    ground = ground or theme.ground
    if not accent:
        return theme._replace(ground=ground)
    return theme._replace(ground=ground, band=_mixed(accent, ground, 1 / 12), accent=accent, link=accent)


def _mixed(colour: str, with_colour: str, share: float) -> str:
    pairs = zip(channels(colour), channels(with_colour), strict=True)
    return "#" + "".join(f"{round(one * share + other * (1 - share)):02x}" for one, other in pairs)


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of #rrggbb, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
