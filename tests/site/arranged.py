"""Websites, their pictures, their links and the events of schools, put where a test needs them."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from typing import Any
from uuid import UUID

import psycopg
from PIL import Image

from app.domain.site.blocks import KINDS
from app.domain.site.document import SiteDocument
from app.ids import uuid7
from tests.cast import SchoolCast


def a_block(kind: str, key: str, **content: Any) -> dict[str, Any]:
    """A block with everything that its kind has, these things written."""
    return {"key": key, "kind": kind, "content": KINDS[kind].empty() | content}


def a_page(key: str, slug: str, *blocks: dict[str, Any], title: str = "", **more: Any) -> dict[str, Any]:
    """A page with these blocks."""
    return {"key": key, "slug": slug, "title": {"en": title or key.title()}, "blocks": list(blocks), **more}


def a_document(*pages: dict[str, Any], **more: Any) -> SiteDocument:
    """A site in English with these pages; without any it has a home with a welcome, and could be published."""
    welcome = a_block("text", "welcome", heading={"en": "Welcome"}, text={"en": "We are a school."})
    data = {
        "languages": ["en"], "title": {"en": "Thaba Nkulu"}, "description": {"en": "A school."},
        "options": {"header": "start", "corners": "round", "letters": "plain"},
        "pages": list(pages) or [a_page("home", "", welcome)],
    }  # fmt: skip
    return SiteDocument.read(data | more)


def add_site(
    sql: psycopg.Connection[Any], school: SchoolCast, document: SiteDocument | None = None, *, published: bool = True
) -> UUID:
    """A website whose draft is this document, published as version 1 unless told otherwise."""
    document, made = document or a_document(), uuid7()
    sql.execute(
        "INSERT INTO site (school_id, id, is_on, draft, published_version) VALUES (%s, %s, %s, %s, %s)",
        (school.id, made, published, json.dumps(document.as_dict()), 1 if published else None),
    )
    if published:
        add_version(sql, school, 1, document)
    return made


def add_version(sql: psycopg.Connection[Any], school: SchoolCast, number: int, document: SiteDocument) -> None:
    """A version of the website of a school; which one visitors see stays as it is."""
    sql.execute(
        "INSERT INTO site_version (school_id, id, number, document, sha256, by_name) VALUES (%s, %s, %s, %s, %s, 'Naledi')",
        (school.id, uuid7(), number, document.written, hashlib.sha256(document.written).hexdigest()),
    )


def a_picture(
    sql: psycopg.Connection[Any], school: SchoolCast, *, alt: str = '{"en": "A tree"}', decorative: bool = False
) -> UUID:
    """A picture at one width, of whose file only the address matters."""
    made = uuid7()
    sql.execute(
        "INSERT INTO site_picture (school_id, id, name, alt, is_decorative, width, height, by_name)"
        " VALUES (%s, %s, 'The tree', %s, %s, 320, 200, 'Naledi')",
        (school.id, made, alt, decorative),
    )
    sql.execute(
        "INSERT INTO site_picture_file (school_id, id, picture_id, width, height, mime, image)"
        " VALUES (%s, %s, %s, 320, 200, 'image/webp', 'x')",
        (school.id, uuid7(), made),
    )
    return made


def a_happening(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """An event of the school, tomorrow."""
    made = uuid7()
    sql.execute(
        "INSERT INTO school_event (school_id, id, title, text, place, starts_at) VALUES (%s, %s, %s, '{}', 'The hall',"
        " now() + interval '1 day')",
        (school.id, made, '{"en": "Open day"}'),
    )
    return made


def a_preview(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A preview link that holds, to which nobody knows the token."""
    made = uuid7()
    sql.execute(
        "INSERT INTO site_preview (school_id, id, token_hash, note, expires_at, by_name)"
        " VALUES (%s, %s, %s, 'The governing body', now() + interval '1 day', 'Naledi')",
        (school.id, made, str(made)),
    )
    return made


def drawn(form: str, size: tuple[int, int], colour: str = "#2f6b4f", **how: Any) -> bytes:
    """A picture file of one colour."""
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, form, **how)
    return file.getvalue()


#: how to make the thing that a rule's argument names, and what stands in the others; the site of the first school has them
THINGS = {"picture_id": a_picture, "happening_id": a_happening, "preview_id": a_preview}
OTHERS = {"page_key": "home", "block_key": "welcome", "part_key": "gone", "number": "1"}
