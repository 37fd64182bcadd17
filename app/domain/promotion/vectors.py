"""A sheet as SVG: shapes and outlines alone. There is no script, no style, no link and no font in it, and text is escaped."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from app.domain.promotion.lettering import Step, outline
from app.domain.promotion.scene import Box, Code, Line, Picture, Ring, Scene, Shape

PLACES = 2  # digits behind the point: a hundredth of a millimetre


def written(scene: Scene, *, title: str, language: str) -> str:
    """The sheet as an SVG document; `title` stands in its place for whoever does not see it."""
    size = (
        f"{_n(scene.wide)}{scene.unit if scene.unit != 'px' else ''}",
        f"{_n(scene.high)}{scene.unit if scene.unit != 'px' else ''}",
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {_n(scene.wide)} {_n(scene.high)}" role="img" aria-labelledby="t" lang="{escape(language)}">'
    )
    return "\n".join([head, f'<title id="t">{escape(_clean(title))}</title>', *map(_shape, scene.shapes), "</svg>", ""])


def _shape(shape: Shape) -> str:
    match shape:
        case Box(x, y, wide, high, colour, radius):
            corner = f' rx="{_n(radius)}"' if radius else ""
            return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}"{corner} fill="{colour}"/>'
        case Ring(x, y, radius, thick, colour):
            line = f'fill="none" stroke="{colour}" stroke-width="{_n(thick)}"'
            return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" {line}/>'
        case Line(x, y, text, face, size, colour):
            return f'<path fill="{colour}" d="{_path(outline(text, face, size, x, y))}"/>'
        case Picture(x, y, wide, high, png):
            place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}"'
            return f'<image {place} href="data:image/png;base64,{b64encode(png).decode()}"/>'
        case Code(x, y, side, modules, colour):
            return f'<path fill="{colour}" shape-rendering="crispEdges" d="{_modules(x, y, side, modules)}"/>'


def _path(steps: list[Step]) -> str:
    return "".join(kind + " ".join(f"{_n(across)} {_n(down)}" for across, down in points) for kind, points in steps)


def _modules(x: float, y: float, side: float, modules: tuple[bytes, ...]) -> str:
    """The dark modules, those beside each other as one bar."""
    each, bars = side / len(modules), []
    for row, line in enumerate(modules):
        column = 0
        while column < len(line):
            if not line[column]:
                column += 1
                continue
            end = column
            while end < len(line) and line[end]:
                end += 1
            left, top, right, bottom = (
                _n(x + column * each, 3), _n(y + row * each, 3), _n(x + end * each, 3), _n(y + (row + 1) * each, 3),
            )  # fmt: skip
            bars.append(f"M{left} {top}H{right}V{bottom}H{left}Z")
            column = end
    return "".join(bars)


def _n(number: float, places: int = PLACES) -> str:
    return f"{number:.{places}f}".rstrip("0").rstrip(".") or "0"


def _clean(text: str) -> str:
    """Text without the signs that XML forbids."""
    return "".join(
        sign
        for sign in text
        if sign in "\t\n" or (sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff")
    )
