"""The status bar: what the person who asks waits for in the school where they act, read once a request, if there is any."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError

from app.access.who import who
from app.domain.progress import Job, jobs_of
from app.tenancy.doors import acting_for, outside, staying_in
from app.work.progress import see

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Read the jobs before the view, so that every page can show them, also that of an error; note which results are opened."""
    app.before_request(read)
    app.after_request(note_opened)
    app.teardown_request(forget)


def running() -> list[Job]:
    """The jobs for the bar of this page; a finished one is left out on the page of its own result."""
    jobs: list[Job] = g.get("running", [])
    return jobs


def read() -> None:
    """One query, and none for a person of whom the look-up said that nothing waits for them."""
    person = who()
    if person is None or not person.waits or person.school_id is None or person.person_id is None:
        return
    with outside(), staying_in(person.school_id):  # some pages belong to no school, but the person acts in one
        jobs = jobs_of(person.person_id)
    g.opened = [job.id for job in jobs if not job.is_running and urlsplit(job.url).path == request.path]
    g.running = [job for job in jobs if job.id not in g.opened]


def note_opened(response: Response) -> Response:
    """Let a finished job go whose result this answer is, in a transaction of its own: a GET commits nothing of the view's."""
    person, opened = who(), g.pop("opened", None)
    if opened and person and person.school_id and person.person_id and request.method == "GET" and response.status_code == 200:
        try:
            with outside(), acting_for(person.school_id) as session:
                see(person.person_id, *opened)
                session.commit()
        except DBAPIError:  # the page is worth more than the note: it is tried again when the page is opened again
            log.exception("could not note that a result was opened")
    return response


def forget(_: BaseException | None) -> None:
    """Leave nothing for whoever asks next in the same context."""
    g.pop("running", None)
