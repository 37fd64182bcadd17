"""A school that takes enquiries by its form, for the figures of the form: what stands on its page, as a browser would send it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

import html5lib
import psycopg

from app.domain.leads.asking import AT_FIRST

SCHOOL, SLUG, OTHER_SLUG = 1, "school-1", "school-2"
LISTED = "https://www.school.example"
HTML = "{http://www.w3.org/1999/xhtml}"
Fields = list[tuple[str, str]]


def arrange(superuser: str, schools: Sequence[int] = (1, 2)) -> None:
    """Open forms, with a text of consent, that ask the usual; other pages may send them from LISTED."""
    texts = json.dumps(dict.fromkeys(("en", "af", "zu"), "You may keep this to answer me."))
    with psycopg.connect(superuser, autocommit=True) as sql:
        for school in schools:
            sql.execute(
                "INSERT INTO lead_form (school_id, id, is_open, fields, origins) VALUES (%s, uuid7(), true, %s, %s)",
                (school, json.dumps(dict(AT_FIRST)), [LISTED]),
            )
            sql.execute(
                "INSERT INTO lead_consent_text (school_id, id, version, texts, by_name) VALUES (%s, uuid7(), 1, %s, 'bench')",
                (school, texts),
            )


def sent_by_browser(page: str, typed: Mapping[str, str]) -> Fields:
    """What a browser sends of the form on a page: every field as it stands there, with what is typed, boxes ticked."""
    tree = html5lib.parse(page)
    form = next((form for form in tree.iter(HTML + "form") if form.get("method") == "post"), None)
    return [] if form is None else [field for field in (_field(e, typed) for e in form.iter()) if field]


def _field(element: ET.Element, typed: Mapping[str, str]) -> tuple[str, str] | None:
    name = element.get("name")
    if name is None:
        return None
    if element.get("type") == "checkbox":
        return name, "y"
    stands = (element.text or "").removeprefix("\n") if element.tag == HTML + "textarea" else element.get("value", "")
    return name, typed.get(name, stands)
