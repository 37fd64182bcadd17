"""How a poster, a flyer and a card look: the school's words on a field of its colour, and beside it the code that leads on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import NamedTuple

import segno
from PIL import Image

from app.domain.promotion.kinds import KINDS, Room
from app.domain.promotion.lettering import Face
from app.domain.promotion.palettes import INK, PALETTES, PAPER, QUIET, Palette
from app.domain.promotion.scene import Box, Code, Line, Picture, Ring, Scene, Shape
from app.domain.promotion.setting import Block, Style, cut_to, fit

QUIET_ZONE = 4  # modules that stay white around a code (ISO/IEC 18004)


class TooLong(ValueError):
    """Texts do not fit on the sheet; `parts` are which."""

    def __init__(self, parts: list[str]) -> None:
        super().__init__(", ".join(parts))
        self.parts = parts


class Content(NamedTuple):
    """What a sheet says in one language: the texts, the school's name and lines about it, its logo, and where its code leads.

    `address` is what stands beside the code, for people who type it.
    """

    texts: Mapping[str, str]
    school: str
    contact: tuple[str, ...]
    logo: bytes | None
    link: str
    address: str


class Corner(NamedTuple):
    """Where the logo and the name stand: the corner, the height of the logo's plate, the width for both, the name's style."""

    x: float
    y: float
    high: float
    wide: float
    style: Style


def overflowing(kind: str, texts: Mapping[str, str]) -> list[str]:
    """The parts of these texts that do not fit into their rooms, even in the least size."""
    return [part for part, room in KINDS[kind].rooms.items() if _set(texts.get(part, ""), room) is None]


def draw(kind: str, theme: str, content: Content) -> Scene:
    """The sheet. Raises TooLong for texts that `overflowing` would name."""
    if parts := overflowing(kind, content.texts):
        raise TooLong(parts)
    of = KINDS[kind]
    return Scene(of.wide, of.high, of.unit, tuple(_LAYOUTS[kind](content, PALETTES[theme])))


def _poster(content: Content, palette: Palette) -> Iterator[Shape]:
    yield Box(0, 0, 210, 208, palette.deep)
    yield from _rings(192, 30, range(24, 216, 16), 7, palette.ring)
    yield Box(0, 208, 210, 89, PAPER)
    yield Box(0, 208, 210, 2.4, palette.accent)
    yield from _name(content, Corner(16, 16, 26, 178, Style(Face.BOLD, 10.5, 5, 1.12)), PAPER)
    yield from _said("poster", content, palette, bottom=196, gap=8)
    yield from _code(content.link, Box(16, 223, 58, 58, palette.deep))
    yield from _beside(content, "poster", Box(88, 224, 106, 57, palette.deep), (5.6, 4.6))


def _flyer(content: Content, palette: Palette) -> Iterator[Shape]:
    yield Box(0, 0, 148, 210, PAPER)
    yield Box(0, 0, 148, 80, palette.deep)
    yield from _rings(138, 14, range(14, 64, 10), 4.4, palette.ring)
    yield Box(0, 80, 148, 1.8, palette.accent)
    yield from _name(content, Corner(12, 10, 18, 124, Style(Face.BOLD, 7.4, 3.6, 1.12)), PAPER)
    room = KINDS["flyer"].rooms["headline"]
    headline = _block("flyer", "headline", content)
    yield from _put(headline, room.x, room.y + (room.high - headline.height) / 2, PAPER)
    body = KINDS["flyer"].rooms["body"]
    yield from _put(_block("flyer", "body", content), body.x, body.y, INK)
    yield Box(0, 157, 148, 53, palette.tint)
    yield Box(12, 162, 43, 43, PAPER, 2.5)
    yield from _code(content.link, Box(15.5, 165.5, 36, 36, palette.deep))
    yield from _beside(content, "flyer", Box(62, 163, 74, 42, palette.deep), (4, 3.4))


def _card(content: Content, palette: Palette) -> Iterator[Shape]:
    yield Box(0, 0, 1200, 630, palette.deep)
    yield from _rings(760, 40, range(90, 760, 70), 30, palette.ring)
    yield Box(816, 0, 384, 630, PAPER)
    yield Box(816, 0, 8, 630, palette.accent)
    yield from _name(content, Corner(64, 52, 100, 690, Style(Face.BOLD, 40, 20, 1.12)), PAPER)
    yield from _said("card", content, palette, bottom=578, gap=28)
    yield from _code(content.link, Box(872, 64, 276, 276, palette.deep))
    yield from _beside(content._replace(contact=()), "card", Box(872, 384, 276, 190, palette.deep), (25, 20))


_LAYOUTS = {"poster": _poster, "flyer": _flyer, "card": _card}


def _rings(x: float, y: float, radii: range, thick: float, colour: str) -> Iterator[Shape]:
    """The rings of a tree, which grow from a corner."""
    yield from (Ring(x, y, radius, thick, colour) for radius in radii)


def _name(content: Content, corner: Corner, colour: str) -> Iterator[Shape]:
    """The logo on a white plate, if there is one, and the name of the school beside it, each in the middle of the height."""
    x = corner.x
    if content.logo:
        with Image.open(BytesIO(content.logo), formats=("PNG",)) as opened:
            share = opened.width / opened.height
        inner = corner.high * 0.8
        wide, high = (inner * share, inner) if share <= 2.2 else (inner * 2.2, inner * 2.2 / share)
        plate = max(wide + corner.high * 0.2, corner.high)
        yield Box(x, corner.y, plate, corner.high, PAPER, corner.high * 0.14)
        yield Picture(x + (plate - wide) / 2, corner.y + (corner.high - high) / 2, wide, high, content.logo)
        x += plate + corner.high * 0.24
    block = cut_to(content.school, corner.style, wide=corner.x + corner.wide - x, high=corner.high)
    yield from _put(block, x, corner.y + (corner.high - block.height) / 2, colour)


def _said(kind: str, content: Content, palette: Palette, *, bottom: float, gap: float) -> Iterator[Shape]:
    """The headline and below it the text, which ends at `bottom`; above them a bar."""
    x = KINDS[kind].rooms["headline"].x
    headline, body = _block(kind, "headline", content), _block(kind, "body", content)
    below = body.height + gap if body.lines else 0
    top = bottom - below - headline.height
    yield Box(x, top - gap * 1.2, gap * 3, gap * 0.3, palette.accent, gap * 0.15)
    yield from _put(headline, x, top, PAPER)
    yield from _put(body, x, bottom - body.height, palette.light)


def _beside(content: Content, kind: str, room: Box, sizes: tuple[float, float]) -> Iterator[Shape]:
    """What stands beside or below the code: what to do, the address that people can type, and how else the school is reached.

    What does not fit of the last stays away. The address and the rest are set in these two sizes.
    """
    largest, least = sizes
    call = _block(kind, "call", content)
    yield from _put(call, room.x, room.y, room.colour)
    at = room.y + call.height + largest * 0.9 if call.lines else room.y
    address = cut_to(content.address, Style(Face.BOLD, largest, least * 0.75, 1.2), wide=room.wide, high=largest * 2.5)
    yield from _put(address, room.x, at, INK)
    at += address.height + largest * 0.5
    for line in content.contact:
        block = cut_to(line, Style(Face.REGULAR, least, least * 0.9, 1.25), wide=room.wide, high=least * 2.4)
        if at + block.height > room.y + room.high:
            return
        yield from _put(block, room.x, at, QUIET)
        at += block.height + least * 0.35


def _block(kind: str, part: str, content: Content) -> Block:
    """One of the texts, set into its room. Raises TooLong."""
    block = _set(content.texts.get(part, ""), KINDS[kind].rooms[part])
    if block is None:
        raise TooLong([part])
    return block


def _put(block: Block, x: float, y: float, colour: str) -> Iterator[Shape]:
    """The lines of a block, whose top is at y: capitals begin there."""
    at = y + block.size * 0.78
    for number, line in enumerate(block.lines):
        at += 0 if not number else block.step if line else block.step / 2
        if line:
            yield Line(x, at, line, block.face, block.size, colour)


def _code(link: str, place: Box) -> Iterator[Shape]:
    """The code on a white ground, in line with what stands above and below it: its quiet zone lies around `place`."""
    modules = tuple(bytes(bit & 1 for bit in row) for row in segno.make_qr(link, error="m").matrix)
    zone = place.wide * QUIET_ZONE / len(modules)
    yield Box(place.x - zone, place.y - zone, place.wide + 2 * zone, place.high + 2 * zone, PAPER)
    yield Code(place.x, place.y, place.wide, modules, place.colour)


def _set(text: str, room: Room) -> Block | None:
    return fit(text, room.style, wide=room.wide, high=room.high)
