"""A website to measure on: twelve blocks in three languages, with everything around them, at school 1 of a platform."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import psycopg

from tests.cast import SchoolCast
from tests.notices.arranged import TRILINGUAL, add_notice
from tests.public_site.arranged import (
    DAY,
    a_document,
    a_page,
    add_class,
    add_event,
    add_picture,
    add_review,
    block,
    every_block,
    open_form,
    publish,
    three,
)

SLUG = "school-1"
LANGUAGES = ("en", "af", "zu")


def website(sql: psycopg.Connection[Any]) -> None:
    """Publish it. School 1 has its people already."""
    (person,) = sql.execute("SELECT id FROM person WHERE school_id = 1 ORDER BY id LIMIT 1").fetchone() or (UUID(int=0),)
    somebody = SimpleNamespace(person_id=person)
    school = cast("SchoolCast", SimpleNamespace(id=1, slug=SLUG, admin=somebody, guardian=somebody))
    picture = add_picture(sql, school)
    for number in range(1, 6):
        add_event(sql, school, three(f"Event {number}"), starts=number * DAY)
        add_class(sql, school, f"Club {number}")
        add_notice(sql, school, TRILINGUAL, "Bring water and a hat.\n\nThe buses leave at seven.")
        add_review(sql, school, milestone=f"year:{2020 + number}", body="The teachers know every child by name.")
    open_form(sql, school)
    about = a_page(block("a", "text", heading=three("How we began"), text=three("In 1952.")), slug="about", key="about")
    publish(sql, school, a_document(a_page(*every_block(picture)), about))
