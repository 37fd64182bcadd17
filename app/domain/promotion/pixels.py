"""A sheet as PNG: the same shapes and the same outlines, drawn larger than they are shown so that their edges are soft."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

from app.domain.promotion.lettering import Points, Step, outline
from app.domain.promotion.scene import Box, Code, Line, Picture, Ring, Scene

FINER = 3  # pixels drawn for each that is shown, across and down
CURVE = 8  # straight pieces of a curve


def painted(scene: Scene) -> bytes:
    """The sheet as a PNG of `scene.wide` × `scene.high` pixels."""
    canvas = Image.new("RGB", (round(scene.wide * FINER), round(scene.high * FINER)), "#ffffff")
    draw = ImageDraw.Draw(canvas)
    for shape in scene.shapes:
        match shape:
            case Box(x, y, wide, high, colour, radius):
                draw.rounded_rectangle(_corners(x, y, wide, high), radius * FINER, fill=colour)
            case Ring(x, y, radius, thick, colour):
                outer = radius + thick / 2
                corners = _corners(x - outer, y - outer, 2 * outer, 2 * outer)
                draw.ellipse(corners, outline=colour, width=round(thick * FINER))
            case Line(x, y, text, face, size, colour):
                _fill(canvas, outline(text, face, size * FINER, x * FINER, y * FINER), colour)
            case Picture(x, y, wide, high, png):
                with Image.open(BytesIO(png), formats=("PNG",)) as opened:
                    picture = opened.convert("RGBA").resize(
                        (round(wide * FINER), round(high * FINER)), Image.Resampling.LANCZOS
                    )
                canvas.paste(picture, (round(x * FINER), round(y * FINER)), picture)
            case Code(x, y, side, modules, colour):
                _paint_code(draw, x, y, side, modules, colour)
    shown = canvas.resize((round(scene.wide), round(scene.high)), Image.Resampling.BOX)
    written = BytesIO()
    shown.save(written, "PNG", optimize=True)
    return written.getvalue()


def _corners(x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
    """The first and the last pixel of a rectangle: Pillow draws both."""
    return x * FINER, y * FINER, (x + wide) * FINER - 1, (y + high) * FINER - 1


def _paint_code(draw: ImageDraw.ImageDraw, x: float, y: float, side: float, modules: tuple[bytes, ...], colour: str) -> None:
    each = side / len(modules)
    for row, line in enumerate(modules):
        for column, dark in enumerate(line):
            if dark:
                left, top = round((x + column * each) * FINER), round((y + row * each) * FINER)
                right, bottom = round((x + (column + 1) * each) * FINER), round((y + (row + 1) * each) * FINER)
                draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)


def _fill(canvas: Image.Image, steps: list[Step], colour: str) -> None:
    """An outline, filled: of its contours the larger first, those that turn the other way are holes in them."""
    contours = _contours(steps)
    if not contours:
        return
    left = int(min(x for points in contours for x, _ in points)) - 1
    top = int(min(y for points in contours for _, y in points)) - 1
    right = int(max(x for points in contours for x, _ in points)) + 2
    bottom = int(max(y for points in contours for _, y in points)) + 2
    mask = Image.new("1", (right - left, bottom - top))
    draw = ImageDraw.Draw(mask)
    for points in sorted(contours, key=lambda each: -abs(_area(each))):
        draw.polygon([(x - left, y - top) for x, y in points], fill=int(_area(points) < 0))
    canvas.paste(colour, (left, top), mask)


def _contours(steps: list[Step]) -> list[Points]:
    contours, points = list[Points](), list[tuple[float, float]]()
    for kind, given in steps:
        if kind == "C":
            start = points[-1]
            points += [_on_curve((start, *given), share) for share in _shares()]
        elif kind == "Z":
            contours.append(tuple(points))
            points = []
        else:
            points += given
    return contours


@cache
def _shares() -> tuple[float, ...]:
    return tuple(step / CURVE for step in range(1, CURVE + 1))


def _on_curve(points: Points, share: float) -> tuple[float, float]:
    """The point at `share` of a cubic curve from the first of four points to the last."""
    rest = 1 - share
    weights = rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3
    x = sum(weight * point[0] for weight, point in zip(weights, points, strict=True))
    y = sum(weight * point[1] for weight, point in zip(weights, points, strict=True))
    return x, y


def _area(points: Points) -> float:
    """Twice the area; its sign is the way around."""
    return sum(x * below - right * y for (x, y), (right, below) in zip(points, (*points[1:], points[0]), strict=True))
