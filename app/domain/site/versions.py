"""Versions of a website: the list of them, and in plain words what one has that another has not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select

from app.domain.site.blocks import KINDS
from app.domain.site.document import Block, Page, SiteDocument
from app.domain.site.looks import TEMPLATES
from app.domain.site.shapes import Field, Shape
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.models.site import SiteVersion
from app.tenancy.reading import Prepared, reading


class Version(NamedTuple):
    """A version as a list shows it; `size` is in bytes, `same_as` the number of the one that it brought back."""

    number: int
    sha256: str
    note: str
    same_as: int | None
    published_at: dt.datetime
    by_name: str
    size: int


class _Bytes(NamedTuple):
    document: bytes


_COLUMNS = (
    SiteVersion.number, SiteVersion.sha256, SiteVersion.note, SiteVersion.same_as, SiteVersion.published_at,
    SiteVersion.by_name, func.length(SiteVersion.document).label("size"),
)  # fmt: skip
_NEWEST = Prepared(
    select(*_COLUMNS)
    .where(SiteVersion.number < bindparam("below"))
    .order_by(SiteVersion.number.desc())
    .limit(bindparam("most")),
    Version,
)
_ONE = Prepared(select(*_COLUMNS).where(SiteVersion.number == bindparam("number")), Version)
_BYTES = Prepared(select(SiteVersion.document).where(SiteVersion.number == bindparam("number")), _Bytes)

BEYOND = 2**31 - 1


def newest(*, below: int = BEYOND, most: int = 25) -> list[Version]:
    """The versions of the current school with a number under `below`, the newest first."""
    with reading() as cursor:
        return _NEWEST.all(cursor, below=below, most=most)


def version(number: int) -> Version | None:
    """The version of a number; None where there is none."""
    if not 0 < number < BEYOND:
        return None
    with reading() as cursor:
        return next(iter(_ONE.all(cursor, number=number)), None)


def bytes_of(number: int) -> bytes | None:
    """What was published as a version, to the byte."""
    if not 0 < number < BEYOND:
        return None
    with reading() as cursor:
        found = _BYTES.all(cursor, number=number)
    return bytes(found[0].document) if found else None


#: kind of a change -> what it is, as a message; `page`, `kind`, `field` and `language` are details, some of them messages
CHANGES = {
    "page_added": N_("Page “%(page)s” was added."),
    "page_removed": N_("Page “%(page)s” was removed."),
    "page_moved": N_("Page “%(page)s” stands elsewhere in the menu."),
    "page_hidden": N_("Page “%(page)s” was hidden."),
    "page_shown": N_("Page “%(page)s” is shown again."),
    "page_in_menu": N_("The menu names page “%(page)s”."),
    "page_out_of_menu": N_("The menu no longer names page “%(page)s”."),
    "page_slug": N_("Page “%(page)s” has another address."),
    "page_title": N_("Page “%(page)s” has another title in %(language)s."),
    "page_description": N_("Page “%(page)s” has another description in %(language)s."),
    "block_added": N_("On page “%(page)s” a block was added: %(kind)s."),
    "block_removed": N_("On page “%(page)s” a block was removed: %(kind)s."),
    "block_moved": N_("On page “%(page)s” a block stands elsewhere: %(kind)s."),
    "text_changed": N_("On page “%(page)s”, %(kind)s: “%(field)s” is different in %(language)s."),
    "value_changed": N_("On page “%(page)s”, %(kind)s: “%(field)s” is different."),
    "site_title": N_("The title of the website is different in %(language)s."),
    "site_description": N_("The description of the website is different in %(language)s."),
    "languages": N_("The languages of the website, or their order, are different."),
    "template": N_("The website has another template."),
    "options": N_("The template is set differently."),
    "theme": N_("The website has other colours."),
}


class Change(NamedTuple):
    """Something that is different. `old` and `new` are texts as they were written, or messages where `is_message`."""

    code: str
    page: str = ""
    kind: str = ""
    field: str = ""
    language: str = ""
    old: str = ""
    new: str = ""
    is_message: bool = False


def difference(old: SiteDocument, new: SiteDocument) -> list[Change]:
    """What is different in `new`, in the order in which somebody reads a site. Equal documents: nothing."""
    changes = [*_settings(old, new)]
    before = {page.key: page for page in old.pages}
    after = {page.key: page for page in new.pages}
    changes += [Change("page_removed", _called(page, old)) for key, page in before.items() if key not in after]
    moved = _moved([*before], [*after])
    for key, page in after.items():
        called = _called(page, new)
        if key not in before:
            changes.append(Change("page_added", called))
            changes += [Change("block_added", called, KINDS[block.kind].label) for block in page.blocks]
            continue
        if key in moved:
            changes.append(Change("page_moved", called))
        changes += _page(before[key], page, called)
    return changes


def _settings(old: SiteDocument, new: SiteDocument) -> Iterator[Change]:
    if old.template != new.template:
        yield Change(
            "template", old=TEMPLATES[old.template].label, new=TEMPLATES[new.template].label, is_message=True
        )  # fmt: skip
    elif old.options != new.options:
        yield Change("options", old=_listed(old.options.values()), new=_listed(new.options.values()))
    if (old.theme, old.accent, old.ground) != (new.theme, new.accent, new.ground):
        yield Change("theme", old=_colours(old), new=_colours(new))
    if old.languages != new.languages:
        yield Change(
            "languages", old=_listed(LANGUAGES[code].name for code in old.languages),
            new=_listed(LANGUAGES[code].name for code in new.languages),
        )  # fmt: skip
    yield from _texts("site_title", old.title, new.title)
    yield from _texts("site_description", old.description, new.description)


def _page(old: Page, new: Page, called: str) -> Iterator[Change]:
    if old.is_hidden != new.is_hidden:
        yield Change("page_hidden" if new.is_hidden else "page_shown", called)
    if old.in_menu != new.in_menu:
        yield Change("page_in_menu" if new.in_menu else "page_out_of_menu", called)
    if old.slug != new.slug:
        yield Change("page_slug", called, old=f"/{old.slug}", new=f"/{new.slug}")
    yield from _texts("page_title", old.title, new.title, page=called)
    yield from _texts("page_description", old.description, new.description, page=called)
    before = {block.key: block for block in old.blocks}
    after = {block.key: block for block in new.blocks}
    for key, block in before.items():
        if key not in after:
            yield Change("block_removed", called, KINDS[block.kind].label)
    moved = _moved([*before], [*after])
    for key, block in after.items():
        label = KINDS[block.kind].label
        if key not in before:
            yield Change("block_added", called, label)
            continue
        if key in moved:
            yield Change("block_moved", called, label)
        yield from _block(before[key], block, called, label)


def _block(old: Block, new: Block, called: str, label: str) -> Iterator[Change]:
    if old.kind != new.kind:
        return
    for field in KINDS[new.kind].fields:
        one, other = old.content[field.name], new.content[field.name]
        if one == other:
            continue
        if field.is_by_language:
            yield from _texts("text_changed", one, other, page=called, kind=label, field=field.label)
        else:
            yield Change(
                "value_changed", called, label, field.label, old=_shown(field, one), new=_shown(field, other),
                is_message=field.shape is Shape.CHOICE,
            )  # fmt: skip


def _texts(
    code: str, old: Mapping[str, str], new: Mapping[str, str], *, page: str = "", kind: str = "", field: str = ""
) -> Iterator[Change]:  # fmt: skip
    for language in LANGUAGES:
        one, other = old.get(language, ""), new.get(language, "")
        if one != other:
            yield Change(code, page, kind, field, language, one, other)


def _shown(field: Field, value: Any) -> str:
    """A value for people: a choice as its message, several rows by what names them, a picture not at all."""
    match field.shape:
        case Shape.CHOICE:
            return field.choices[value]
        case Shape.ROWS:
            return "\n".join(" · ".join(_row(field, row)) for row in value)
        case Shape.FLAG:
            return "✓" if value else "–"
        case Shape.PICTURE:
            return ""
        case _:
            return str(value)


def _row(field: Field, row: Mapping[str, Any]) -> Iterator[str]:
    for part in field.rows:
        value = row[part.name]
        if part.is_by_language:
            yield from value.values()
        elif part.shape is Shape.LINE and value:
            yield value


def _called(page: Page, site: SiteDocument) -> str:
    """A page by its title in the site's own language, else by its address."""
    titles = (page.title.get(code) for code in (*site.languages, *LANGUAGES))
    return next((title for title in titles if title), f"/{page.slug}")


def _moved(old: list[str], new: list[str]) -> set[str]:
    """Of the keys that both have, those that do not stand in the longest run that kept its order."""
    places = {key: number for number, key in enumerate(old)}
    common = [key for key in new if key in places]
    best: list[list[str]] = []
    for number, key in enumerate(common):
        best.append([*_longest([best[i] for i in range(number) if places[common[i]] < places[key]]), key])
    stays = set(_longest(best))
    return {key for key in common if key not in stays}


def _longest(runs: list[list[str]]) -> list[str]:
    best: list[str] = []
    for run in runs:
        best = run if len(run) > len(best) else best
    return best


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _colours(site: SiteDocument) -> str:
    """The accent and the ground, as they are shown."""
    return f"{site.theme}: {site.palette.accent}, {site.palette.ground}"
