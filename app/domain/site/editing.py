"""How one draft becomes the next: pure functions from a document to a document, each of which leaves it valid.

Parts are named by their keys, so that what two people do at once to different parts of a site both holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, NoReturn, TypeVar

from app.domain.site.blocks import KINDS
from app.domain.site.document import (
    MOST_BLOCKS,
    MOST_PAGES,
    RESERVED,
    BadDocument,
    Block,
    Page,
    SiteDocument,
)
from app.i18n.catalogue import N_

KEPT = 12  # parts that can be put back
LAST = 10_000  # a place behind every other
Part = TypeVar("Part")


class EditError(Exception):
    """Why a site cannot be changed so; `message` is for people, marked with N_."""

    message = ""


class Gone(EditError):
    """What was to be changed is not there: somebody else has removed it."""

    message = N_("Somebody else has removed this meanwhile. Nothing was changed.")


class TooManyPages(EditError):
    message = N_("A website has at most 20 pages. Remove one first.")


class TooManyBlocks(EditError):
    message = N_("A page has at most 40 blocks. Remove one first.")


class OnlyOnce(EditError):
    message = N_("A page has at most one block of this kind.")


class HomeStays(EditError):
    message = N_("The home page cannot be removed or hidden: it is what visitors see first.")


class SlugTaken(EditError):
    message = N_("Another page has this address. Choose another one.")


class SlugReserved(EditError):
    message = N_("This address is used by the website itself. Choose another one.")


class TooLarge(EditError):
    message = N_("The website would become too large. Make a text shorter or remove a page.")


class Unfit(EditError):
    """A value that no form lets through; `errors` say which."""

    message = N_("This cannot be saved as it is.")

    def __init__(self, errors: Any) -> None:
        super().__init__(str(errors))
        self.errors = errors


class Removed(NamedTuple):
    """A part that was taken out, and where it stood: a page, or a block of the page `page`. JSON keeps it as `as_dict`."""

    key: str
    page: str
    at: int
    part: dict[str, Any]

    @property
    def is_page(self) -> bool:
        """Whether it is a whole page."""
        return not self.page

    def as_dict(self) -> dict[str, Any]:
        """How a site keeps it."""
        return self._asdict()


def add_page(site: SiteDocument, *, title: Mapping[str, str], slug: str) -> tuple[SiteDocument, str]:
    """A further page, empty and last; also its key. Raises EditError."""
    if len(site.pages) >= MOST_PAGES:
        raise TooManyPages
    _refuse_slug(site, slug, of=None)
    page = Page(_new_key(site), slug, dict(title), {}, is_hidden=False, in_menu=True, blocks=())
    return _checked(replace(site, pages=(*site.pages, page))), page.key


def change_page(
    site: SiteDocument, key: str, *, title: Mapping[str, str], description: Mapping[str, str], slug: str, is_hidden: bool,
    in_menu: bool,
) -> SiteDocument:  # fmt: skip
    """A page with another name, address or place in the menu. The home keeps its address, and is never hidden."""
    page = site.page(key) or _gone()
    if not page.slug and (slug or is_hidden):
        raise HomeStays
    if page.slug:
        _refuse_slug(site, slug, of=key)
    changed = replace(
        page, title=dict(title), description=dict(description), slug=slug, is_hidden=is_hidden, in_menu=in_menu
    )  # fmt: skip
    return _checked(_with_page(site, changed))


def move_page(site: SiteDocument, key: str, to: int) -> SiteDocument:
    """A page at another place among the pages, counted from 0; beyond either end it stands at that end."""
    page = site.page(key) or _gone()
    return _checked(replace(site, pages=_moved(site.pages, page, to)))


def remove_page(site: SiteDocument, key: str) -> tuple[SiteDocument, Removed]:
    """The site without a page, and what puts it back."""
    page = site.page(key) or _gone()
    if not page.slug:
        raise HomeStays
    at = site.pages.index(page)
    part = site.as_dict()["pages"][at]
    return _checked(replace(site, pages=_without(site.pages, page))), Removed(key, "", at, part)


def add_block(site: SiteDocument, page_key: str, kind: str, *, at: int | None = None) -> tuple[SiteDocument, str]:
    """A new, empty block on a page, last or at a place counted from 0; also its key."""
    page = site.page(page_key) or _gone()
    if kind not in KINDS:
        raise Unfit(kind)
    block = Block(_new_key(site), kind, KINDS[kind].empty())
    return _with_block(site, page, block, len(page.blocks) if at is None else at), block.key


def change_block(site: SiteDocument, key: str, content: Mapping[str, Any]) -> SiteDocument:
    """A block with something else in it."""
    page, block = site.place(key) or _gone()
    blocks = tuple(replace(one, content=dict(content)) if one is block else one for one in page.blocks)
    return _checked(_with_page(site, replace(page, blocks=blocks)))


def move_block(site: SiteDocument, key: str, to: int) -> SiteDocument:
    """A block at another place of its page, counted from 0; beyond either end it stands at that end."""
    page, block = site.place(key) or _gone()
    return _checked(_with_page(site, replace(page, blocks=_moved(page.blocks, block, to))))


def copy_block(site: SiteDocument, key: str) -> tuple[SiteDocument, str]:
    """The same block once more, below the first; also its key. Of a kind that stands once on a page there is no copy."""
    page, block = site.place(key) or _gone()
    made = replace(block, key=_new_key(site))
    return _with_block(site, page, made, page.blocks.index(block) + 1), made.key


def remove_block(site: SiteDocument, key: str) -> tuple[SiteDocument, Removed]:
    """The site without a block, and what puts it back."""
    page, block = site.place(key) or _gone()
    at = page.blocks.index(block)
    part = {"key": block.key, "kind": block.kind, "content": dict(block.content)}
    return _checked(_with_page(site, replace(page, blocks=_without(page.blocks, block)))), Removed(key, page.key, at, part)


def put_back(site: SiteDocument, removed: Removed) -> SiteDocument:
    """What was taken out, where it stood or as near as there is. Raises EditError; Gone where its page is not there."""
    if removed.is_page:
        if len(site.pages) >= MOST_PAGES:
            raise TooManyPages
        _refuse_slug(site, removed.part["slug"], of=None)
        data = site.as_dict()
        data["pages"].insert(removed.at, removed.part)
        return _read(data)
    page = site.page(removed.page) or _gone()
    block = Block(removed.key, removed.part["kind"], removed.part["content"])
    return _with_block(site, page, block, removed.at)


def put_all_back(site: SiteDocument, parts: Sequence[Removed]) -> SiteDocument:
    """What was taken out, one part after the other. Raises EditError, as `put_back` does."""
    for part in parts:
        site = put_back(site, part)
    return site


def to_put_back(site: SiteDocument, removed: Sequence[Removed], block_key: str) -> tuple[Removed, ...]:
    """What a block that is not there comes back with, for `put_all_back`: itself, its page, or its page and then itself.

    One whose page is gone for good comes to the end of the home page. Empty where no part of `removed` has the block.
    """
    own = next((part for part in removed if part.key == block_key and not part.is_page), None)
    if own and site.page(own.page):
        return (own,)
    for part in removed:
        if part.is_page and (part.key == own.page if own else any(one["key"] == block_key for one in part.part["blocks"])):
            return (part, own) if own else (part,)
    return (own._replace(page=site.home.key, at=LAST),) if own else ()


def page_of(removed: Removed) -> Page:
    """A page that was taken out, as it stood in the draft."""
    return Page(**removed.part | {"blocks": tuple(Block(**one) for one in removed.part["blocks"])})


def change_settings(site: SiteDocument, **values: Any) -> SiteDocument:
    """The site with other settings: `template`, `options`, `theme`, `accent`, `ground`, `languages`, `title`, `description`."""
    return _checked(replace(site, **values))


def kept(before: Sequence[Mapping[str, Any]], removed: Removed) -> list[dict[str, Any]]:
    """What can be put back, the newest first, with one more part; the oldest make room for it."""
    return [removed.as_dict(), *(dict(one) for one in before if one["key"] != removed.key)][:KEPT]


def _with_block(site: SiteDocument, page: Page, block: Block, at: int) -> SiteDocument:
    if len(page.blocks) >= MOST_BLOCKS:
        raise TooManyBlocks
    if KINDS[block.kind].once and any(one.kind == block.kind for one in page.blocks):
        raise OnlyOnce
    at = max(0, min(at, len(page.blocks)))
    return _checked(_with_page(site, replace(page, blocks=(*page.blocks[:at], block, *page.blocks[at:]))))


def _with_page(site: SiteDocument, page: Page) -> SiteDocument:
    return replace(site, pages=tuple(page if one.key == page.key else one for one in site.pages))


def _moved(parts: tuple[Part, ...], part: Part, to: int) -> tuple[Part, ...]:
    others = _without(parts, part)
    to = max(0, min(to, len(others)))
    return (*others[:to], part, *others[to:])


def _without(parts: tuple[Part, ...], part: Part) -> tuple[Part, ...]:
    return tuple(one for one in parts if one is not part)


def _refuse_slug(site: SiteDocument, slug: str, *, of: str | None) -> None:
    if not slug or slug in RESERVED:
        raise SlugReserved
    if any(page.slug == slug and page.key != of for page in site.pages):
        raise SlugTaken


def _new_key(site: SiteDocument) -> str:
    taken = {page.key for page in site.pages} | {block.key for _, block in site.places()}
    while (key := secrets.token_hex(5)) in taken:
        pass
    return key


def _gone() -> NoReturn:
    raise Gone


def _checked(site: SiteDocument) -> SiteDocument:
    """The same document as a reader of its bytes would have it. Raises TooLarge, Unfit."""
    return _read(site.as_dict())


def _read(data: Mapping[str, Any]) -> SiteDocument:
    try:
        return SiteDocument.read(data)
    except BadDocument as error:
        raise (TooLarge() if "size" in error.errors else Unfit(error.errors)) from None
