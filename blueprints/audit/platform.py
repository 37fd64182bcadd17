"""The addresses of the audit of the platform: its own log and every school's, in one feed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access.gate import allow
from app.access.permissions import Permission
from app.audit.record import current_actor
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.tenancy.doors import across_schools
from app.web.page import render
from blueprints.audit import checks, feed, taking_out
from blueprints.audit.asking import filters, wanted
from blueprints.audit.feed import Found
from blueprints.audit.one import read
from blueprints.audit.saying import areas_of, said
from blueprints.audit.words import ACTIONS, ACTORS, CROSSED, FAULTS, PLATFORM_PAGES

pages = Blueprint("platform_audit", __name__, url_prefix="/operator/audit", template_folder="templates")
LOOK = N_("Audit of the platform")


@pages.get("")
@allow(Permission.PLATFORM_OPERATE)
def list_events() -> str:
    asked = filters()
    with across_schools(LOOK, routine=asked.after is not None) as session:  # further pages are the same look
        want = wanted(session, asked)
        found = Found([], None) if want.nobody else feed.newest(session, want.sought, asked.after)
    return render(
        "audit/platform.html", asked=asked, want=want, found=found, page_of=page_of, label_of=label_of, areas=areas_of(),
        actions=said(ACTIONS), most=taking_out.MOST, actors=said(ACTORS), without_looks=want.sought.leaves_out,
    )  # fmt: skip


@pages.get("/events.csv")
@allow(Permission.PLATFORM_OPERATE)
def download() -> Response:
    asked = filters()
    with across_schools(LOOK, routine=True) as session:  # taking it out is an event of its own
        want = wanted(session, asked)
        taken = taking_out.take_out(session, want, voice=speech(), by=current_actor())
        session.commit()
    response = Response(taken.pieces(), content_type="text/csv; charset=utf-8")
    response.call_on_close(taken.file.close)  # also of one that nobody reads to its end
    response.content_length = taken.size
    response.headers.set("Content-Disposition", "attachment", filename=f"umthi-audit-{clock.now().date()}.csv")
    return response


@pages.get("/verify")
@allow(Permission.PLATFORM_OPERATE)
def verify() -> str:
    with across_schools(N_("Seals of all audit logs")) as session:
        last, running, names = checks.last(session)
    result = read(last.result) if last else None
    return render(
        "audit/platform_verify.html", last=last and last.at, running=running, result=result, faults=said(FAULTS),
        names={**names, "platform": speech().gettext("The platform")},
    )  # fmt: skip


@pages.post("/verify")
@allow(Permission.PLATFORM_OPERATE)
def start_check() -> AnyResponse:
    say = speech().gettext
    with across_schools("a check of all audit logs", routine=True) as session:  # which is an event of its own
        is_new = checks.start(session, by=current_actor(), label=say(LOOK))
        session.commit()
    flash(
        say("All logs are being checked.") if is_new else say("The logs are being checked already."), "ok" if is_new else "info"
    )
    return redirect(url_for(".verify"), 303)


def label_of(row: feed.Row) -> str | None:
    """What an event is about, as people called it then; of a look across schools what was looked at, in the reader's."""
    return speech().gettext(row.label) if row.action == CROSSED and row.label else row.label


def page_of(row: feed.Row) -> str | None:
    """The address of the page that shows what an event is about; None where there is none."""
    if row.target_id is None:
        return None
    if row.target_kind == "delivery" and row.school_id is not None:
        return url_for("recovery.show", school_id=row.school_id, delivery_id=row.target_id)
    if row.target_kind == "app_user":
        return url_for("platform_audit.list_events", actor=row.target_id)
    endpoint, argument = PLATFORM_PAGES.get(row.target_kind, ("", ""))
    if endpoint not in current_app.view_functions:
        return None
    values: dict[str, Any] = {argument: row.target_id}
    return url_for(endpoint, **values)
