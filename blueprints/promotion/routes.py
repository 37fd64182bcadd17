"""The addresses of posters, flyers and social cards."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import asking
from app.audit.record import current_actor
from app.domain.classes import today_here
from app.domain.names import plain
from app.domain.promotion.kinds import KINDS
from app.domain.promotion.layouts import TooLong
from app.domain.promotion.making import TARGETS
from app.domain.promotion.palettes import THEMES
from app.domain.school_face import written_languages
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.promotion import PromotionAsset
from app.web.filters import asked
from app.web.page import render
from blueprints.promotion import operations, queries
from blueprints.promotion.forms import AssetForm, fresh
from blueprints.promotion.suggestions import suggested

pages = Blueprint("promotion", __name__, url_prefix="/marketing/assets", template_folder="templates")
#: what a browser may do with a drawing that it is given as a page of its own: look at it
ALONE = "default-src 'none'; img-src data:; style-src 'none'; frame-ancestors 'none'; sandbox"
KEPT = "private, max-age=31536000, immutable"  # a drawing never changes
#: state -> (tone, word)
STATES = {
    queries.UP_TO_DATE: ("ok", N_("Up to date")),
    queries.OUTDATED: ("warn", N_("Out of date")),
    queries.NOT_DRAWN: ("info", N_("Not drawn yet")),
}


@pages.get("/")
@allow(Permission.MARKETING_MANAGE)
def list_assets() -> ResponseReturnValue:
    filters = asked()
    page = queries.newest(filters.after)
    return render(
        "promotion/list.html", page=page, asked=filters, kinds=KINDS, states=STATES, reader=speech().language,
        default=asking().school_language,
    )  # fmt: skip


@pages.route("/new", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def new_asset() -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        return render("promotion/choose.html", kinds=KINDS) if not kind else abort(404)
    title = f"{speech().gettext(KINDS[kind].label)} {today_here().year}"
    form = AssetForm(kind, written_languages(), fresh(kind, suggested(kind), title))
    if form.validate_on_submit():
        made = operations.add_asset(form.design, queries.around(), by=current_actor())
        flash(speech().gettext("It is made. Look at it, then download or print it."), "ok")
        return redirect(url_for(".show_asset", asset_id=made.id), 303)
    return _form_page(form, None)


@pages.get("/<uuid:asset_id>")
@allow(Permission.MARKETING_MANAGE)
def show_asset(asset_id: UUID) -> ResponseReturnValue:
    asset = queries.asset(asset_id) or abort(404)
    return render(
        "promotion/show.html", asset=asset, kind=KINDS[asset.design.kind], states=STATES, languages=LANGUAGES,
        targets=TARGETS, themes=THEMES,
    )  # fmt: skip


@pages.route("/<uuid:asset_id>/edit", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def edit_asset(asset_id: UUID) -> ResponseReturnValue:
    asset = _held(asset_id)
    form = AssetForm(asset.kind, written_languages(), operations.design_of(asset))
    if form.validate_on_submit():
        if operations.edit_asset(asset, form.design, queries.around(), by=current_actor()):
            flash(speech().gettext("It is saved and drawn anew. The drawings from before are still there."), "ok")
        else:
            flash(speech().gettext("Nothing was different, so nothing was saved."), "info")
        return redirect(url_for(".show_asset", asset_id=asset_id), 303)
    return _form_page(form, asset)


@pages.post("/<uuid:asset_id>/draw")
@allow(Permission.MARKETING_MANAGE)
def draw_asset(asset_id: UUID) -> ResponseReturnValue:
    try:
        operations.draw_again(_held(asset_id), queries.around(), by=current_actor())
    except TooLong:
        flash(speech().gettext("A text does not fit on the sheet any more. Shorten it."), "warn")
        return redirect(url_for(".edit_asset", asset_id=asset_id), 303)
    flash(speech().gettext("It is drawn anew. The drawings from before are still there."), "ok")
    return redirect(url_for(".show_asset", asset_id=asset_id), 303)


@pages.route("/<uuid:asset_id>/remove", methods=["GET", "POST"])
@allow(Permission.MARKETING_MANAGE)
def remove_asset(asset_id: UUID) -> ResponseReturnValue:
    asset = _held(asset_id)
    if request.method != "POST":
        return render("promotion/remove.html", asset=asset)
    operations.remove_asset(asset, by=current_actor())
    flash(speech().gettext("It is removed. What hangs somewhere still leads to the school."), "ok")
    return redirect(url_for(".list_assets"), 303)


@pages.get("/drawings/<uuid:drawing_id>.svg")
@allow(Permission.MARKETING_MANAGE)
def download_svg(drawing_id: UUID) -> ResponseReturnValue:
    return _sent(_file(drawing_id), "svg")


@pages.get("/drawings/<uuid:drawing_id>.png")
@allow(Permission.MARKETING_MANAGE)
def download_png(drawing_id: UUID) -> ResponseReturnValue:
    return _sent(_file(drawing_id), "png")


@pages.get("/drawings/<uuid:drawing_id>/print")
@allow(Permission.MARKETING_MANAGE)
def print_drawing(drawing_id: UUID) -> ResponseReturnValue:
    return render("promotion/print.html", drawing_id=drawing_id, file=_file(drawing_id))


@pages.post("/drawings/<uuid:drawing_id>/remove")
@allow(Permission.MARKETING_MANAGE)
def remove_drawing(drawing_id: UUID) -> ResponseReturnValue:
    drawing = operations.drawing(drawing_id) or abort(404)
    asset_id = drawing.asset_id
    try:
        operations.remove_drawing(drawing, by=current_actor())
    except operations.IsNewest as reason:
        flash(speech().gettext(reason.message), "warn")
    else:
        flash(speech().gettext("The old drawing is removed."), "ok")
    return redirect(url_for(".show_asset", asset_id=asset_id), 303)


def _held(asset_id: UUID) -> PromotionAsset:
    return operations.held(asset_id) or abort(404)


def _file(drawing_id: UUID) -> queries.File:
    return queries.file(drawing_id) or abort(404)


def _sent(file: queries.File, ending: str) -> Response:
    """A drawing as a file: never a page of this site, whatever opens it."""
    content, mime = (file.svg.encode(), "image/svg+xml") if ending == "svg" else (file.png or abort(404), "image/png")
    answer = Response(bytes(content), content_type=mime)
    name = "-".join(plain(file.title).encode("ascii", "ignore").decode().split())[:60] or file.kind
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{file.language}.{ending}"'
    answer.headers["Content-Security-Policy"] = ALONE
    answer.headers["Cache-Control"] = KEPT
    return answer


def _form_page(form: AssetForm, asset: PromotionAsset | None) -> ResponseReturnValue:
    page = render(
        "promotion/form.html", form=form, kind=KINDS[form.kind], asset=asset, languages=LANGUAGES, rooms=KINDS[form.kind].rooms
    )
    return page, 422 if form.problems else 200
