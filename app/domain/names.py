"""People's names: how they are put in order."""

from __future__ import annotations

import unicodedata

#: words that begin a surname of several words, as Afrikaans and other names have them
PARTICLES = frozenset({"da", "de", "del", "den", "der", "di", "dos", "du", "el", "janse", "la", "le", "van", "von"})


def sort_key(name: str) -> str:
    """The name as it is sorted: surname, then first names, in small letters without accents or punctuation.

    The surname begins at the first particle that is not the first word ('Pieter van der Merwe' stands under V, as South African
    class lists have it), else it is the last word. 'Elsabé Nel' gives 'nel elsabe', "Riana O'Reilly" gives 'oreilly riana'.
    """
    words = plain(name).split()
    at = next((n for n, word in enumerate(words[1:], 1) if word in PARTICLES), max(len(words) - 1, 0))
    if at == len(words) - 1 and words and words[at] in PARTICLES and at > 0:
        at -= 1  # a name that ends with a particle has its surname before it
    return " ".join([*words[at:], *words[:at]])


def parts(name: str) -> tuple[str, str]:
    """First names and surname of a full name, as it is written: 'Pieter van der Merwe' gives 'Pieter' and 'van der Merwe'.

    A name of one word is a first name, and its surname is empty.
    """
    words = name.split()
    at = next((n for n, word in enumerate(words[1:-1], 1) if plain(word) in PARTICLES), max(len(words) - 1, 1))
    return " ".join(words[:at]), " ".join(words[at:])


def plain(name: str) -> str:
    """The name in small letters without accents; an apostrophe joins ('o'reilly' is one word), every other sign parts."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    joined = (letter for letter in letters if letter not in "'’ʼ`" and not unicodedata.combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in joined)
