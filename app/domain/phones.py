"""Phone numbers as gateways take them: E.164. South African numbers may be written as people there write them."""

from __future__ import annotations

import re

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
#: nine digits follow the country's code, and none of its areas begins with a nought
SOUTH_AFRICAN = re.compile(r"\+27[1-9][0-9]{8}")
_DECORATION = re.compile(r"\(0\)|[\s().\-/\u00a0\u2010-\u2015]")


class NotAPhoneNumber(ValueError):
    """It is none that anybody could be called on."""


def e164(text: str) -> str:
    """'082 555 0101' as '+27825550101', '0044 20 7946 0000' as '+442079460000'. Raises NotAPhoneNumber."""
    digits = _DECORATION.sub("", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = "+27" + digits[1:]
    elif re.fullmatch("27[0-9]{9}", digits):
        digits = "+" + digits
    wanted = SOUTH_AFRICAN if digits.startswith("+27") else E164
    if not wanted.fullmatch(digits):
        raise NotAPhoneNumber(text)
    return digits
