"""What search engines read: schema.org data about the school, its events and the reviews that stand on the page, all real.

It goes out as a data block, `<script type="application/ld+json">`. Browsers run nothing of it: an element whose type is no
script's is data, and is left before the policy of the page (which allows no script at all) is even asked (HTML, 'prepare the
script element'). It is written so that it cannot end its element: `<`, `>` and `&` stand in it as escapes of JSON.
"""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from app.domain.reviews.shown import BEST, WORST
from app.domain.site.shapes import cleaned
from app.domain.site.showing import Around
from blueprints.public_site.views import BlockView, Viewer

_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&'\u2028\u2029"}


def block(data: Any) -> Markup:
    """JSON that may stand inside a data block of HTML."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(written.translate(_ESCAPES))  # noqa: S704  nothing of HTML is left in it


def about(viewer: Viewer, blocks: list[BlockView], *, public_url: str, page_url: str) -> Markup:
    """The data of a page: the school, with its rating where reviews stand on the page, and the events that it shows."""
    around, graph = viewer.around, []
    school = _school(around, f"{public_url}/s/{around.face.slug}/", public_url)
    for shown in blocks:
        if shown.kind == "reviews":
            school |= _reviews(around, viewer, shown)
        if shown.kind == "events":
            graph = [_event(viewer, item, school, page_url) for item in shown.of["items"]]
    return block({"@context": "https://schema.org", "@graph": [school, *graph]})


def _school(around: Around, url: str, public_url: str) -> dict[str, Any]:
    face = around.face
    data: dict[str, Any] = {"@type": "School", "@id": f"{url}#school", "name": cleaned(face.name), "url": url}
    if around.logo:
        data["logo"] = f"{public_url}{around.logo.path}"
    for name, value in (("email", face.contact_email), ("telephone", face.contact_phone), ("address", face.contact_address)):
        if value:
            data[name] = cleaned(value)
    return data


def _reviews(around: Around, viewer: Viewer, shown: BlockView) -> dict[str, Any]:
    rating = around.rating
    if not rating or rating.average is None:
        return {}
    scale = {"bestRating": BEST, "worstRating": WORST}
    return {
        "aggregateRating": {
            "@type": "AggregateRating", "ratingValue": str(rating.average), "reviewCount": rating.count, **scale,
        },
        "review": [
            {
                "@type": "Review", "author": {"@type": "Person", "name": one.name},
                "datePublished": one.given_at.date().isoformat(),
                "reviewRating": {"@type": "Rating", "ratingValue": one.rating, **scale},
                **({"reviewBody": one.text.text, "inLanguage": one.text.lang or viewer.language} if one.text else {}),
            }
            for one in shown.of["reviews"]
        ],
    }  # fmt: skip


def _event(viewer: Viewer, item: Any, school: dict[str, Any], page_url: str) -> dict[str, Any]:
    zone = viewer.zone
    data = {
        "@type": "Event", "name": item.title.text, "startDate": item.starts_at.astimezone(zone).isoformat(),
        "url": f"{page_url}#e-{item.key}", "inLanguage": item.title.lang or viewer.language,
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode", "eventStatus": "https://schema.org/EventScheduled",
        "organizer": {"@id": school["@id"]},
        "location": {"@type": "Place", "name": item.place or school["name"], "address": school.get("address", school["name"])},
    }  # fmt: skip
    if item.ends_at:
        data["endDate"] = item.ends_at.astimezone(zone).isoformat()
    if item.text:
        data["description"] = " ".join(item.text)
    return data
