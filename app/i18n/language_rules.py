"""What a translation into Afrikaans or isiZulu must not do, as far as a machine can tell: see translations/glossary.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[#0\- +]*[\d.*]*[a-zA-Z]|%%")
#: words that only English has: one of them in a translation was left there. (Afrikaans has `of`, `is`, `in`, `as`, `was`.)
ENGLISH = "the and to for with not you your or an are this that these from has have will be been its it at on by when which who"
FUNCTION_WORDS = {
    "af": frozenset(ENGLISH.split()) - {"by"},
    "zu": frozenset(ENGLISH.split()) | {"of", "is", "in", "as", "was", "ago", "if", "no"},
}
WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
NAMES = "name|school|form_school|active_school|learner|actor|person|teacher|recipient|author"

AFRIKAANS = (
    (re.compile(r"'"), "a straight apostrophe"),
    (re.compile(r"‘n\b"), "‘n for ’n"),
    (re.compile(r"\be-pos (?:adres|boodskap)", re.I), "a compound in two words"),
    (re.compile(r"\b[Jj]y\b.*\b[Uu]\b|\b[Jj]ou\b.*\b[Uu]\b|\b[Uu]\b.*\b[Jj](?:y|ou)\b", re.S), "both jy and u"),
)
ISIZULU = (
    (
        re.compile(r"\biMeyili|\bIMeyili|\b[iI]-Imeyili|\b(?i:namhlanje|umyalezo|iminithi)\b"),
        "a word that the glossary rules out",
    ),
    (
        re.compile(rf"\b(?!\w*thi\b)\w*[aeiou] %\((?:{NAMES})\)", re.I),
        "a name after a space, not a hyphen or -thi",
    ),
)
COUNTED = re.compile(r"%\(num\)[sd]")
#: what may stand before a number: its concord, a colon, or nothing at all when nothing follows either
BEFORE_NUMBER = re.compile(r"(?:ngu-|:[ \u00a0]?|\()$")
#: isiZulu's 'and' before a person's name or a number, which looks like the English 'no'
WITH = re.compile(r"\bno-(?=[%\d])")
#: a sentence that begins so is a denial, which Afrikaans closes with a second nie
DENIAL = re.compile(r"^(?:Geen|Moenie|Kan nie|Kon nie)\b(?=.*\s)")
CLOSED = re.compile(r"\bnie(?=\W*$|[,;:)–])")


def faults(text: str, language: str, apart: frozenset[str] = frozenset()) -> Iterator[str]:
    """What is wrong with one translated text; `apart` are product terms that may stay English."""
    for term in apart:
        text = text.replace(term, "")
    words = WORD.findall(PLACEHOLDER.sub(" ", WITH.sub("", text)))
    if english := sorted({word for word in words if word.lower() in FUNCTION_WORDS[language]}):
        yield f"English words {english}"
    if '"' in text:
        yield "straight quotation marks"
    for pattern, fault in AFRIKAANS if language == "af" else ISIZULU:
        if found := pattern.search(text):
            yield f"{fault}: {found[0]!r}"
    yield from _open_denials(text) if language == "af" else _bare_numbers(text)


def _open_denials(text: str) -> Iterator[str]:
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if DENIAL.search(sentence) and not CLOSED.search(sentence):
            yield f"a denial without its second nie: {sentence!r}"


def _bare_numbers(text: str) -> Iterator[str]:
    for number in COUNTED.finditer(text):
        alone = not text[: number.start()].strip() and not text[number.end() :].strip()
        if not alone and not BEFORE_NUMBER.search(text[: number.start()]):
            yield f"a number without its concord: {text[max(0, number.start() - 12) : number.end()]!r}"
