"""/site/versions/: who published what when, what is different between two, and the way back to an old one."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, request, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import refuse_download
from app.audit.record import current_actor
from app.domain.site import publishing, versions
from app.domain.site.document import SiteDocument
from app.domain.site.drafting import the_site
from app.domain.site.publishing import NotFit, PublishError
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.page import render
from blueprints.site.forms import PublishForm
from blueprints.site.here import Answer, Here, here, preview_path, public_url, too_late
from blueprints.site.words import lines, told

version_pages = Blueprint("site_versions", __name__, url_prefix="/site/versions", template_folder="templates")
PAGE = 25
COMPARED = 100  # of the newest versions are offered to be compared with


@version_pages.get("/")
@allow(Permission.SITE_MANAGE)
def list_versions() -> Answer:
    site = the_site()
    below = request.args.get("below", type=int) or versions.BEYOND
    rows = versions.newest(below=max(1, min(below, versions.BEYOND)), most=PAGE + 1)
    return render(
        "site/versions.html", rows=rows[:PAGE], older=rows[PAGE - 1].number if len(rows) > PAGE else None,
        current=site.published_version if site else None, site=site, address=public_url(),
    )  # fmt: skip


@version_pages.get("/<int:number>")
@allow(Permission.SITE_MANAGE)
def show_version(number: int) -> Answer:
    now, version = here(), versions.version(number) or abort(404)
    chosen = request.args.get("with", type=int) or number
    other = versions.version(chosen) if chosen != number else None
    other = other or next(iter(versions.newest(below=number, most=1)), None)
    others = {one.number for one in versions.newest(most=COMPARED) if one.number != number}
    changes = told(versions.difference(_document(other.number), _document(number))) if other else []
    return render(
        "site/version.html", version=version, current=now.site.published_version, before=other.number if other else None,
        others=sorted(others | {other.number} if other else others, reverse=True), changes=changes, languages=LANGUAGES,
        preview=preview_path(number),
    )  # fmt: skip


@version_pages.get("/<int:number>/document.json")
@allow(Permission.SITE_MANAGE)
def download(number: int) -> Answer:
    refuse_download()
    written = versions.bytes_of(number) or abort(404)
    answer = Response(written, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="website-version-{number}.json"'
    return answer


@version_pages.route("/<int:number>/roll-back", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def roll_back(number: int) -> Answer:
    version = versions.version(number) or abort(404)
    demand_step_up(back=url_for(".roll_back", number=number))
    now, form = here(), PublishForm()
    if not form.validate_on_submit():
        return _roll_back_page(now, form, version)
    try:
        made = publishing.roll_back(now.site, number, note=form.note.data or "", by=current_actor())
    except NotFit:
        return _roll_back_page(now, form, version)
    except PublishError as fault:
        return too_late(fault.message, ".show_version", number=number)
    voice = speech()
    values = {"old": voice.number(number), "number": voice.number(made.number)}
    flash(voice.gettext("Visitors see version %(old)s again; it is version %(number)s now.", **values), "ok")
    return redirect(url_for(".show_version", number=made.number), 303)


@version_pages.route("/<int:number>/draft", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def take_draft(number: int) -> Answer:
    now, version = here(), versions.version(number) or abort(404)
    if request.method == "GET":
        changes = told(versions.difference(now.draft, _document(number)))
        return render("site/take_draft.html", version=version, changes=changes, languages=LANGUAGES)
    voice = speech()
    if publishing.edit_again(now.site, number, by=current_actor()):
        flash(
            voice.gettext("The draft is version %(number)s now. Visitors see no difference.", number=voice.number(number)), "ok"
        )
    else:
        flash(voice.gettext("The draft is the same as this version."), "info")
    return redirect(url_for("site_builder.show_pages"), 303)


def _roll_back_page(now: Here, form: PublishForm, version: versions.Version) -> Answer:
    current, document = publishing.published(now.site), _document(version.number)
    found = publishing.what_is_wrong(document)
    page = render(
        "site/roll_back.html", form=form, version=version, current=current, found=lines(now.draft, found), languages=LANGUAGES,
        is_fit=not any(one.is_error for one in found), preview=preview_path(version.number),
        changes=told(versions.difference(SiteDocument.from_bytes(current.document), document)) if current else [],
    )  # fmt: skip
    return (page, 422) if request.method == "POST" else page


def _document(number: int) -> SiteDocument:
    return SiteDocument.from_bytes(versions.bytes_of(number) or abort(404))
