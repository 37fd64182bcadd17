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
from app.domain.site.drafting import forget, keep, removed_of
from app.domain.site.editing import EditError, Gone
from app.domain.site.pictures import pictures
from app.domain.site.publishing import what_is_wrong
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.page import render
from blueprints.site.block_form import BlockForm, moved_up
from blueprints.site.builder_routes import LAST
from blueprints.site.here import CHANGED, Answer, Here, here, preview_of, too_late
from blueprints.site.words import called, lines, written

block_pages = Blueprint("site_blocks", __name__, url_prefix="/site/builder/blocks", template_folder="templates")
TAKEN_OUT = N_("Somebody else has removed this block meanwhile. What you typed is still here: save it to put the block back.")
GONE = "gone"  # what a form has seen of a block that is not there


class Place(NamedTuple):
    """A block to be written, and its page; `is_gone`: it was taken out of the draft, and `draft` has it where it was."""

    draft: SiteDocument
    page: Page
    block: Block
    is_gone: bool

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
        return too_late(Gone.message, "site_builder.show_page", page_key=place.page.key)
    form = BlockForm(
        place.block.kind, place.block.content, now.draft, pictures(), posted=request.form.keys(), seen=place.seen
    )  # fmt: skip
    if request.method == "GET" or not form.validate():
        return _block_page(now, place, form)
    if form.form.seen.data != place.seen:
        form.form.seen.data = place.seen
        return _block_page(now, place, form, changed=TAKEN_OUT if place.is_gone else CHANGED)
    content, up = form.content(), request.form.get("up", "")
    try:
        document = editing.change_block(place.draft, block_key, moved_up(content, up) if up else content)
    except EditError as fault:
        return _block_page(now, place, form, problem=fault.message)
    _keep(now, place, document)
    if up or "more" in request.form:
        return redirect(url_for(".edit_block", block_key=block_key, _anchor="rows"), 303)
    flash(speech().gettext("The draft is saved. Visitors see it once you publish it."), "ok")
    return redirect(url_for("site_builder.show_page", page_key=place.page.key, _anchor=f"block-{block_key}"), 303)


@block_pages.post("/<block_key>/move")
@allow(Permission.SITE_MANAGE)
def move_block(block_key: str) -> Answer:
    now = here()
    page, block = now.draft.place(block_key) or abort(404)
    to = request.form.get("to", type=int)
    document = editing.move_block(now.draft, block_key, LAST if to is None else to)
    keep(now.site, document, "site.move_block", label=_label(now, page), by=current_actor(), after={"kind": block.kind})
    return redirect(url_for("site_builder.show_page", page_key=page.key, _anchor=f"block-{block_key}"), 303)


@block_pages.post("/<block_key>/copy")
@allow(Permission.SITE_MANAGE)
def copy_block(block_key: str) -> Answer:
    now = here()
    page, block = now.draft.place(block_key) or abort(404)
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
    page, block = now.draft.place(block_key) or abort(404)
    document, removed = editing.remove_block(now.draft, block_key)
    keep(
        now.site, document, "site.remove_block", label=_label(now, page), by=current_actor(), after={"kind": block.kind},
        removed=removed,
    )  # fmt: skip
    flash(speech().gettext("The block is removed from the draft. You can put it back below."), "ok")
    return redirect(url_for("site_builder.show_page", page_key=page.key, _anchor="removed"), 303)


def _place(now: Here, block_key: str) -> Place:
    """Where a block stands, or stood before it was taken out; 404 for one that never was or cannot come back."""
    if found := now.draft.place(block_key):
        return Place(now.draft, *found, is_gone=False)
    try:
        draft = editing.put_back(now.draft, removed_of(now.site, block_key))
    except EditError:
        abort(404)
    return Place(draft, *(draft.place(block_key) or abort(404)), is_gone=True)


def _keep(now: Here, place: Place, document: SiteDocument) -> None:
    before, after = (_facts(one) for one in (place.block, (document.place(place.block.key) or (None, place.block))[1]))
    differing = [name for name in after if after[name] != before[name]]
    keep(
        now.site, document, "site.change_block", label=_label(now, place.page), by=current_actor(),
        before={name: before[name] for name in differing}, after={name: after[name] for name in differing},
    )  # fmt: skip
    if place.is_gone:
        forget(now.site, place.block.key)


def _block_page(now: Here, place: Place, form: BlockForm, *, changed: str = "", problem: str = "") -> Answer:
    """The form: as it is, with its errors (422), or beside what somebody else has saved meanwhile (409)."""
    found = [one for one in what_is_wrong(now.draft) if one.block == place.block.key]
    page = render(
        "site/block.html", form=form.form, groups=form.groups(), kind=KINDS[place.block.kind], page=place.page,
        title=_label(now, place.page), changed=changed and speech().gettext(changed),
        problem=problem and speech().gettext(problem), languages=LANGUAGES, draft=now.draft, block=place.block,
        saved=written(place.block) if changed and not place.is_gone else [], found=lines(now.draft, found),
        preview=preview_of(now.draft, place.page),
    )  # fmt: skip
    return (page, 409) if changed else (page, 422) if request.method == "POST" else page


def _facts(block: Block) -> dict[str, Any]:
    return dict(block.content)


def _label(now: Here, page: Page) -> str:
    return called(now.draft, page.title, page.slug)
