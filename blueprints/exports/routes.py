"""The addresses of exports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from flask import Blueprint, Response, abort, current_app, request

from app.access.gate import allow, demand
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import refuse_download
from app.audit.record import current_actor
from app.exports.dataset import UnknownFilter, datasets_of
from app.exports.writing import MEDIA, Format
from app.i18n.speech import speech
from blueprints.exports import operations

pages = Blueprint("exports", __name__, url_prefix="/exports")
PIECE = 64 * 1024  # bytes
BOM = "bom"  # ?bom=1 begins a CSV as Excel wants it


@pages.get("/<dataset>.<any(csv, xlsx, jsonl):ending>")
@allow(Permission.EXPORTS_VIEW)
def download(dataset: str, ending: str) -> Response:
    wanted = datasets_of(current_app).get(dataset) or abort(404)
    demand(wanted.permission)
    refuse_download()
    if wanted.is_guarded:
        demand_step_up()
    asked = request.args.to_dict()
    bom = asked.pop(BOM, "") == "1"
    try:
        filters = wanted.narrowed(asked)
    except UnknownFilter:
        abort(404)
    to = Format(ending)
    export = operations.take_out(wanted, filters, to=to, bom=bom, voice=speech(), by=current_actor())
    response = Response(_pieces(export.file), content_type=MEDIA[to])
    response.call_on_close(export.file.close)  # also of one that nobody reads to its end
    response.content_length = export.size
    response.headers.set("Content-Disposition", "attachment", filename=export.name)
    return response


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
