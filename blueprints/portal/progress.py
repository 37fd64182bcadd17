"""The status bar's own addresses: its fragment, and waving a job away."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.access.gate import signed_in
from app.access.next_page import safe_next
from app.access.who import asking
from app.web import live
from app.web.running import running
from app.work.progress import see as note_seen

progress = Blueprint("progress", __name__, url_prefix="/progress")

JOBS = "web/jobs.html"


@progress.get("")
@signed_in
def bar() -> Response:
    """What the bar shows now; a browser that asks for it as a page is led to one that has it."""
    if not live.is_fragment():
        return redirect(url_for("portal.dashboard"))
    return live.answer(JOBS, jobs=running())


@progress.post("/<uuid:progress_id>/seen")
@signed_in
def see(progress_id: UUID) -> Response:
    """Take a job out of the bar, and go back to where the person was; 404 for what they do not wait for."""
    person = asking()
    if person.person_id is None or not note_seen(person.person_id, progress_id):
        abort(404)
    if live.is_fragment():
        return live.answer(JOBS, jobs=[job for job in running() if job.id != progress_id])
    came_from = urlsplit(request.referrer or "")._replace(scheme="", netloc="").geturl()
    return redirect(safe_next(came_from) or url_for("portal.dashboard"), 303)
