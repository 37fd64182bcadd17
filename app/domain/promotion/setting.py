"""Setting text into a box: broken into lines that are measured, in the largest size that fits."""

from __future__ import annotations

from typing import NamedTuple

from app.domain.promotion.lettering import Face, letters, moves, spelt, width

STEPS = 24  # sizes that are tried between the largest and the least


class Style(NamedTuple):
    """How a text is set: its face, the largest and the least size, and the leading in sizes."""

    face: Face
    largest: float
    least: float
    leading: float


class Block(NamedTuple):
    """A text as it was set: its lines with the size, and how far one baseline is from the next. '' is half an empty line."""

    lines: tuple[str, ...]
    face: Face
    size: float
    step: float

    @property
    def height(self) -> float:
        """From the top of the first line to the bottom of the last."""
        if not self.lines:
            return 0.0
        return self.size + sum(self.step if line else self.step / 2 for line in self.lines[1:])


def fit(text: str, style: Style, *, wide: float, high: float, whole_words: bool = True) -> Block | None:
    """A text in the largest size with which it stands in a box; None if it does not, even in the least.

    With `whole_words` a size that would break a word in two is passed over for a smaller one, as long as there is one.
    """
    paragraphs = [spelt(part) for part in text.replace("\r\n", "\n").split("\n")]
    while paragraphs and not paragraphs[-1]:
        paragraphs.pop()
    smallest = _at(paragraphs, style, style.least, wide)
    if smallest.height > high:
        return None
    words = [word for part in paragraphs for word in part.split()]
    widest = max((width(word, style.face, 1) for word in words), default=0.0) if whole_words else 0.0
    for step in range(STEPS):
        size = style.largest + (style.least - style.largest) * step / STEPS
        if widest * size <= wide and (block := _at(paragraphs, style, size, wide)).height <= high:
            return block
    return smallest


def cut_to(text: str, style: Style, *, wide: float, high: float) -> Block:
    """The same for what nobody types for this place, such as a name: what does not fit even in the least size ends with …"""
    if block := fit(text, style, wide=wide, high=high):
        return block
    whole, fitting, beyond = spelt(text), 0, len(spelt(text))
    while beyond - fitting > 1:  # the longest beginning that fits
        middle = (fitting + beyond) // 2
        if _at([_cut(whole, middle)], style, style.least, wide).height <= high:
            fitting = middle
        else:
            beyond = middle
    return _at([_cut(whole, fitting)], style, style.least, wide)


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip() + "…"


def _at(paragraphs: list[str], style: Style, size: float, wide: float) -> Block:
    """Paragraphs that were `spelt`, in lines of one size."""
    lines = tuple(line for part in paragraphs for line in (_lines(part, style.face, size, wide) if part else [""]))
    return Block(lines, style.face, size, size * style.leading)


def _lines(text: str, face: Face, size: float, wide: float) -> list[str]:
    """A paragraph in lines no wider than `wide`; a word that is wider than a whole line is broken."""
    lines, line = [], ""
    for word in text.split():
        for piece in _pieces(word, face, size, wide):
            longer = f"{line} {piece}" if line else piece
            if line and width(longer, face, size) > wide:
                lines.append(line)
                line = piece
            else:
                line = longer
    return [*lines, line] if line else lines


def _pieces(word: str, face: Face, size: float, wide: float) -> list[str]:
    """A word, or where it is wider than a line its pieces: cut behind the last stroke or hyphen that fits, else anywhere."""
    pieces = []
    while len(word) > 1 and width(word, face, size) > wide:
        end = _reach(word, face, size, wide)
        behind = max(word.rfind(sign, 0, end) for sign in "/-") + 1
        end = behind if behind > 1 else end
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]


def _reach(word: str, face: Face, size: float, wide: float) -> int:
    """How many signs of a word stand on one line: one at least."""
    share, taken = size / letters(face).units, 0.0
    for number, (_, advance) in enumerate(moves(word, face)):
        taken += advance * share
        if taken > wide:
            return max(number, 1)
    return len(word)
