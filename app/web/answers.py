"""What happens around every view: the commit, and the pages of what went wrong."""

from __future__ import annotations

import logging
from typing import NamedTuple

import psycopg
from flask import Flask, Response, current_app, redirect, request, session, url_for
from sqlalchemy.exc import OperationalError, StatementError
from werkzeug.exceptions import HTTPException, SecurityError

from app.access.gate import access_of
from app.access.permissions import GRANTS, Permission
from app.access.who import Who, who
from app.domain.closing import SchoolClosed
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.school import SchoolState
from app.tenancy.database import db
from app.tenancy.scope import scope_or_none
from app.web.api.problems import ApiProblem, instead
from app.web.csrf import SAFE
from app.web.guards import FileTooLarge, NulRefused
from app.web.page import render

log = logging.getLogger(__name__)


class Fault(NamedTuple):
    """What a page of an error says: what it is, why, and (in the template) the next step."""

    icon: str
    title: str
    text: str


FAULTS = {
    400: Fault(
        "refresh-cw",
        N_("This page is too old"),
        N_("Nothing was changed. Go back, reload the page and send it again."),
    ),
    403: Fault(
        "lock",
        N_("You do not have access to this"),
        N_("Your role does not open this page. Ask an administrator of your school, or switch to another school."),
    ),
    404: Fault("search-x", N_("Page not found"), N_("It may have been removed, or the address has a mistake in it.")),
    405: Fault("circle-slash", N_("This address does not work that way"), N_("Go back and use the buttons of the page.")),
    413: Fault("file-x", N_("That is too much at once"), N_("Nothing was changed. Send less text and try again.")),
    429: Fault("hourglass", N_("Too many tries"), N_("Wait a quarter of an hour and try again. Nothing is lost.")),
    500: Fault(
        "triangle-alert",
        N_("Something went wrong"),
        N_("The fault is ours and has been noted. Nothing was changed. Try again in a minute."),
    ),
    503: Fault(
        "cloud-off",
        N_("Umthi cannot reach its data"),
        N_("Nothing is lost. Try again in a minute."),
    ),
}  # fmt: skip
NO_SCHOOL = Fault(
    "school",
    N_("Choose a school"),
    N_("This page belongs to a school, and you are not working in one at the moment. Choose a school and open the page again."),
)
TEMPORARY = Fault(
    "key-round",
    N_("Choose your own password first"),
    N_("Your password is a temporary one. It opens only the page on which you choose your own. Nothing was changed."),
)
SUSPENDED = Fault(
    "school",
    N_("This school is suspended"),
    N_("Its pages are closed for the time being, and nothing of it is lost. Ask the office of the school when it opens again."),
)
SUPERUSERS_ONLY = Fault(
    "shield-user",
    N_("Only a superuser can do this"),
    N_("Superusers decide who runs the platform. Ask one of them to do it for you, or to make you a superuser."),
)
NOT_OPEN = Fault("school", N_("This school is not open yet"), N_("It is still being set up. Try again later."))
TOO_LARGE = Fault(
    "file-x",
    N_("The file is too large"),
    N_("Nothing was changed. A file may have at most 20 MB: go back, leave out what is not needed, or split it into several."),
)
UNSTORABLE = Fault(
    "eraser",
    N_("There is a character that cannot be stored"),
    N_("You cannot see it; it comes with pasted text. Nothing was changed. Go back, delete what was pasted and type it."),
)


def init_app(app: Flask) -> None:
    """Commit what a view changed, once it has answered well, and draw every error in the shell."""
    app.after_request(commit)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ApiProblem, _api_problem)
    app.register_error_handler(SchoolClosed, _school_closed)
    for away in (OperationalError, psycopg.OperationalError):
        app.register_error_handler(away, _database_away)
    app.register_error_handler(Exception, _our_fault)


def commit(response: Response) -> Response:
    """The one place where a route's changes are committed: an unsafe request that was answered below 400.

    Anything else leaves the school without a commit, and so undoes what it did.
    """
    scope = scope_or_none()
    if (
        request.method not in SAFE
        and response.status_code < 400
        and scope
        and not scope.is_across
        and db.session.registry.has()
    ):
        try:
            db.session.commit()
        except Exception:
            session.pop("_flashes", None)  # what was to be said is not so
            raise
    return response


def _http_error(error: HTTPException) -> Response | tuple[str, int] | HTTPException:
    code = error.code or 500
    if isinstance(error, SecurityError):  # a host name that is not ours: no address of ours can be built for it
        return Response(speech().gettext("This host name is not one of ours."), 400, mimetype="text/plain")
    if error.response is not None or code < 400:
        return error
    if answer := instead(error):
        return answer
    if code == 401:
        target = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("account.sign_in", next=target))  # type: ignore[return-value]
    known = {NulRefused: UNSTORABLE, FileTooLarge: TOO_LARGE}
    return fault_page(code, known.get(type(error)))


def fault_page(code: int, fault: Fault | None = None) -> tuple[str, int]:
    """The page for a status, with the next step for the person who asks; `fault` is for what the status alone does not tell."""
    person = who()
    if code == 403 and person and _lacks_only_a_school(person):
        fault = NO_SCHOOL
    if code == 403 and person and person.must_change:
        fault = TEMPORARY
    elif code == 403 and person and _lacks_only_a_superuser(person):
        fault = SUPERUSERS_ONLY
    fault = fault or FAULTS.get(code) or FAULTS[400 if code < 500 else 500]
    return render("web/fault.html", fault=fault, person=person, code=code), code


def _lacks_only_a_school(person: Who) -> bool:
    """Whether somebody has schools, or may visit them, acts in none, and asks for what a role in a school may open."""
    if person.role or not (person.schools or person.platform_role) or request.endpoint is None:
        return False
    permission = access_of(current_app, request.endpoint).permission
    return any(permission in granted for granted in GRANTS.values())


def _lacks_only_a_superuser(person: Who) -> bool:
    """Whether somebody runs the platform and asks for what only superusers may do."""
    if not person.platform_role or request.endpoint is None:
        return False
    return access_of(current_app, request.endpoint).permission == Permission.PLATFORM_STAFF


def _school_closed(error: SchoolClosed) -> tuple[str, int]:
    """Where a link or a token led to; the same for every school that is suspended."""
    if error.state is None:
        return fault_page(404)
    return fault_page(403, NOT_OPEN if error.state == SchoolState.PENDING else SUSPENDED)


def _api_problem(error: ApiProblem) -> Response | tuple[str, int]:
    """What a route of the API found wrong: 404 for a person, who has no business there."""
    return instead(error) or fault_page(404)


def _database_away(error: Exception) -> Response | tuple[str, int]:
    log.error("database away: %s", type(error).__name__)
    return instead(error) or fault_page(503)


def _our_fault(error: Exception) -> Response | tuple[str, int]:
    if isinstance(error, (StatementError, psycopg.DataError)) and "NUL" in str(error):
        return fault_page(400, UNSTORABLE)
    log.exception("unhandled error")
    return instead(error) or fault_page(500)
