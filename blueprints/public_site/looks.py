"""Colours of a school's own, as a stylesheet of its own: a page allows no styles in itself.

The colours stand in the address, so the sheet is the same for ever and asks no database. By night a school's colour is
lightened until it can be read on the dark ground of the product, which then takes the place of the school's own.
"""

from __future__ import annotations

import re

from app.domain.site.contrast import TEXT, contrast
from app.domain.site.document import SiteDocument
from app.domain.site.looks import PALETTES, channels, palette_of

NIGHT = "#151a21"  # the surface of css/tokens.css by night
NAME = re.compile(r"([a-z]{1,24})-([0-9a-f]{6}|0)-([0-9a-f]{6}|0)")
_DARK, _BRIGHT = "#0b0f14", "#ffffff"


def own_colours(slug: str, document: SiteDocument) -> str:
    """The address of the sheet with a school's own colours; '' where it has none."""
    if not (document.accent or document.ground):
        return ""
    accent, ground = document.accent.lstrip("#") or "0", document.ground.lstrip("#") or "0"
    return f"/s/{slug}/look-{document.theme}-{accent}-{ground}.css"


def sheet(name: str) -> str | None:
    """The sheet of a name in such an address; None for one that names no colours."""
    found = NAME.fullmatch(name)
    if not found or found[1] not in PALETTES:
        return None
    accent, ground = (f"#{colour}" if colour != "0" else "" for colour in found.groups()[1:])
    day = palette_of(found[1], accent, ground)
    rules = [f":root[data-mode][data-theme]{{{_said({'--paper': day.ground, '--soft': day.band})}}}"]
    if accent:
        filled = {
            "--accent": accent, "--accent-h": _mixed(accent, _DARK, 0.8), "--link": accent,
            "--on-accent": max((day.on_accent, _DARK), key=lambda ink: contrast(ink, accent)),
        }  # fmt: skip
        rules.append(f":root[data-mode][data-theme]{{{_said(filled)}}}")
    night = {"--paper": NIGHT}
    if accent:
        light = _readable(accent)
        night |= {
            "--accent": light, "--accent-h": _mixed(light, _BRIGHT, 0.8), "--link": light, "--on-accent": _DARK,
            "--soft": _mixed(light, NIGHT, 0.14),
        }  # fmt: skip
    else:
        night["--soft"] = _mixed(PALETTES[found[1]].accent, NIGHT, 0.3)
    rules.append(f"@media (prefers-color-scheme:dark){{:root[data-mode][data-theme]{{{_said(night)}}}}}")
    return "\n".join(rules) + "\n"


def _readable(colour: str) -> str:
    """A colour, mixed with white until words in it can be read by night."""
    for share in range(100, -1, -5):
        light = _mixed(colour, _BRIGHT, share / 100)
        if contrast(light, NIGHT) >= TEXT + 1:
            return light
    return _BRIGHT


def _mixed(colour: str, with_colour: str, share: float) -> str:
    pairs = zip(channels(colour), channels(with_colour), strict=True)
    return "#" + "".join(f"{round(one * share + other * (1 - share)):02x}" for one, other in pairs)


def _said(values: dict[str, str]) -> str:
    return ";".join(f"{name}:{value}" for name, value in values.items())
