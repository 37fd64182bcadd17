"""/gate/scans: what scanners send, at once or when they have a connection again. Every answer is JSON, with a reason that a
machine reads and a sentence that a person does."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from app import clock
from app.access.accounts import about_accounts
from app.access.gate import allow
from app.access.permissions import Permission
from app.access.who import Who, asking
from app.domain.families import RELATIONS
from app.domain.scanning import Busy, By, Scan, Taken, day_at
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.login import LoginSession
from app.models.school import School, SchoolState
from app.models.user import Membership
from app.tenancy.doors import outside
from app.web.live import is_fragment
from app.web.page import fragment
from blueprints.gate import operations, queries
from blueprints.gate.incoming import MOST, WHY, Refused, read

receiving = Blueprint("gate_scans", __name__, url_prefix="/gate", template_folder="templates")
SCHOOL = "X-School"  # of a fetch: the number of the school whose page it comes from
SCHOOL_ID = re.compile(r"[1-9]\d{0,8}", re.ASCII)
#: why a whole request is refused
REASONS = {
    "suspended": N_("This school is suspended, and scans are refused. What this device has recorded stays on it."),
    "not_allowed": N_("You may not scan here. Ask an administrator of your school."),
    "another_school": N_("You are working in another school now. Reload the page."),
    "old_page": N_("This page is too old. Reload it: the scans that wait are sent then."),
    "too_many": N_("These are too many scans at once."),
    "not_a_list": N_("The scans must come as a list."),
    "busy": N_("Another device sent the same scans at this moment. They are sent again."),
}


@receiving.post("/scans")
@allow(Permission.GATE_SCAN)
def receive_scans() -> ResponseReturnValue:
    """Takes a list of `{"id", "code", "scanned_at"}`; answers with `{"scans": [...]}`, one for each and in their order.

    A scan is known by its id: sent again it is answered again, and stored once.
    """
    person = asking()
    if request.headers.get(SCHOOL, str(person.school_id)) != str(person.school_id):
        return refusal("another_school", 409)
    said = request.get_json(silent=True)
    if not isinstance(said, list):
        return refusal("not_a_list", 422)
    if len(said) > MOST:
        return refusal("too_many", 413)
    now, timezone = clock.now(), ZoneInfo(str(person.timezone))
    items = [read(item, now) for item in said]
    taken = operations.take_scans([item for item in items if isinstance(item, Scan)], by=by_of(person), timezone=timezone)
    answers = [_refused(item) if isinstance(item, Refused) else _told(taken[item.id], item.id) for item in items]
    if is_fragment() and len(items) == 1 and isinstance(items[0], Scan):  # a page that shows the answer as it draws it
        answers[0]["html"] = _drawn(taken[items[0].id], items[0].code, timezone)
    return jsonify(scans=answers)


def by_of(person: Who) -> By:
    """Who scans."""
    return By(person.user_id, person.name, person.person_id)


def _told(taken: Taken, scan_id: UUID) -> dict[str, Any]:
    return {
        "id": str(scan_id), "result": taken.direction.value, "on_site": taken.on_site, "name": taken.name,
        "scanned_at": taken.scanned_at.isoformat(),
    }  # fmt: skip


def _refused(item: Refused) -> dict[str, Any]:
    return {"id": item.id, "result": "refused", "error": item.why, "message": speech().gettext(WHY[item.why])}


def _drawn(taken: Taken, code: str, timezone: ZoneInfo) -> str:
    answer = queries.answer_to(taken, code=code, day=day_at(taken.scanned_at, timezone))
    return fragment("gate/answer.html", answer=answer, relations=RELATIONS)


def refusal(reason: str, status: int) -> Response:
    """An answer to a whole request, of which nothing was taken."""
    response = jsonify(reason=reason, message=speech().gettext(REASONS[reason]), most=MOST)
    response.status_code = status
    return response


@receiving.errorhandler(401)
def refuse_stranger(_: HTTPException) -> ResponseReturnValue:
    """A session that ended with its school hears why, like one that goes on; anybody else is led to sign-in."""
    return refusal("suspended", 403) if _is_suspended() else redirect(url_for("account.sign_in"))


@receiving.errorhandler(403)
def refuse_right(_: HTTPException) -> ResponseReturnValue:
    """The school is closed, or the right is missing."""
    return refusal("suspended" if _is_suspended() else "not_allowed", 403)


@receiving.errorhandler(400)
def refuse_token(_: HTTPException) -> ResponseReturnValue:
    """The token is missing or of another session."""
    return refusal("old_page", 400)


@receiving.errorhandler(413)
def refuse_length(_: HTTPException) -> ResponseReturnValue:
    """The body is longer than any request may be."""
    return refusal("too_many", 413)


@receiving.errorhandler(Busy)
def refuse_for_now(_: Busy) -> ResponseReturnValue:
    """A device sends again whatever is answered with a number from 500 on."""
    return refusal("busy", 503)


def _is_suspended() -> bool:
    """Whether the school that the scans are for, which is one of the person's, is suspended; their session may have ended with
    it, or may act in another school since."""
    named = request.headers.get(SCHOOL, "")
    wanted = School.id == int(named) if SCHOOL_ID.fullmatch(named) else School.id == LoginSession.active_school
    theirs = (
        select(School.id)
        .join(Membership, Membership.school_id == School.id)
        .join(LoginSession, LoginSession.user_id == Membership.user_id)
        .where(
            LoginSession.token_hash == session.token_hash,  # type: ignore[attr-defined]
            Membership.ended_at.is_(None), School.state == SchoolState.DISABLED.value, wanted,
        )
    )  # fmt: skip
    with outside(), about_accounts("a scan was refused") as platform:
        return platform.scalar(theirs) is not None
