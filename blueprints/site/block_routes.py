"""/site/builder/blocks/: one block of the draft: written, moved, copied, removed."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, request, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.site import editing
from app.domain.site.blocks import KINDS
from app.domain.site.document import Block, Page, SiteDocument
from app.domain.site.drafting import forget, keep
from app.domain.site.editing import LAST, EditError, Gone, Removed
from app.domain.site.pictures import pictures
from app.domain.site.publishing import what_is_wrong
from app.domain.site.shapes import KEY
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.page import render
from blueprints.site.block_form import BlockForm, moved_up
from blueprints.site.builder_routes import called_removed
from blueprints.site.here import CHANGED, GONE, Answer, Here, here, preview_of, too_late
from blueprints.site.words import called, lines, written

block_pages = Blueprint("site_blocks", __name__, url_prefix="/site/builder/blocks", template_folder="templates")
TAKEN_OUT = N_("Somebody else has removed this block meanwhile. What you typed is still here: save it to put the block back.")
PAGE_TAKEN_OUT = N_(
    "Somebody else has removed the page of this block meanwhile. What you typed is still here: save it to put the page back."
)
LOST = N_(
    "Somebody else has removed this block meanwhile. What you typed is still here: save it to put it at the end of the page"
    " “%(page)s”."
)


class Place(NamedTuple):
    """A block to be written, and its page. `parts` were taken out of the draft, and are to be put back with the block."""

    page: Page
    block: Block
    parts: tuple[Removed, ...] = ()

    @property
    def is_gone(self) -> bool:
        """Whether the block is not in the draft."""
        return bool(self.parts)

    @property
    def seen(self) -> str:
        """What a form of the block as it is now has seen."""
        return GONE if self.is_gone else self.block.fingerprint


@block_pages.route("/<block_key>", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def edit_block(block_key: str) -> Answer:
    now = here()
    place = _place(now, block_key)
    if place.is_gone and request.method == "GET":
        if now.draft.page(place.page.key):
            return too_late(Gone.message, "site_builder.show_page", page_key=place.page.key)
        return too_late(Gone.message, "site_builder.show_pages")
    form = BlockForm(
        place.block.kind, place.block.content, now.draft, pictures(), posted=request.form.keys(), seen=place.seen,
        page=place.page.key,
    )  # fmt: skip
    if request.method == "GET" or not form.validate():
        return _block_page(now, place, form)
    if form.form.seen.data != place.seen:
        form.form.seen.data = place.seen
        return _block_page(now, place, form, changed=_what_happened(now, place))
    content, up = form.content(), request.form.get("up", "")
    try:
        draft = editing.put_all_back(now.draft, place.parts)
        document = editing.change_block(draft, block_key, moved_up(content, up) if up else content)
    except EditError as fault:
        return _block_page(now, place, form, problem=fault.message)
    _keep(now, place, draft, document)
    if up or "more" in request.form:
        return redirect(url_for(".edit_block", block_key=block_key, _anchor="rows"), 303)
    flash(speech().gettext("The draft is saved. Visitors see it once you publish it."), "ok")
    return redirect(url_for("site_builder.show_page", page_key=place.page.key, _anchor=f"block-{block_key}"), 303)


@block_pages.post("/<block_key>/move")
@allow(Permission.SITE_MANAGE)
def move_block(block_key: str) -> Answer:
    now = here()
    found = now.draft.place(block_key)
    if found is None:
        return too_late(Gone.message, "site_builder.show_pages")
    page, block = found
    to = request.form.get("to", type=int)
    document = editing.move_block(now.draft, block_key, LAST if to is None else to)
    keep(now.site, document, "site.move_block", label=_label(now, page), by=current_actor(), after={"kind": block.kind})
    return redirect(url_for("site_builder.show_page", page_key=page.key, _anchor=f"block-{block_key}"), 303)


@block_pages.post("/<block_key>/copy")
@allow(Permission.SITE_MANAGE)
def copy_block(block_key: str) -> Answer:
    now = here()
    found = now.draft.place(block_key)
    if found is None:
        return too_late(Gone.message, "site_builder.show_pages")
    page, block = found
    try:
        document, key = editing.copy_block(now.draft, block_key)
    except EditError as fault:
        return too_late(fault.message, "site_builder.show_page", page_key=page.key)
    keep(now.site, document, "site.copy_block", label=_label(now, page), by=current_actor(), after={"kind": block.kind})
    flash(speech().gettext("The block is copied; the copy stands below it."), "ok")
    return redirect(url_for("site_builder.show_page", page_key=page.key, _anchor=f"block-{key}"), 303)


@block_pages.post("/<block_key>/remove")
@allow(Permission.SITE_MANAGE)
def remove_block(block_key: str) -> Answer:
    now = here()
    found = now.draft.place(block_key)
    if found is None:
        return too_late(Gone.message, "site_builder.show_pages")
    page, block = found
    document, removed = editing.remove_block(now.draft, block_key)
    keep(
        now.site, document, "site.remove_block", label=_label(now, page), by=current_actor(), after={"kind": block.kind},
        removed=removed,
    )  # fmt: skip
    flash(speech().gettext("The block is removed from the draft. You can put it back below."), "ok")
    return redirect(url_for("site_builder.show_page", page_key=page.key, _anchor="removed"), 303)


def _place(now: Here, block_key: str) -> Place:
    """Where a block stands, or stood before it or its page was taken out; else where the form that came in says that it stood.

    404 for one that neither the draft, nor what was taken out of it, nor such a form knows.
    """
    if found := now.draft.place(block_key):
        return Place(*found)
    removed = [Removed(**part) for part in now.site.removed]
    parts = editing.to_put_back(now.draft, removed, block_key)
    if not parts:
        kind, on_page = request.form.get("kind", ""), request.form.get("on_page", "")
        if kind not in KINDS or not KEY.fullmatch(block_key):
            abort(404)
        lost = Removed(block_key, on_page, LAST, {"key": block_key, "kind": kind, "content": KINDS[kind].empty()})
        parts = editing.to_put_back(now.draft, [*removed, lost], block_key)
    first, last = parts[0], parts[-1]
    page = editing.page_of(first) if first.is_page else now.draft.page(first.page) or abort(404)
    block = next(one for one in page.blocks if one.key == block_key) if last.is_page else Block(**last.part)
    return Place(page, block, parts)


def _what_happened(now: Here, place: Place) -> str:
    """What somebody else has done to a block meanwhile, and what becomes of it with the next saving."""
    if not place.is_gone:
        return speech().gettext(CHANGED)
    first = place.parts[0]
    if first.is_page:
        return speech().gettext(PAGE_TAKEN_OUT)
    return speech().gettext(LOST, page=_label(now, place.page)) if first.at == LAST else speech().gettext(TAKEN_OUT)


def _keep(now: Here, place: Place, draft: SiteDocument, document: SiteDocument) -> None:
    """Keep a document in which the block is changed; `draft` is the one in which what was taken out stands again."""
    if place.is_gone:
        keep(now.site, draft, "site.put_back", label=called_removed(now, place.parts[0]), by=current_actor())
        for part in place.parts:
            forget(now.site, part.key)
    before, after = (_facts(one) for one in (place.block, (document.place(place.block.key) or (None, place.block))[1]))
    differing = [name for name in after if after[name] != before[name]]
    keep(
        now.site, document, "site.change_block", label=_label(now, place.page), by=current_actor(),
        before={name: before[name] for name in differing}, after={name: after[name] for name in differing},
    )  # fmt: skip


def _block_page(now: Here, place: Place, form: BlockForm, *, changed: str = "", problem: str = "") -> Answer:
    """The form: as it is, with its errors (422), or beside what somebody else has saved meanwhile (409)."""
    found = [one for one in what_is_wrong(now.draft) if one.block == place.block.key]
    page = render(
        "site/block.html", form=form.form, groups=form.groups(), kind=KINDS[place.block.kind],
        page=now.draft.page(place.page.key), title=_label(now, place.page), changed=changed,
        problem=problem and speech().gettext(problem), languages=LANGUAGES, draft=now.draft, block=place.block,
        saved=written(place.block) if changed and not place.is_gone else [], found=lines(now.draft, found),
        preview=preview_of(now.draft, now.draft.page(place.page.key) or now.draft.home),
    )  # fmt: skip
    return (page, 409) if changed else (page, 422) if request.method == "POST" else page


def _facts(block: Block) -> dict[str, Any]:
    return dict(block.content)


def _label(now: Here, page: Page) -> str:
    return called(now.draft, page.title, page.slug)
