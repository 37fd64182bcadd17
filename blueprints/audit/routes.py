"""The addresses of the audit log."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, flash, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.step_up import demand_step_up
from app.access.visits import refuse_download
from app.access.who import asking
from app.audit.record import current_actor
from app.i18n.speech import speech
from app.web.links import query
from app.web.page import render
from blueprints.audit import one, operations, queries
from blueprints.audit.looking import looked
from blueprints.audit.one import read
from blueprints.audit.operations import AlreadyChecking
from blueprints.audit.saying import areas_of, said
from blueprints.audit.words import ACTIONS, ACTORS, FAULTS, KINDS, PAGES

pages = Blueprint("audit", __name__, url_prefix="/audit", template_folder="templates")
SCRIPT = "verify_audit.py"  # in deploy/


@pages.get("/")
@allow(Permission.AUDIT_VIEW)
def list_events() -> str:
    look = looked()
    nobody = look.asked.chosen["actor"] if look.sought.actors == () else ""
    found = queries.Found([], None) if nobody else queries.newest(look.sought, look.asked.after)
    return render(
        "audit/list.html", found=found, asked=look.asked, people=look.people, nobody=nobody, targets=PAGES, areas=areas_of(),
        kinds=said(KINDS), actions=said(ACTIONS), actors=said(ACTORS),
        taken=query({**look.asked.chosen, "q": look.asked.search}),
    )  # fmt: skip


@pages.get("/<uuid:event_id>")
@allow(Permission.AUDIT_VIEW)
def show_event(event_id: UUID) -> str:
    told = one.event(event_id) or abort(404)
    return render(
        "audit/event.html", told=told, event=told.event, targets=PAGES, kinds=said(KINDS), actions=said(ACTIONS),
        actors=said(ACTORS),
    )  # fmt: skip


@pages.get("/verify")
@allow(Permission.AUDIT_VIEW)
def verify() -> str:
    return render("audit/verify.html", **_state())


@pages.post("/verify")
@allow(Permission.AUDIT_VIEW)
def start_check() -> AnyResponse:
    say = speech().gettext
    try:
        person = asking()
        operations.start_check(
            by=current_actor(), person_id=person.person_id, label=say("Audit log"), url=url_for(".verify")
        )  # fmt: skip
    except AlreadyChecking:
        flash(say("The audit log is being checked already."), "info")
    else:
        flash(say("The audit log is being checked. You can leave this page."), "ok")
    return redirect(url_for(".verify"), 303)


@pages.get("/sealed.jsonl")
@allow(Permission.AUDIT_VIEW)
def download_sealed() -> Response:
    refuse_download()
    demand_step_up(back=url_for(".verify"))
    taken = operations.take_sealed(name=asking().school or "", by=current_actor())
    response = Response(taken.pieces(), content_type="application/jsonl; charset=utf-8")
    response.call_on_close(taken.file.close)  # also of one that nobody reads to its end
    response.content_length = taken.size
    response.headers.set("Content-Disposition", "attachment", filename=f"umthi-audit-{clock.now().date()}.jsonl")
    return response


@pages.get(f"/{SCRIPT}")
@allow(Permission.AUDIT_VIEW)
def download_script() -> Response:
    script = (Path(current_app.root_path).parent / "deploy" / SCRIPT).read_bytes()
    response = Response(script, content_type="text/x-python; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=SCRIPT)
    return response


def _state() -> dict[str, object]:
    standing, last, running = one.standing()
    return {
        "standing": standing, "last": last, "running": running, "result": read(last.result) if last else None,
        "faults": said(FAULTS),
    }  # fmt: skip
