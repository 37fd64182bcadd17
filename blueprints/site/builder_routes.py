"""/site/builder/: the pages of the draft, what is wrong with it, publishing, and what was taken out."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.audit.record import current_actor
from app.domain.site import editing, publishing, versions
from app.domain.site.blocks import KINDS
from app.domain.site.document import MOST_PAGES, Page, SiteDocument
from app.domain.site.drafting import forget, keep, removed_of, the_site
from app.domain.site.editing import LAST, EditError, Gone, Removed, SlugReserved, SlugTaken
from app.domain.site.publishing import NotFit, PublishError
from app.domain.site.shapes import KEY
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.page import render
from blueprints.site.forms import PageForm, PublishForm
from blueprints.site.here import CHANGED, GONE, Answer, Here, here, preview_of, preview_path, print_of, public_url, too_late
from blueprints.site.words import called, excerpt, lines, told

builder_pages = Blueprint("site_builder", __name__, url_prefix="/site/builder", template_folder="templates")
TAKEN_OUT = N_("Somebody else has removed this page meanwhile. What you typed is still here: save it to put the page back.")
LOST = N_(
    "Somebody else has removed this page meanwhile, and its blocks cannot be put back any more. What you typed is still here:"
    " save it to add the page anew."
)


@builder_pages.get("/")
@allow(Permission.SITE_MANAGE)
def show_pages() -> Answer:
    if the_site() is None:
        return render("site/begin.html", heading="builder")
    now = here()
    found = publishing.what_is_wrong(now.draft)
    current = publishing.published(now.site)
    is_new = current is None or current.sha256 != now.draft.sha256
    return render(
        "site/pages.html", site=now.site, draft=now.draft, found=lines(now.draft, found), current=current, is_new=is_new,
        titles={page.key: _called(now, page) for page in now.draft.pages}, preview=preview_path(), address=public_url(),
        removed=_removed(now), most=MOST_PAGES, languages=LANGUAGES,
    )  # fmt: skip


@builder_pages.route("/pages/new", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def new_page() -> Answer:
    now = here()
    form = PageForm(now.draft, None)
    if not form.validate_on_submit():
        return _page_form(now, form, None)
    try:
        document, key = editing.add_page(now.draft, title=form.of("title"), slug=form.slug.data or "")
        document = editing.change_page(
            document, key, title=form.of("title"), description=form.of("description"), slug=form.slug.data or "",
            is_hidden=form.is_hidden.data, in_menu=form.in_menu.data,
        )  # fmt: skip
    except EditError as fault:
        form.slug.errors = [speech().gettext(fault.message)]
        return _page_form(now, form, None)
    keep(now.site, document, "site.add_page", label=form.slug.data or "", by=current_actor())
    flash(speech().gettext("The page is added to the draft."), "ok")
    return redirect(url_for(".show_page", page_key=key), 303)


@builder_pages.get("/pages/<page_key>")
@allow(Permission.SITE_MANAGE)
def show_page(page_key: str) -> Answer:
    now = here()
    page = now.draft.page(page_key) or abort(404)
    found = [one for one in publishing.what_is_wrong(now.draft) if one.page == page_key]
    return render(
        "site/page.html", site=now.site, draft=now.draft, page=page, title=_called(now, page), kinds=KINDS,
        excerpts={block.key: excerpt(now.draft, block) for block in page.blocks}, found=lines(now.draft, found),
        faulty={one.block for one in found if one.is_error}, preview=preview_of(now.draft, page),
        removed=[one for one in _removed(now) if one[0].page == page_key],
    )  # fmt: skip


@builder_pages.route("/pages/<page_key>/edit", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def edit_page(page_key: str) -> Answer:
    now = here()
    page = now.draft.page(page_key)
    if page is None:
        return _edit_removed(now, page_key)
    form = PageForm(now.draft, page, seen=_seen(page))
    if not form.validate_on_submit():
        return _page_form(now, form, page)
    if form.seen.data != _seen(page):
        form.seen.data = _seen(page)
        return _page_form(now, form, page, changed=speech().gettext(CHANGED))
    try:
        document = editing.change_page(
            now.draft, page_key, title=form.of("title"), description=form.of("description"), slug=form.slug.data or "",
            is_hidden=form.is_hidden.data, in_menu=form.in_menu.data,
        )  # fmt: skip
    except (SlugTaken, SlugReserved) as fault:
        form.slug.errors = [speech().gettext(fault.message)]
        return _page_form(now, form, page)
    except EditError as fault:
        form.is_hidden.errors = [speech().gettext(fault.message)]
        return _page_form(now, form, page)
    before, after = _facts(page), _facts(document.page(page_key) or page)
    if keep(now.site, document, "site.change_page", label=_called(now, page), by=current_actor(), before=before, after=after):
        flash(speech().gettext("The draft is saved. Visitors see it once you publish it."), "ok")
    return redirect(url_for(".show_page", page_key=page_key), 303)


@builder_pages.post("/pages/<page_key>/move")
@allow(Permission.SITE_MANAGE)
def move_page(page_key: str) -> Answer:
    now = here()
    page = now.draft.page(page_key)
    if page is None:
        return too_late(Gone.message, ".show_pages")
    to = request.form.get("to", type=int)
    document = editing.move_page(now.draft, page_key, LAST if to is None else to)
    keep(now.site, document, "site.move_page", label=_called(now, page), by=current_actor())
    return redirect(url_for(".show_pages", _anchor=f"page-{page_key}"), 303)


@builder_pages.post("/pages/<page_key>/remove")
@allow(Permission.SITE_MANAGE)
def remove_page(page_key: str) -> Answer:
    now = here()
    page = now.draft.page(page_key)
    if page is None:
        return too_late(Gone.message, ".show_pages")
    try:
        document, removed = editing.remove_page(now.draft, page_key)
    except EditError as fault:
        return too_late(fault.message, ".show_pages")
    keep(now.site, document, "site.remove_page", label=_called(now, page), by=current_actor(), removed=removed)
    flash(speech().gettext("The page is removed from the draft. You can put it back below."), "ok")
    return redirect(url_for(".show_pages"), 303)


@builder_pages.post("/pages/<page_key>/blocks")
@allow(Permission.SITE_MANAGE)
def add_block(page_key: str) -> Answer:
    now = here()
    page = now.draft.page(page_key)
    if page is None:
        return too_late(Gone.message, ".show_pages")
    kind = request.form.get("kind", "")
    if kind not in KINDS:
        return too_late(N_("Choose the kind of block"), ".show_page", page_key=page_key)
    try:
        document, key = editing.add_block(now.draft, page_key, kind, at=0 if kind == "hero" else None)
    except EditError as fault:
        return too_late(fault.message, ".show_page", page_key=page_key)
    keep(now.site, document, "site.add_block", label=_called(now, page), by=current_actor(), after={"kind": kind})
    return redirect(url_for("site_blocks.edit_block", block_key=key), 303)


@builder_pages.post("/removed/<part_key>/restore")
@allow(Permission.SITE_MANAGE)
def restore_part(part_key: str) -> Answer:
    now = here()
    try:
        part = removed_of(now.site, part_key)
        document = editing.put_back(now.draft, part)
    except EditError as fault:
        return too_late(fault.message, ".show_pages")
    keep(now.site, document, "site.put_back", label=called_removed(now, part), by=current_actor())
    forget(now.site, part_key)
    flash(speech().gettext("It is back in the draft."), "ok")
    return redirect(url_for(".show_page", page_key=part.page or part.key), 303)


@builder_pages.route("/publish", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def publish() -> Answer:
    demand_step_up(back=url_for(".publish"))
    now = here()
    form = PublishForm(data={"revision": str(now.site.draft_revision)})
    if not form.validate_on_submit():
        return _publish_page(now, form)
    try:
        revision = int(form.revision.data) if (form.revision.data or "").isdecimal() else 0
        made = publishing.publish(now.site, revision=revision, note=form.note.data or "", by=current_actor())
    except NotFit:
        return _publish_page(now, form)
    except PublishError as fault:
        form.revision.data = str(now.site.draft_revision)
        return _publish_page(now, form, problem=fault.message)
    number = speech().number(made.number)
    flash(speech().gettext("Version %(number)s is published. Visitors see it now.", number=number), "ok")
    return redirect(url_for("site_versions.show_version", number=made.number), 303)


def _publish_page(now: Here, form: PublishForm, *, problem: str = "") -> Answer:
    found = publishing.what_is_wrong(now.draft)
    current = publishing.published(now.site)
    old = SiteDocument.from_bytes(current.document) if current else None
    page = render(
        "site/publish.html", form=form, site=now.site, draft=now.draft, found=lines(now.draft, found), current=current,
        is_fit=not any(one.is_error for one in found), languages=LANGUAGES, preview=preview_path(),
        changes=told(versions.difference(old, now.draft)) if old else [], problem=problem,
        is_new=current is None or current.sha256 != now.draft.sha256,
    )  # fmt: skip
    is_refused = request.method == "POST"
    return (page, 409 if problem else 422) if is_refused else page


def _edit_removed(now: Here, page_key: str) -> Answer:
    """The form of a page that somebody else has taken out meanwhile, as it was typed (409); saved once more, it puts it back.

    A page that cannot be put back any more comes as a new one. 404 for one of which there is neither a part nor a form.
    """
    part = next((one for one, _ in _removed(now) if one.is_page and one.key == page_key), None)
    if request.method == "GET":
        return too_late(Gone.message, ".show_pages") if part else abort(404)
    if part is None and not ("seen" in request.form and KEY.fullmatch(page_key)):
        abort(404)
    before = editing.page_of(part) if part else None
    form = PageForm(now.draft, before, seen=GONE)
    if not form.validate_on_submit():
        return _page_form(now, form, before, is_gone=True)
    if form.seen.data != GONE:
        form.seen.data = GONE
        return _page_form(now, form, before, is_gone=True, changed=speech().gettext(TAKEN_OUT if part else LOST))
    after = Page(
        page_key, form.slug.data or "", form.of("title"), form.of("description"), is_hidden=form.is_hidden.data,
        in_menu=form.in_menu.data, blocks=(),
    )  # fmt: skip
    part = part or Removed(page_key, "", LAST, {"key": page_key, "blocks": []})
    part = part._replace(part=part.part | _facts(after))
    try:
        document = editing.put_back(now.draft, part)
    except (SlugTaken, SlugReserved) as fault:
        form.slug.errors = [speech().gettext(fault.message)]
        return _page_form(now, form, before, is_gone=True)
    except EditError as fault:
        return _page_form(now, form, before, is_gone=True, changed=speech().gettext(fault.message))
    keep(
        now.site, document, "site.put_back", label=called_removed(now, part), by=current_actor(),
        before=_facts(before) if before else None, after=_facts(after),
    )  # fmt: skip
    forget(now.site, page_key)
    flash(speech().gettext("It is back in the draft."), "ok")
    return redirect(url_for(".show_page", page_key=page_key), 303)


def _page_form(now: Here, form: PageForm, page: Page | None, *, changed: str = "", is_gone: bool = False) -> Answer:
    """The form: as it is, with its errors (422), or with what somebody else has done meanwhile (409).

    `is_gone`: the page was taken out.
    """
    drawn = render(
        "site/page_form.html", form=form, draft=now.draft, page=page, languages=LANGUAGES, changed=changed,
        address=public_url(), title=_called(now, page) if page else "", is_gone=is_gone,
    )  # fmt: skip
    return (drawn, 409) if changed else (drawn, 422) if form.problems else drawn


def _removed(now: Here) -> list[tuple[Removed, str]]:
    """What can be put back, with what it is called; of a block only while its page is there."""
    parts = [Removed(**part) for part in now.site.removed]
    return [(part, called_removed(now, part)) for part in parts if part.is_page or now.draft.page(part.page)]


def called_removed(now: Here, part: Removed) -> str:
    """What a part that was taken out is called: a page by its title, a block by its kind and its page."""
    if part.is_page:
        return called(now.draft, part.part["title"], part.part["slug"])
    label = KINDS[part.part["kind"]].label
    page, kind = now.draft.page(part.page), speech().gettext(label)
    return f"{kind} · {_called(now, page)}" if page else kind


def _called(now: Here, page: Page) -> str:
    return called(now.draft, page.title, page.slug)


def _facts(page: Page) -> dict[str, object]:
    return {
        "title": dict(page.title), "slug": page.slug, "description": dict(page.description), "is_hidden": page.is_hidden,
        "in_menu": page.in_menu,
    }  # fmt: skip


def _seen(page: Page) -> str:
    return print_of(_facts(page))
