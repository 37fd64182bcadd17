"""Every theme in every mode can be read: the contrast of each pair of tokens that meet on a page, computed (WCAG 2.2, AA)."""

from __future__ import annotations

import re

import pytest

from app.web.assets import SOURCES
from app.web.looks import DARK, LIGHT, THEMES

TOKENS = (SOURCES / "css" / "tokens.css").read_text("utf-8")
TEXT, SHAPE = 4.5, 3.0
GROUNDS = ("bg", "surface", "raise", "hover")
STATES = ("ok", "warn", "crit", "info", "neu")
#: words and what they stand on
WORDS = [
    *[(word, ground) for word in ("text", "muted", "link") for ground in GROUNDS],
    *[(state, f"{state}-s") for state in STATES],
    *[(state, "surface") for state in STATES],
    ("text", "soft"), ("link", "soft"),
    ("on-accent", "accent"), ("on-accent", "accent-h"), ("on-danger", "danger"), ("on-danger", "danger-h"),
]  # fmt: skip
#: rings, frames and bars and what they stand on
SHAPES = [("accent", "bg"), ("accent", "surface"), ("field", "surface"), ("crit-r", "surface"), ("accent", "soft")]


def tokens(mode: str, theme: str, css: str = TOKENS, *, more: bool = False) -> dict[str, str]:
    """The colours that hold on a page in this mode and theme; `more` for those who ask their device for more contrast."""
    found: dict[str, str] = {}
    usual, _, contrast = re.sub(r"/\*.*?\*/", "", css, flags=re.S).partition("@media (prefers-contrast")
    usual = usual.partition("@media (prefers-color-scheme")[0]
    contrast = contrast.partition("@media")[0]
    fitting = {
        ":root", "[data-mode=light]" if mode == LIGHT else "", f"[data-mode={mode}]", f"[data-theme={theme}]",
        f"[data-mode={mode}][data-theme={theme}]", f":root[data-mode={mode}]",
    }  # fmt: skip
    rules = re.findall(r"([^{};]+)\{([^{}]*)\}", usual + (contrast.partition("{")[2] if more else ""))
    holding = [
        (max(_weight(one) for one in selectors), body)
        for selector, body in rules
        if (selectors := {one.strip() for one in selector.split(",")} & fitting)
    ]
    for _, body in sorted(holding, key=lambda rule: rule[0]):
        found |= dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b", body))
    return found


def _weight(selector: str) -> int:
    """The specificity of a selector of tokens: each :root and each attribute counts one."""
    return selector.count("[") + selector.count(":root")


def _light(colour: str) -> float:
    """The relative luminance of #rgb or #rrggbb."""
    digits = colour[1:]
    full = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = (int(full[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    light, dark = sorted((_light(one), _light(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def faults(mode: str, theme: str, css: str = TOKENS, *, more: bool = False) -> list[str]:
    """The pairs that cannot be told apart well enough."""
    held = tokens(mode, theme, css, more=more)
    return [
        f"{mode} {theme}: --{one} on --{other} is {contrast(held[one], held[other]):.2f}"
        for pairs, least in ((WORDS, TEXT), (SHAPES, SHAPE))
        for one, other in pairs
        if contrast(held[one], held[other]) < least
    ]


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("mode", [LIGHT, DARK])
def test_what_stands_on_what_can_be_read(mode, theme, more):
    assert faults(mode, theme, more=more) == []


def test_the_contrast_of_known_pairs():
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_pale_accent_is_found():
    planted = TOKENS.replace("--accent: #1a56b0", "--accent: #7fb0ff", 1)
    assert [fault.partition(" is ")[0] for fault in faults(LIGHT, "atlantic", planted)] == [
        "light atlantic: --on-accent on --accent", "light atlantic: --accent on --bg", "light atlantic: --accent on --surface",
        "light atlantic: --accent on --soft",
    ]  # fmt: skip
    assert faults(LIGHT, "granite", planted) == []


def test_every_theme_has_an_accent_of_its_own():
    accents = [tokens(mode, theme)["accent"] for mode in (LIGHT, DARK) for theme in THEMES]
    assert len(set(accents)) == 2 * len(THEMES)
