"""The addresses of packs: have one made, and fetch it."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from flask import Response, abort, flash, url_for

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import person_here as me_here
from app.access.visits import refuse_download
from app.audit.record import current_actor
from app.domain.personal_data.files import file_of
from app.i18n.speech import speech
from app.tenancy.scope import current_school_id
from blueprints.personal_data import operations, queries
from blueprints.personal_data.queries import PackRow
from blueprints.personal_data.routes import Answer, held_person, may_take, pages, person_here, to_person


@pages.post("/<uuid:person_id>/data/packs")
@allow(Permission.PEOPLE_MANAGE)
def make_pack(person_id: UUID) -> Answer:
    back = url_for(".show_data", person_id=person_id)
    person = held_person(person_id)
    demand_step_up(back=back)
    operations.make_pack(person, language=speech().language, by=current_actor(), by_id=me_here(), url=back)
    flash(speech().gettext("The copy is being made. You find it here when it is ready."), "ok")
    return to_person(person_id)


@pages.get("/<uuid:person_id>/data/packs/<uuid:pack_id>.zip")
@allow(Permission.PEOPLE_MANAGE)
def download_pack(person_id: UUID, pack_id: UUID) -> Answer:
    somebody = person_here(person_id)
    pack = one_of(queries.packs_of(person_id), pack_id)
    if not may_take(pack):
        abort(404)
    refuse_download()
    demand_step_up()
    return fetch(pack, somebody.name)


def one_of(packs: list[PackRow], pack_id: UUID) -> PackRow:
    """A pack that can be fetched now, else 404."""
    pack = next((each for each in packs if each.id == pack_id), None) or abort(404)
    if pack.state != "done" or pack.expires_at is None or pack.expires_at <= clock.now():
        abort(404)
    return pack


def fetch(pack: PackRow, name: str) -> Response:
    """The file of a pack; that it was taken is written down first. 404 for one whose file is gone."""
    path: Path = file_of(current_school_id(), pack.id)
    if not path.is_file():
        abort(404)
    operations.note_download(pack.person_id, name, pack.id, by=current_actor())
    response = Response(path.read_bytes(), content_type="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"personal-data-{pack.id}.zip")
    return response
