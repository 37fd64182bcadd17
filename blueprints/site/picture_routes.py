"""/site/pictures/: the pictures of the website: added, described, shown to whoever builds it, removed when unused."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for

from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.domain.school_face import written_languages
from app.domain.site import pictures
from app.domain.site.drafting import draft_of, the_site
from app.domain.site.imaging import BYTES, BadPicture, Drawn, NoPicture, read_picture
from app.domain.site.pictures import PictureError
from app.domain.site.shapes import cleaned
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.site import SitePicture
from app.web.guards import takes_files
from app.web.page import render
from blueprints.site.forms import PictureForm
from blueprints.site.here import Answer, too_late
from blueprints.site.words import called

picture_pages = Blueprint("site_pictures", __name__, url_prefix="/site/pictures", template_folder="templates")
KEPT = "private, max-age=31536000, immutable"  # another picture has another address


@picture_pages.get("/")
@allow(Permission.SITE_MANAGE)
def list_pictures() -> Answer:
    return render(
        "site/pictures.html", rows=pictures.pictures(), used=pictures.in_use(), order=_order(), languages=LANGUAGES,
        form=PictureForm(_order()), most=pictures.MOST,
    )  # fmt: skip


@picture_pages.route("/new", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
@takes_files(BYTES)
def new_picture() -> Answer:
    form = PictureForm(_order())
    sound = form.validate_on_submit()
    if request.method == "GET":
        return render("site/picture_new.html", form=form, languages=LANGUAGES)
    try:
        drawn = _drawn_from(form)
        if sound:
            made = pictures.add(
                drawn, name=form.name.data or _name_of_file(), alt=form.of("alt"), is_decorative=form.is_decorative.data,
                by=current_actor(),
            )  # fmt: skip
            flash(speech().gettext("The picture is added. Choose it in a block."), "ok")
            return redirect(url_for(".edit_picture", picture_id=made.id), 303)
    except (BadPicture, PictureError) as fault:
        form.file.errors = [speech().gettext(fault.message)]
    return render("site/picture_new.html", form=form, languages=LANGUAGES), 422


@picture_pages.route("/<uuid:picture_id>", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def edit_picture(picture_id: UUID) -> Answer:
    picture = pictures.picture(picture_id, hold=request.method == "POST") or abort(404)
    form = PictureForm(_order(), picture)
    if not form.validate_on_submit():
        return _picture_page(picture, form)
    name = form.name.data or picture.name
    try:
        changed = pictures.describe(
            picture, name=name, alt=form.of("alt"), is_decorative=form.is_decorative.data, by=current_actor()
        )  # fmt: skip
    except PictureError as fault:
        form.is_decorative.errors = [speech().gettext(fault.message)]
        return _picture_page(picture, form)
    flash(speech().gettext(N_("Saved.") if changed else N_("Nothing was changed.")), "ok" if changed else "info")
    return redirect(url_for(".edit_picture", picture_id=picture_id), 303)


@picture_pages.route("/<uuid:picture_id>/remove", methods=["GET", "POST"])
@allow(Permission.SITE_MANAGE)
def remove_picture(picture_id: UUID) -> Answer:
    picture = pictures.picture(picture_id, hold=request.method == "POST") or abort(404)
    if request.form.get("sure") != "yes":
        return render("site/picture_remove.html", picture=picture, versions=pictures.old_versions_with(picture_id))
    try:
        pictures.remove(picture, by=current_actor())
    except PictureError as fault:
        return too_late(fault.message, ".edit_picture", picture_id=picture_id)
    flash(speech().gettext("The picture is removed."), "ok")
    return redirect(url_for(".list_pictures"), 303)


@picture_pages.get("/<uuid:picture_id>/<int:width>.webp")
@allow(Permission.SITE_MANAGE)
def show_picture(picture_id: UUID, width: int) -> Answer:
    file = pictures.file_of(picture_id, width) or abort(404)
    answer = Response(file.image, content_type=file.mime)
    answer.headers["Cache-Control"] = KEPT
    return answer


def _picture_page(picture: SitePicture, form: PictureForm) -> Answer:
    site = the_site()
    draft = draft_of(site) if site else None
    uses = [(one, called(draft, one.page.title, one.page.slug)) for one in pictures.uses(picture.id)] if draft else []
    page = render("site/picture.html", picture=picture, form=form, uses=uses, languages=LANGUAGES)
    return (page, 422) if form.problems else page


def _drawn_from(form: PictureForm) -> list[Drawn]:
    """The uploaded picture at its widths; also where other fields are wrong, so that everything is said at once."""
    if not form.file.data:
        raise NoPicture
    with form.file.data.stream as stream:
        return read_picture(stream)


def _name_of_file() -> str:
    """What the picture is called on the device that it came from, without its ending."""
    file = request.files["file"]
    return cleaned((file.filename or "").rpartition("/")[2].rpartition(".")[0])[: pictures.LONGEST_NAME] or "1"


def _order() -> tuple[str, ...]:
    """The languages in which pictures are described: the website's, before there is one the school's."""
    site = the_site()
    return draft_of(site).languages if site else written_languages()
