"""The letters of what is printed: outlines of one typeface, so that no machine needs a font and none draws another width.

It is Source Sans Pro, a package among the requirements (SIL Open Font License). A face is read when a process first sets
something in it, the outline of a sign when it is first drawn; both are kept.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from font_source_sans_pro import font_files_otf

#: what stands in the place of a sign that has no outline
_INSTEAD = "\N{WHITE SQUARE}"
_KINDS = {"moveTo": "M", "lineTo": "L", "curveTo": "C", "closePath": "Z"}
_PAIRS = 16_384  # pairs of a sign and the next whose kerning is kept
_reading = Lock()  # a font is taken apart as it is asked, which two threads must not do at once

Points = tuple[tuple[float, float], ...]
Step = tuple[str, Points]

_SQUARE: tuple[Step, ...] = (
    ("M", ((60, 0),)), ("L", ((60, 620),)), ("L", ((540, 620),)), ("L", ((540, 0),)), ("Z", ()),
    ("M", ((120, 60),)), ("L", ((480, 60),)), ("L", ((480, 560),)), ("L", ((120, 560),)), ("Z", ()),
)  # fmt: skip


class Face(StrEnum):
    """The two weights, by the name that their package gives them."""

    REGULAR = "SourceSansPro"
    BOLD = "SourceSansProBold"


class Letters(NamedTuple):
    """A face: its units to the em, by sign how far it moves on and what the font calls it, and the font's own tables."""

    units: int
    advances: dict[str, int]
    names: dict[str, str]
    drawings: Any  # by name what draws itself with a pen
    pen: Any  # the kind of pen that notes what is drawn
    pairs: tuple[Any, ...]  # the tables of pairs that are kerned


@cache
def letters(face: Face) -> Letters:
    """A face, read once. Marks that combine are not among its signs: they would stand beside their letter."""
    # here, as they take a third of a second, which only a process that sets type should spend
    from fontTools.pens.recordingPen import RecordingPen  # noqa: PLC0415
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    font = TTFont(BytesIO(Path(font_files_otf[face.value]).read_bytes()), lazy=True)
    named = {chr(code): name for code, name in font.getBestCmap().items()}
    names = {sign: name for sign, name in named.items() if not unicodedata.category(sign).startswith("M")}
    advances = {sign: font["hmtx"][name][0] for sign, name in names.items()} | {_INSTEAD: 600}
    kerned, among = set[int](), font["GPOS"].table
    for record in among.FeatureList.FeatureRecord:
        if record.FeatureTag == "kern":
            kerned.update(record.Feature.LookupListIndex)
    pairs = tuple(table for index in sorted(kerned) for table in among.LookupList.Lookup[index].SubTable)
    return Letters(font["head"].unitsPerEm, advances, names, font.getGlyphSet(), RecordingPen, pairs)


@lru_cache(_PAIRS)
def kerning(sign: str, after: str, face: Face) -> int:
    """How far what comes after a sign is moved towards it (below 0) or off, in units of the face."""
    of = letters(face)
    first, second = of.names.get(sign), of.names.get(after)
    if first is None or second is None:
        return 0
    with _reading:
        for table in of.pairs:  # the first that has something to say is right
            if first not in table.Coverage.glyphs:
                continue
            if table.Format == 2:  # by classes: a sign that is in none is in class 0
                row = table.Class1Record[table.ClassDef1.classDefs.get(first, 0)]
                return int(row.Class2Record[table.ClassDef2.classDefs.get(second, 0)].Value1.XAdvance)
            for pair in table.PairSet[table.Coverage.glyphs.index(first)].PairValueRecord:
                if pair.SecondGlyph == second:
                    return int(pair.Value1.XAdvance)
    return 0


def spelt(text: str) -> str:
    """A text in signs that have outlines: accents joined, white space made plain, what nobody can draw as a square."""
    joined = unicodedata.normalize("NFC", " ".join(text.split()))
    known = letters(Face.REGULAR).advances
    return "".join(sign if sign in known else _INSTEAD for sign in joined if not unicodedata.category(sign).startswith("C"))


def undrawable(text: str) -> list[str]:
    """The signs of a text for which there is no outline, each once, in their order."""
    known = letters(Face.REGULAR).advances
    joined = unicodedata.normalize("NFC", text)
    return list(dict.fromkeys(sign for sign in joined if sign not in known and not sign.isspace()))


def width(text: str, face: Face, size: float) -> float:
    """How wide a line is that was `spelt`, in the unit of `size`."""
    return sum(advance for _, advance in moves(text, face)) * size / letters(face).units


def outline(text: str, face: Face, size: float, x: float, y: float) -> list[Step]:
    """A line that was `spelt` as one outline, from (x, y) on the baseline; here down is down, as on paper."""
    found, at, share = list[Step](), x, size / letters(face).units
    for sign, advance in moves(text, face):
        found += [
            (kind, tuple((at + across * share, y - up * share) for across, up in points)) for kind, points in _steps(sign, face)
        ]
        at += advance * share
    return found


def moves(text: str, face: Face) -> list[tuple[str, int]]:
    """Each sign and how far it moves on, with what it and the next move together."""
    advances = letters(face).advances
    return [
        (sign, advances[sign] + (kerning(sign, after, face) if after else 0))
        for sign, after in zip(text, [*text[1:], ""], strict=True)
    ]  # fmt: skip


@cache
def _steps(sign: str, face: Face) -> tuple[Step, ...]:
    """The outline of a sign in units of the face, up is up; the face is of straight lines and cubic curves alone."""
    if sign == _INSTEAD:
        return _SQUARE
    of = letters(face)
    pen = of.pen()
    with _reading:
        of.drawings[of.names[sign]].draw(pen)
    return tuple((_KINDS[kind], points) for kind, points in pen.value)
