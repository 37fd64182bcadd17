"""How names are put in order."""

import pytest

from app.domain.names import plain, sort_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Nomvula Khumalo", "khumalo nomvula"),
        ("Elsabé Nel", "nel elsabe"),
        ("Pieter van der Merwe", "van der merwe pieter"),
        ("Ruan de Klerk", "de klerk ruan"),
        ("Grace O’Reilly", "oreilly grace"),
        ("Riana O'Reilly", "oreilly riana"),
        ("Anna Nel-Smit", "smit anna nel"),
        ("Johan & Anna Botha", "botha johan anna"),
        ("Van Wyk", "wyk van"),
        ("Anna van", "anna van"),
        ("Sipho", "sipho"),
        ("", ""),
    ],
)
def test_a_name_is_sorted_by_its_surname(name: str, key: str) -> None:
    assert sort_key(name) == key


def test_accents_and_capitals_do_not_part_a_family() -> None:
    assert sort_key("Renée Du Plessis") == sort_key("Renee du Plessis")


def test_a_plain_name_is_ascii_for_an_address() -> None:
    assert plain("Desirée O’Reilly").split() == ["desiree", "oreilly"]
