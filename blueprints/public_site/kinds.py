"""What each kind of block shows: one function a kind. None for a block that has nothing to show, which is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from babel import Locale

from app.domain.notices import paragraphs
from app.domain.reviews.shown import BEST
from app.domain.site.document import Block
from app.domain.site.shapes import cleaned
from app.domain.site.showing import Meeting
from app.domain.site.targets import Way, read_target
from app.domain.site.wording import said
from app.i18n.languages import LANGUAGES
from blueprints.public_site.views import BlockView, ClassShown, Item, Opinion, Person, Time, Viewer, Words, weekdays


def view(viewer: Viewer, block: Block) -> BlockView | None:
    """What a block shows; None for one that has nothing to show."""
    content = block.content
    of = _KINDS[block.kind](viewer, content)
    if of is None:
        return None
    heading, intro = viewer.words(content.get("heading", {})), viewer.prose(content.get("intro", {}))
    return BlockView(block.kind, block.key, heading, content.get("level", "2"), intro, of)


def _hero(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any]:
    button = viewer.link(viewer.words(content["button"]), content["target"])
    return {"text": viewer.prose(content["text"]), "picture": viewer.picture(content["picture"]), "button": button}


def _text(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": viewer.prose(content["text"])}


def _picture(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any] | None:
    picture = viewer.picture(content["picture"])
    return {"picture": picture, "caption": viewer.words(content["caption"]), "size": content["size"]} if picture else None


def _staff(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any] | None:
    people = [
        Person(cleaned(row["name"]), viewer.words(row["role"]), viewer.picture(row["picture"]), _initials(row["name"]))
        for row in content["people"]
        if row["name"]
    ]
    return {"people": people} if people else None


def _classes(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any] | None:
    found = viewer.around.classes.get(content["which"], ())
    shows = content["shows_times"]
    told = [
        ClassShown(cleaned(one.name), [_time(meeting, viewer.language) for meeting in one.meetings] if shows else [])
        for one in found
    ]
    return {"classes": told, "shows_times": shows and any(one.times for one in told)} if told else None


def _notices(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any]:
    items = [
        _item(viewer, notice, notice.message, place="", urgent=notice.urgent)
        for notice in viewer.around.notices[: content["most"]]
    ]
    return {"items": items}


def _events(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any]:
    items = [
        _item(viewer, event, event.text, place=cleaned(event.place), urgent=False)
        for event in viewer.around.events[: content["most"]]
    ]
    return {"items": items}


def _lead_form(viewer: Viewer, _content: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"form": viewer.around.form} if viewer.around.form else None


def _reviews(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any] | None:
    rating = viewer.around.rating
    if rating is None or rating.average is None:
        return None
    shown = [
        Opinion(
            cleaned(one.name), one.rating,
            Words(cleaned(one.text, lines=True), "" if one.language == viewer.language else one.language),
            one.given_at, cleaned(one.answer or "", lines=True),
        )
        for one in viewer.around.reviews[: content["most"]]
    ]  # fmt: skip
    return {"reviews": shown, "average": in_words(rating.average, viewer.language), "count": rating.count, "best": BEST}


def _map(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any]:
    href, is_away = viewer.way(content["target"])
    return {
        "address": cleaned(content["address"]), "directions": viewer.prose(content["directions"]),
        "href": href if is_away else "",
    }  # fmt: skip


def _contact(viewer: Viewer, content: Mapping[str, Any]) -> dict[str, Any]:
    face = viewer.around.face
    mail = face.contact_email if content["shows_email"] else None
    phone = face.contact_phone if content["shows_phone"] else None
    address = face.contact_address if content["shows_address"] else None
    return {
        "mail": mail or "", "mail_href": read_target(f"mailto:{mail}").value if is_mail(mail) else "",
        "phone": phone or "", "phone_href": "tel:" + "".join(sign for sign in phone or "" if sign in "+0123456789"),
        "address": [line for line in cleaned(address or "", lines=True).split("\n") if line],
        "hours": viewer.prose(content["hours"]),
    }  # fmt: skip


def is_mail(address: str | None) -> bool:
    """Whether an address may stand behind `mailto:`."""
    return bool(address) and read_target(f"mailto:{address}").way is Way.MAIL


def in_words(average: Decimal | None, language: str) -> str:
    """A mean rating as the language writes it: 4,7."""
    point = Locale.parse(LANGUAGES[language].cldr).number_symbols["latn"]["decimal"]
    return str(average or "").replace(".", str(point))


def _time(meeting: Meeting, language: str) -> Time:
    names = weekdays(language)
    days = ", ".join(names[number - 1] for number in sorted(meeting.weekdays))
    return Time(
        days, f"{meeting.starts_at:%H:%M}", f"{meeting.ends_at:%H:%M}", meeting.every_weeks, cleaned(meeting.room or "")
    )


def _item(viewer: Viewer, row: Any, text: Mapping[str, str], *, place: str, urgent: bool) -> Item:
    told = said(text, viewer.language, viewer.order)
    day, month = viewer.day_and_month(row.starts_at)
    return Item(
        str(row.id), viewer.words(row.title), paragraphs(cleaned(told.text, lines=True)),
        "" if told.language == viewer.language else told.language, place, urgent, row.starts_at, row.ends_at,
        row.ends_at is not None and row.starts_at.astimezone(viewer.zone).date() == row.ends_at.astimezone(viewer.zone).date(),
        day, month,
    )  # fmt: skip


def _initials(name: str) -> str:
    names = name.split()
    return (names[0][0] + (names[-1][0] if len(names) > 1 else "")).upper() if names else ""


_KINDS: dict[str, Callable[[Viewer, Mapping[str, Any]], dict[str, Any] | None]] = {
    "hero": _hero, "text": _text, "picture": _picture, "staff": _staff, "classes": _classes, "notices": _notices,
    "events": _events, "lead_form": _lead_form, "reviews": _reviews, "map": _map, "contact": _contact,
}  # fmt: skip
