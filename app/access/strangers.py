"""The addresses at which everybody is a stranger: a school's website. Whoever is signed in is not looked up there."""

from __future__ import annotations

SITES = "/s/"


def is_for_strangers(path: str) -> bool:
    """Whether an address is a school's website: no session is read there, no language is remembered, no cookie is set."""
    return path.startswith(SITES)
