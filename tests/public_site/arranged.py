"""A website as a test needs it, written past the application: its document, what stands around it, and its pictures."""

from __future__ import annotations

import datetime as dt
import hashlib
from io import BytesIO
from typing import Any
from uuid import UUID

import psycopg
from PIL import Image
from psycopg.types.json import Jsonb

from app.domain.site.document import SiteDocument
from app.ids import uuid7
from tests.cast import SchoolCast

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def three(english: str) -> dict[str, str]:
    """A text in every language; each says which."""
    return {"en": english, "af": f"{english} (af)", "zu": f"{english} (zu)"}


def block(key: str, kind: str, **content: Any) -> dict[str, Any]:
    """A block of a page."""
    return {"key": key, "kind": kind, "content": content}


def a_page(*blocks: dict[str, Any], slug: str = "", key: str = "home", **more: Any) -> dict[str, Any]:
    """A page of a document."""
    title = three("Welcome" if not slug else slug.capitalize())
    return {"key": key, "slug": slug, "title": title, "blocks": list(blocks), **more}


def a_document(*pages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole document, as it is kept: validated, with everything that it lacks put in."""
    template = more.get("template", "classic")
    options: dict[str, str] = {"classic": {"header": "start", "corners": "round", "letters": "plain"}}.get(template, {})
    if template == "bands":
        options = {"header": "centre", "corners": "square", "letters": "serif"}
    if template == "column":
        options = {"letters": "serif"}
    base = {"options": options, "languages": ["en", "af", "zu"], "pages": list(pages) or [a_page(*every_block())]}
    return SiteDocument.read({**base, **more}).as_dict()


def every_block(picture: UUID | str = "") -> list[dict[str, Any]]:
    """One block of every kind, and one of text more: twelve."""
    key = str(picture)
    return [
        block("hero", "hero", heading=three("A school among trees"), text=three("We learn **together**."), picture=key,
              button=three("Ask about a place"), target="page:about"),
        block("text", "text", heading=three("Who we are"),
              text=three("Small classes.\n\n- Grade R to 7\n- Three languages, [read on](https://example.org/more)")),
        block("more", "text", heading=three("Our day"), level="3", text=three("School begins at **07:45**.")),
        block("picture", "picture", picture=key, caption=three("The garden in spring")),
        block("staff", "staff", heading=three("Staff"), people=[
            {"name": "Nomvula Khumalo", "role": three("Head"), "picture": key}, {"name": "Sipho Ndlovu", "role": {"en": "Gate"}},
        ]),
        block("classes", "classes", heading=three("Classes and times")),
        block("notices", "notices", heading=three("Notices"), most=4),
        block("events", "events", heading=three("Events"), most=5),
        block("form", "lead_form", heading=three("Ask us")),
        block("reviews", "reviews", heading=three("What families say"), most=6),
        block("map", "map", heading=three("Where we are"), address="12 Hill Road, Bergville",
              directions=three("Behind the church."), target="https://www.openstreetmap.org/node/1"),
        block("contact", "contact", heading=three("Contact"), hours=three("07:30 to 14:00")),
    ]  # fmt: skip


def publish(
    sql: psycopg.Connection[Any], school: SchoolCast, document: dict[str, Any] | None = None, *, is_on: bool = True
) -> int:
    """Publish a document, by default one with every block; the number of its version."""
    read = SiteDocument.read(document or a_document())
    sql.execute(
        "INSERT INTO site (school_id, id, draft) VALUES (%s, %s, %s) ON CONFLICT ON CONSTRAINT site_once DO NOTHING",
        (school.id, uuid7(), Jsonb(read.as_dict())),
    )
    (number,) = sql.execute(
        "INSERT INTO site_version (school_id, id, number, document, sha256, by_name)"
        " SELECT %(s)s, %(id)s, count(*) + 1, %(doc)s, %(sha)s, 'Naledi' FROM site_version WHERE school_id = %(s)s RETURNING number",
        {"s": school.id, "id": uuid7(), "doc": read.written, "sha": hashlib.sha256(read.written).hexdigest()},
    ).fetchone() or (0,)
    sql.execute(
        "UPDATE site SET published_version = %s, is_on = %s, draft = %s, stamp = stamp + 1 WHERE school_id = %s",
        (number, is_on, Jsonb(read.as_dict()), school.id),
    )
    return int(number)


def add_picture(sql: psycopg.Connection[Any], school: SchoolCast, *, alt: dict[str, str] | None = None) -> UUID:
    """A picture at three widths."""
    made = uuid7()
    sql.execute(
        "INSERT INTO site_picture (school_id, id, name, alt, width, height, by_name) VALUES (%s, %s, 'Garden', %s, 1600, 1200, 'Naledi')",
        (school.id, made, Jsonb(three("Children in a garden") if alt is None else alt)),
    )
    for width in (400, 800, 1600):
        drawn = BytesIO()
        Image.linear_gradient("L").resize((width, width * 3 // 4)).convert("RGB").save(drawn, "JPEG", quality=40)
        sql.execute(
            "INSERT INTO site_picture_file (school_id, id, picture_id, width, height, mime, image) VALUES (%s, %s, %s, %s, %s, 'image/jpeg', %s)",
            (school.id, uuid7(), made, width, width * 3 // 4, drawn.getvalue()),
        )
    return made


def add_event(
    sql: psycopg.Connection[Any], school: SchoolCast, title: dict[str, str] | None = None, *, starts: dt.timedelta = DAY,
    lasts: dt.timedelta | None = 2 * HOUR, **columns: Any,
) -> UUID:  # fmt: skip
    """Something that happens at the school; `starts` counts from now."""
    begins = dt.datetime.now(dt.UTC).replace(microsecond=0) + starts
    row = {
        "school_id": school.id, "id": uuid7(), "title": Jsonb(title or three("Open day")),
        "text": Jsonb(columns.pop("text", three("Come and see."))), "place": "School hall", "starts_at": begins,
        "ends_at": begins + lasts if lasts else None, **columns,
    }  # fmt: skip
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    sql.execute(f"INSERT INTO school_event ({names}) VALUES ({marks})", list(row.values()))
    return UUID(str(row["id"]))


def open_form(sql: psycopg.Connection[Any], school: SchoolCast) -> None:
    """Let the school take enquiries by its form."""
    fields = {"email": "optional", "phone": "optional", "child_name": "optional", "child_grade": "optional",
              "child_birth_date": "off", "message": "optional"}  # fmt: skip
    sql.execute(
        "INSERT INTO lead_form (school_id, id, is_open, fields) VALUES (%s, %s, true, %s)"
        " ON CONFLICT ON CONSTRAINT lead_form_once DO UPDATE SET is_open = true",
        (school.id, uuid7(), Jsonb(fields)),
    )


def add_class(sql: psycopg.Connection[Any], school: SchoolCast, name: str = "Choir", *, room: str = "Hall") -> UUID:
    """A class of this year that meets on Mondays and Wednesdays."""
    made, year = uuid7(), dt.datetime.now(dt.UTC).year
    sql.execute(
        "INSERT INTO class_group (school_id, id, name, sort_key, year, is_register) VALUES (%s, %s, %s, %s, %s, false)",
        (school.id, made, name, str(made), year),
    )
    sql.execute(
        "INSERT INTO meeting_time (school_id, id, class_id, weekdays, starts_at, ends_at, from_on, room)"
        " VALUES (%s, %s, %s, '{1,3}', '14:00', '15:00', current_date - 30, %s)",
        (school.id, uuid7(), made, room),
    )
    return made


def add_review(sql: psycopg.Connection[Any], school: SchoolCast, **columns: Any) -> UUID:
    """A review that is shown."""
    row = {
        "school_id": school.id, "id": uuid7(), "person_id": school.guardian.person_id, "milestone": "enrolled", "asked_by": "Naledi",
        "state": "shown", "consents": True,
        "shown_name": "Ayanda D.", "rating": 4, "body": "My child is happy here.", "language": "en",
        "given_at": dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC), **columns,
    }  # fmt: skip
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    sql.execute(f"INSERT INTO review ({names}) VALUES ({marks})", list(row.values()))
    return UUID(str(row["id"]))


def a_website(sql: psycopg.Connection[Any], school: SchoolCast) -> str:
    """A school with a website that has everything, its slug: a home page of every block, and a page at `about`."""
    about = a_page(
        block("a", "text", heading=three("How we began"), text=three("In 1952, under a tree.")), slug="about", key="about"
    )
    picture = add_picture(sql, school)
    add_event(sql, school)
    add_class(sql, school)
    open_form(sql, school)
    add_review(sql, school, answer="Thank you.")
    publish(sql, school, a_document(a_page(*every_block(picture)), about))
    return school.slug
