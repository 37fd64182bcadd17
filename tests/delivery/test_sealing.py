"""Secrets at rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.config import Settings
from app.delivery.sealing import CannotOpen, seal, unseal


def test_what_is_sealed_is_not_to_be_read_and_comes_back(settings: Settings) -> None:
    sealed = seal(settings, 1, "a key – with ë")
    assert "a key" not in sealed
    assert sealed.isascii()
    assert unseal(settings, 1, sealed) == "a key – with ë"
    assert seal(settings, 1, "a key – with ë") != sealed


def test_it_opens_for_its_own_school_alone_and_under_its_own_secret(settings: Settings) -> None:
    sealed = seal(settings, 1, "a key")
    for other, school in ((settings, 2), (replace(settings, secret="another secret of the tests"), 1)):
        with pytest.raises(CannotOpen):
            unseal(other, school, sealed)
    with pytest.raises(CannotOpen):
        unseal(settings, 1, sealed[:-4] + "AAA=")
