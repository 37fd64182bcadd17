"""How many parts a text message has, and a text that has not too many (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

MOST = 3  # parts: each is paid for
SHORTEST = 20  # characters that are left of a title at least
ONE, JOINED = {"gsm": 160, "ucs2": 70}, {"gsm": 153, "ucs2": 67}  # characters of one part alone, and of one of several
#: what GSM has no sign for and has a plain one for: without it the whole text would cost twice
PLAIN = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-", "…": "...",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ",
})  # fmt: skip
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED = frozenset("^{}\\[~]|€")  # in GSM too, at the price of two


def parts(text: str) -> int:
    """The number of parts that a text is sent in."""
    if set(text) <= GSM | ESCAPED:
        alphabet, length = "gsm", len(text) + sum(char in ESCAPED for char in text)
    else:
        alphabet, length = "ucs2", len(text.encode("utf-16-le")) // 2
    return 1 if length <= ONE[alphabet] else -(-length // JOINED[alphabet])


def compose(*, school: str, title: str, link: str) -> str:
    """`school: title link` in at most MOST parts: the title is cut first, at a word, then the name; the link never."""
    school, title = (" ".join(text.translate(PLAIN).split()) for text in (school, title))
    for name in (school, _cut(school, 40), _cut(school, 12)):
        for keep in range(len(title), min(len(title), SHORTEST) - 1, -1):
            if parts(text := f"{name}: {_cut(title, keep)} {link}") <= MOST:
                return text
    return f"{_cut(school, 12)} {link}"


def _cut(text: str, most: int) -> str:
    """A text of at most `most` characters, cut between words where that loses little."""
    if len(text) <= most:
        return text
    kept = text[: most - 3]
    word = kept.rpartition(" ")[0]
    return (word if len(word) > most // 2 else kept).rstrip(" ,;:-") + "..."
