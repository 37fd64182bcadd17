"""Reading a picture that somebody uploads: nothing of the file is kept but what it looks like.

It is decoded, turned upright, made small and written anew as a PNG on an empty canvas, so that neither metadata (a place, a
device, a comment), nor a profile, nor anything hidden behind the picture comes along. What is no picture, or wants to be too
large in memory, is refused before it is decoded.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from app.i18n.catalogue import N_

BYTES = 2 << 20  # of the file
PIXELS = 16_000_000  # of the picture as it is uploaded: 64 MB while it is decoded
SIDE = 320  # pixels of the longer side as it is kept
LEAST = 16  # pixels of the shorter side as it is uploaded
FORMATS = ("PNG", "JPEG", "WEBP")
#: what Pillow's decoders raise for broken and hostile files
FAULTS = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error, zlib.error,
    UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


class BadPicture(Exception):
    """Why a file cannot be a logo; `message` is for whoever chose it."""

    message = ""


class NoPicture(BadPicture):
    message = N_("Choose a picture: PNG, JPEG or WebP.")


class TooLarge(BadPicture):
    message = N_("The file is larger than 2 MB. Choose a smaller picture.")


class TooManyPixels(BadPicture):
    message = N_("The picture has more than 16 million pixels. Choose a smaller one.")


class TooSmall(BadPicture):
    message = N_("The picture is smaller than 16 by 16 pixels. Choose a larger one.")


class Moves(BadPicture):
    message = N_("The picture moves. Choose one that stands still.")


class Broken(BadPicture):
    message = N_("The picture cannot be read: the file is damaged. Save it anew and try again.")


class Picture(NamedTuple):
    """A PNG of ours, and its size in pixels."""

    png: bytes
    width: int
    height: int


def read_picture(file: BinaryIO) -> Picture:
    """The picture in a file, small and without anything else. Raises BadPicture."""
    raw = file.read(BYTES + 1)
    if len(raw) > BYTES:
        raise TooLarge
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning, module="PIL")  # of metadata that we throw away
        try:
            opened = Image.open(BytesIO(raw), formats=FORMATS)
        except FAULTS:
            raise NoPicture from None
        with opened:
            _refuse(opened)
            try:
                return _drawn(opened)
            except FAULTS:
                raise Broken from None


def _refuse(opened: Image.Image) -> None:
    """Look at what the header says, before anything is decoded."""
    width, height = opened.size
    if width * height > PIXELS:
        raise TooManyPixels
    if min(width, height) < LEAST:
        raise TooSmall
    if getattr(opened, "n_frames", 1) > 1:
        raise Moves


def _drawn(opened: Image.Image) -> Picture:
    upright = ImageOps.exif_transpose(opened).convert("RGBA")
    upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", upright.size)  # with nothing in it but pixels
    canvas.paste(upright)
    written = BytesIO()
    canvas.save(written, "PNG", optimize=True)
    return Picture(written.getvalue(), *canvas.size)
