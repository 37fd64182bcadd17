"""The contrast of two colours, as WCAG 2.2 computes it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""

from __future__ import annotations

from app.domain.site.looks import channels

TEXT, SHAPES = 4.5, 3.0  # the least for words, and for large words and what is only shown (1.4.3, 1.4.11)


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white), of two colours as #rrggbb."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
