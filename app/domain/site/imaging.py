"""Reading a picture that somebody uploads for the website: drawn anew at a few widths, and nothing else of the file is kept.

It is known by its bytes, never by its name; what wants to be too large in memory is refused before it is decoded. What comes
out is WebP on an empty canvas: no place, no device, no comment, no profile, nothing hidden behind the picture.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from app.i18n.catalogue import N_

BYTES = 12 << 20  # of the file
#: pixels of the picture as it is uploaded: decoding takes 3 or 4 bytes for each, of WebP the library holds it four times
PIXELS = {"JPEG": 24_000_000, "PNG": 24_000_000, "WEBP": 12_000_000}
STILLS = {"MPO": "JPEG"}  # what cameras write: a JPEG with smaller ones behind it, of which the first is the picture
LEAST = 40  # pixels of the shorter side as it is uploaded
WIDTHS = (320, 640, 1024, 1600)  # pixels, of which a picture has those that it is wide enough for
TALLEST = 3  # times as high as wide, at most
MIME = "image/webp"
LARGEST = 3_000_000  # bytes of one file: an archive takes a row on a line of 8 MB, written as hexadecimal
QUALITIES = (82, 60, 30)
ORIENTATION, LYING = 0x0112, (5, 6, 7, 8)  # of EXIF: width and height change places
#: what Pillow's decoders raise for broken and hostile files
FAULTS = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error, zlib.error,
    UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError,
)  # fmt: skip


class BadPicture(Exception):
    """Why a file cannot be a picture of the website; `message` is for whoever chose it."""

    message = ""


class NoPicture(BadPicture):
    message = N_("Choose a picture: JPEG, PNG or WebP.")


class FileTooLarge(BadPicture):
    message = N_("The file is larger than 12 MB. Choose a smaller picture.")


class TooManyPixels(BadPicture):
    message = N_("The picture has too many pixels: at most 24 million, and 12 million as WebP. Choose a smaller one.")


class TooSmall(BadPicture):
    message = N_("The picture is smaller than 40 by 40 pixels. Choose a larger one.")


class TooTall(BadPicture):
    message = N_("The picture is more than three times as high as it is wide. Cut it first.")


class Moves(BadPicture):
    message = N_("The picture moves. Choose one that stands still.")


class Broken(BadPicture):
    message = N_("The picture cannot be read: the file is damaged. Save it anew and try again.")


class Drawn(NamedTuple):
    """A picture at one width: a WebP of ours, and its size in pixels."""

    image: bytes
    width: int
    height: int


def read_picture(file: BinaryIO) -> list[Drawn]:
    """The picture in a file at each of its widths, the smallest first. Raises BadPicture."""
    raw = file.read(BYTES + 1)
    if len(raw) > BYTES:
        raise FileTooLarge
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning, module="PIL")  # of metadata that we throw away
        try:
            opened = Image.open(BytesIO(raw), formats=list(PIXELS))
        except FAULTS:
            raise NoPicture from None
        with opened:
            _refuse(opened)
            try:
                return list(_drawn(opened))
            except FAULTS:
                raise Broken from None


def _refuse(opened: Image.Image) -> None:
    """Look at what the header says, before anything is decoded."""
    width, height = opened.size
    kind = STILLS.get(opened.format or "", opened.format or "")
    if width * height > PIXELS[kind]:
        raise TooManyPixels
    if min(width, height) < LEAST:
        raise TooSmall
    if max(width, height) > TALLEST * 4 * min(width, height):  # it may lie on its side: upright it is looked at again
        raise TooTall
    if kind == opened.format and getattr(opened, "n_frames", 1) > 1:
        raise Moves


def _drawn(opened: Image.Image) -> Iterator[Drawn]:
    largest, lies = WIDTHS[-1], opened.getexif().get(ORIENTATION) in LYING
    opened.draft("RGB", (largest, largest))  # a JPEG is decoded at a half or a quarter, where that is enough
    opened.load()
    mode = "RGBA" if _is_transparent(opened) else "RGB"
    shown = opened if opened.mode == mode else opened.convert(mode)
    box = (largest, largest * TALLEST)
    shown.thumbnail(box[::-1] if lies else box, Image.Resampling.LANCZOS)  # before it is turned, which copies
    upright = ImageOps.exif_transpose(shown)
    if upright.height > TALLEST * upright.width:
        raise TooTall
    widest = min(upright.width, largest)
    for width in [*(one for one in WIDTHS if one < widest), widest]:
        height = max(1, round(upright.height * width / upright.width))
        small = upright.resize((width, height), Image.Resampling.LANCZOS) if width < upright.width else upright
        canvas = Image.new(small.mode, small.size)  # with nothing in it but pixels
        canvas.paste(small)
        yield Drawn(_written(canvas), width, height)


def _is_transparent(opened: Image.Image) -> bool:
    return opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info


def _written(canvas: Image.Image) -> bytes:
    """As WebP, at the best quality that is small enough."""
    for quality in QUALITIES:
        file = BytesIO()
        canvas.save(file, "WEBP", quality=quality, method=4)
        if file.tell() <= LARGEST:
            break
    return file.getvalue()
