"""The text of a block: paragraphs, lists, **bold** and [links](address), read into plain structure. There is no HTML in it.

A blank line begins a paragraph, a line that begins with `- ` is a line of a list. What does not fit (a star alone, a link to
nowhere) stays the letters that it is. Reading takes time in proportion to the length, whatever is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from app.domain.site.targets import Way, read_target


class Run(NamedTuple):
    """Words on a line; `target` is where they lead as it was written ('' for plain words): see `targets.read_target`."""

    text: str
    is_bold: bool = False
    target: str = ""


Line = tuple[Run, ...]


class Paragraph(NamedTuple):
    """Lines that belong together; between two of them the line breaks."""

    lines: tuple[Line, ...]


class Bullets(NamedTuple):
    """A list; each line is one point of it."""

    lines: tuple[Line, ...]


Part = Paragraph | Bullets


def parse(text: str) -> tuple[Part, ...]:
    """The paragraphs and lists of a text."""
    return tuple(_parts(text))


def _parts(text: str) -> Iterator[Part]:
    lines: list[Line] = []
    is_list = False
    for raw in [*text.split("\n"), ""]:
        line = raw.strip()
        begins = line.startswith("- ")
        if lines and (not line or begins != is_list):
            yield (Bullets if is_list else Paragraph)(tuple(lines))
            lines = []
        if line:
            is_list = begins
            lines.append(tuple(_runs(line[2:].strip() if begins else line)))


def _runs(line: str) -> Iterator[Run]:
    """The words of a line. A star without its partner is a star."""
    pieces = line.split("**")
    if len(pieces) % 2 == 0:  # the last pair is not whole
        pieces[-2:] = ["**".join(pieces[-2:])]
    for number, piece in enumerate(pieces):
        yield from _links(piece, is_bold=number % 2 == 1)


def _links(piece: str, *, is_bold: bool) -> Iterator[Run]:
    done = 0
    start = piece.find("[")
    while start != -1:
        middle = piece.find("](", start)
        end = piece.find(")", middle) if middle != -1 else -1
        if end == -1:
            break
        start = piece.rfind("[", start, middle)  # the nearest one: what stands before it is letters
        words, target = piece[start + 1 : middle].strip(), piece[middle + 2 : end].strip()
        if words and read_target(target).way is not Way.NONE:
            if start > done:
                yield Run(piece[done:start], is_bold)
            yield Run(words, is_bold, target)
            done = end + 1
        start = piece.find("[", end)
    if done < len(piece):
        yield Run(piece[done:], is_bold)


def targets_in(text: str) -> list[str]:
    """Where the links of a text lead, as they were written."""
    return [run.target for part in parse(text) for line in part.lines for run in line if run.target]


def plain(text: str) -> str:
    """The words of a text without their marks, on one line: for a description, or for comparing."""
    lines = (line for part in parse(text) for line in part.lines)
    return " ".join("".join(run.text for run in line) for line in lines)
