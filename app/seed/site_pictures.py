"""The pictures of the demo schools' websites, drawn here: nobody's photograph, and nobody is on them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw

SIZE = WIDTH, HEIGHT = 1200, 675
SKY, DUST, STONE, WALL, ROOF = "#cfe4f2", "#d9c19a", "#6f7f8f", "#f4ead8", "#a2492f"
GREEN, DARK, WOOD, BOARD, CHALK = "#5f8f4e", "#2f5d3a", "#8a5a34", "#23463c", "#e9efe9"


def picture_of(key: str) -> BytesIO:
    """A picture as a PNG file: 'school', 'classroom' or 'garden'."""
    drawing = Image.new("RGB", SIZE, SKY)
    DRAWN[key](ImageDraw.Draw(drawing))
    file = BytesIO()
    drawing.save(file, "PNG")
    file.seek(0)
    return file


def _school(pen: ImageDraw.ImageDraw) -> None:
    """A long low building with a red roof before a mountain, and the sun."""
    pen.ellipse((930, 60, 1050, 180), fill="#f6cf5b")
    pen.polygon(((0, 420), (260, 150), (420, 290), (640, 90), (900, 330), (1010, 250), (WIDTH, 430)), fill=STONE)
    pen.polygon(((640, 90), (575, 150), (650, 175), (706, 152)), fill="white")
    pen.rectangle((0, 420, WIDTH, HEIGHT), fill=GREEN)
    pen.polygon(((520, HEIGHT), (680, HEIGHT), (615, 520), (585, 520)), fill=DUST)
    pen.rectangle((160, 370, 1040, 525), fill=WALL)
    pen.polygon(((130, 375), (1070, 375), (1010, 300), (190, 300)), fill=ROOF)
    for left in (210, 320, 430, 680, 790, 900):
        pen.rectangle((left, 405, left + 70, 465), fill="#5b7f9c")
        pen.line((left + 35, 405, left + 35, 465), fill=WALL, width=4)
    pen.rectangle((570, 415, 630, 525), fill=WOOD)
    _tree(pen, 90, 560, 1.0)
    _tree(pen, 1120, 540, 0.8)


def _classroom(pen: ImageDraw.ImageDraw) -> None:
    """A board with sums on it, and desks in rows."""
    pen.rectangle((0, 0, WIDTH, 430), fill=WALL)
    pen.rectangle((0, 430, WIDTH, HEIGHT), fill="#b98d5e")
    pen.rectangle((250, 70, 950, 330), fill=WOOD)
    pen.rectangle((266, 86, 934, 314), fill=BOARD)
    for row, strokes in enumerate(("| + || = |||", "|| + || = ||||", "||| + || = |||||")):
        _strokes(pen, 330, 120 + 64 * row, strokes)
    for left in (40, 1020):
        pen.rectangle((left, 90, left + 140, 300), fill=SKY, outline=WOOD, width=8)
    for top, size in ((430, 0.7), (510, 0.85), (595, 1.0)):
        for column in range(-2, 3):
            middle = 600 + column * 235 * size
            pen.rectangle((middle - 85 * size, top, middle + 85 * size, top + 22 * size), fill="#d7a76a")
            pen.rectangle((middle - 78 * size, top + 22 * size, middle - 66 * size, top + 70 * size), fill=WOOD)
            pen.rectangle((middle + 66 * size, top + 22 * size, middle + 78 * size, top + 70 * size), fill=WOOD)


def _garden(pen: ImageDraw.ImageDraw) -> None:
    """Beds of vegetables under a big tree."""
    pen.polygon(((0, 330), (330, 210), (700, 300), (WIDTH, 230), (WIDTH, 400), (0, 400)), fill=STONE)
    pen.rectangle((0, 350, WIDTH, HEIGHT), fill=GREEN)
    for row in range(4):
        top = 420 + row * 65
        pen.rounded_rectangle((330 - row * 60, top, 1150, top + 42), 16, fill="#6b4a2f")
        for place in range(12):
            left = 352 - row * 60 + place * (62 + row * 5)
            colour = ("#9ccc65", "#e4572e", "#c5e1a5", "#f2c14e")[row]
            pen.ellipse((left, top - 16, left + 36, top + 22), fill=DARK)
            pen.ellipse((left + 9, top - 8, left + 27, top + 10), fill=colour)
    _tree(pen, 150, 500, 2.1)


def _tree(pen: ImageDraw.ImageDraw, x: int, ground: int, size: float) -> None:
    pen.rectangle((x - 11 * size, ground - 90 * size, x + 11 * size, ground), fill=WOOD)
    for left, top, radius in ((-55, -150, 50), (5, -165, 55), (-25, -205, 55), (45, -120, 38)):
        box = (
            x + left * size - radius * size / 2,
            ground + top * size,
            x + left * size + radius * 1.5 * size,
            ground + (top + 2 * radius) * size,
        )
        pen.ellipse(box, fill=DARK)


def _strokes(pen: ImageDraw.ImageDraw, x: int, y: int, strokes: str) -> None:
    """Sums in strokes: no letters, so no language."""
    for stroke in strokes:
        if stroke == "|":
            pen.line((x, y, x, y + 40), fill=CHALK, width=6)
        elif stroke == "+":
            pen.line((x - 12, y + 20, x + 14, y + 20), fill=CHALK, width=6)
            pen.line((x + 1, y + 7, x + 1, y + 33), fill=CHALK, width=6)
        elif stroke == "=":
            pen.line((x - 12, y + 13, x + 14, y + 13), fill=CHALK, width=6)
            pen.line((x - 12, y + 27, x + 14, y + 27), fill=CHALK, width=6)
        x += 24


DRAWN: dict[str, Callable[[ImageDraw.ImageDraw], None]] = {"school": _school, "classroom": _classroom, "garden": _garden}
