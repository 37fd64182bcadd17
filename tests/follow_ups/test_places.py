"""The places of a text: filled once, checked when it is saved."""

from __future__ import annotations

from app.domain.follow_ups.places import PLACES, fill, places_of, unknown_places


def test_values_take_their_places():
    filled = fill("Dear {name}, { child } starts at {school}.", {"name": "Lindiwe", "child": "Zanele", "school": "Thaba"})
    assert filled == ("Dear Lindiwe, Zanele starts at Thaba.", ())


def test_what_is_not_known_stays_and_is_named_once():
    assert fill("{date} or {date}, {name}", {"name": "Lindiwe", "date": ""}) == ("{date} or {date}, Lindiwe", ("date",))


def test_a_value_is_no_place():
    assert fill("{name}", {"name": "{form}", "form": "https://example.org"}).text == "{form}"


def test_a_place_that_nobody_knows_is_found():
    assert unknown_places("{nmae} {name} {} {Name}") == ["nmae", "", "Name"]
    assert unknown_places("no braces } { at all\n{over\nlines}") == []


def test_each_place_is_found_in_its_order():
    assert places_of("{form} {name} {form}") == ["form", "name"]
    assert set(PLACES) >= {"name", "child", "school", "date", "sender", "form"}
