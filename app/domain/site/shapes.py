"""The shapes that what stands in a block can have, and how each is validated: one table for schemas, forms and comparisons."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from app.i18n.languages import LANGUAGES


class Shape(StrEnum):
    """`WORDS` and `TEXT` are by language ({"en": …}), on one line or as `markup` reads it; all others are one for all."""

    WORDS = "words"
    TEXT = "text"
    LINE = "line"
    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"
    PICTURE = "picture"  # the id of a picture as text, '' for none
    TARGET = "target"  # a link as `targets.read_target` reads it, '' for none
    ROWS = "rows"  # several of the same: dicts of `rows`


@dataclass(frozen=True)
class Field:
    """A thing that a block has. `label` and `hint` are messages; `most` is in characters, in rows, or the greatest number.

    `required` is what a page may not be published without (for words: in at least one language); a draft may lack it.
    """

    name: str
    shape: Shape
    label: str
    hint: str = ""
    required: bool = False
    most: int = 200
    least: int = 1
    choices: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Field, ...] = ()
    default: Any = None

    @property
    def empty(self) -> Any:
        """What stands there in a new block."""
        if self.default is not None:
            return self.default
        if self.shape in (Shape.WORDS, Shape.TEXT):
            return {}
        return {Shape.ROWS: [], Shape.FLAG: False, Shape.NUMBER: self.least}.get(self.shape, "")

    @property
    def is_by_language(self) -> bool:
        """Whether it is written once a language."""
        return self.shape in (Shape.WORDS, Shape.TEXT)


#: what no text may have: controls apart from line ends, lone surrogates, and marks that turn the direction of what follows
_FORBIDDEN = {"Cc", "Cs"}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def cleaned(text: str, *, lines: bool = False) -> str:
    """Text as it is kept: composed, without what cannot be seen, with plain line ends; on one line unless `lines`."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    kept = "".join(
        letter for letter in text
        if letter == "\n" or (unicodedata.category(letter) not in _FORBIDDEN and letter not in _TURNING)
    ) if not text.isascii() or not text.isprintable() else text  # fmt: skip
    if not lines:
        return " ".join(kept.split())
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip("\n ")


class Texts(fields.Field[dict[str, str]]):
    """A text by language; languages without one do not stand in it."""

    def __init__(self, most: int, *, lines: bool, **more: Any) -> None:
        super().__init__(**more)
        self.most, self.lines = most, lines

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise ValidationError("not texts by language")
        texts = {}
        for code in LANGUAGES:
            text = value.get(code, "")
            if not isinstance(text, str):
                raise ValidationError(f"no text in {code}")
            if text := cleaned(text, lines=self.lines):
                if len(text) > self.most:
                    raise ValidationError(f"more than {self.most} characters in {code}")
                texts[code] = text
        if unknown := sorted(map(str, value.keys() - LANGUAGES.keys())):
            raise ValidationError(f"unknown languages: {', '.join(unknown)}")
        return texts


class OneLine(fields.Field[str]):
    """A text on one line, the same in every language."""

    def __init__(self, most: int, **more: Any) -> None:
        super().__init__(**more)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or len(line := cleaned(value)) > self.most:
            raise ValidationError(f"not a line of at most {self.most} characters")
        return line


class PictureId(fields.Field[str]):
    """The id of a picture, '' for none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        try:
            return str(UUID(value)) if value else ""
        except (ValueError, TypeError, AttributeError):
            raise ValidationError("not a picture") from None


COLOUR = re.compile(r"#[0-9a-f]{6}")
KEY = re.compile(r"[a-z0-9]{1,24}")


def schema_of(parts: tuple[Field, ...]) -> Schema:
    """The schema that validates a dict of these fields: what is missing is put in as its `empty`, what is unknown refused."""
    return _made(parts)()


def _made(parts: tuple[Field, ...]) -> type[Schema]:
    made: dict[str, fields.Field[Any]] = {part.name: _field_of(part) for part in parts}
    schema: type[Schema] = Schema.from_dict(dict(made))
    schema.Meta.unknown = RAISE
    return schema


def _field_of(part: Field) -> fields.Field[Any]:
    lacking: dict[str, Any] = {"load_default": lambda: part.empty}
    match part.shape:
        case Shape.WORDS | Shape.TEXT:
            return Texts(part.most, lines=part.shape is Shape.TEXT, **lacking)
        case Shape.LINE | Shape.TARGET:
            return OneLine(part.most, **lacking)
        case Shape.CHOICE:
            return fields.String(validate=validate.OneOf(list(part.choices)), **lacking)
        case Shape.FLAG:
            return fields.Boolean(truthy={True}, falsy={False}, **lacking)
        case Shape.NUMBER:
            return fields.Integer(strict=True, validate=validate.Range(part.least, part.most), **lacking)
        case Shape.PICTURE:
            return PictureId(**lacking)
        case Shape.ROWS:
            return fields.List(fields.Nested(_made(part.rows)), validate=validate.Length(max=part.most), **lacking)
