"""The addresses of schools' websites. Everybody is a stranger here: no session is read and no cookie is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn
from uuid import UUID

import psycopg
from flask import Blueprint, Response, current_app, redirect, request
from sqlalchemy.exc import OperationalError

from app import clock
from app.access.gate import public
from app.domain.leads.campaign import utm_of
from app.domain.site import showing
from app.domain.site.document import Page, SiteDocument
from app.domain.site.pictures import file_of
from app.domain.site.previews import Previewed, previewed
from app.domain.site.standing import Standing, standing
from app.extensions import current_settings
from app.i18n.catalogue import catalogue
from app.i18n.languages import DEFAULT, LANGUAGES
from app.tenancy.doors import acting_for
from app.web.compress import TYPES
from app.web.links import query
from blueprints.public_site import calendars, looks, maps
from blueprints.public_site.closed import DATABASE_AWAY, NOT_PUBLISHED, NOWHERE, PREVIEW_OVER, Closed, closed_school
from blueprints.public_site.drawing import Place, draw, draw_closed, draw_missing, place_of
from blueprints.public_site.kept import Kept, Shelf
from blueprints.public_site.policy import ASK_EACH_TIME, FOR_EVER, NOT_KEPT, POLICY, UNLISTED
from blueprints.public_site.warm import SHELF

pages = Blueprint("public_site", __name__, template_folder="templates")
WEBSITE = "the website of a school is for everybody"
CALENDAR = "calendar programs ask for it without anybody who signs in"
HTML = "text/html; charset=utf-8"
TONGUE = f"<any({','.join(LANGUAGES)}):language>"


class NothingHere(Exception):
    """There is no page to show: `closed` says why, `document` has the menu of a website that is there."""

    def __init__(self, closed: Closed, document: SiteDocument | None = None, place: Place | None = None) -> None:
        super().__init__(closed.title)
        self.closed, self.document, self.place = closed, document, place


@pages.get("/s/<slug>/")
@public(WEBSITE)
def choose_language(slug: str) -> Response:
    return _lead_on(slug, "")


@pages.get("/s/<slug>/<page>")
@public(WEBSITE)
def choose_language_of_page(slug: str, page: str) -> Response:
    return _lead_on(slug, page)


@pages.get(f"/s/<slug>/{TONGUE}/")
@public(WEBSITE)
def home(slug: str, language: str) -> Response:
    return _keep(slug, lambda stands: _page(stands, slug, language, ""))


@pages.get(f"/s/<slug>/{TONGUE}/<page>")
@public(WEBSITE)
def show_page(slug: str, language: str, page: str) -> Response:
    return _keep(slug, lambda stands: _page(stands, slug, language, page))


@pages.get("/s/<slug>/notices.ics")
@public(CALENDAR)
def notices_calendar(slug: str) -> Response:
    return _keep(slug, lambda stands: _notices(stands, slug, ""))


@pages.get(f"/s/<slug>/{TONGUE}/notices.ics")
@public(CALENDAR)
def notices_calendar_in(slug: str, language: str) -> Response:
    return _keep(slug, lambda stands: _notices(stands, slug, language))


@pages.get("/s/<slug>/events.ics")
@public(CALENDAR)
def events_calendar(slug: str) -> Response:
    return _keep(slug, lambda stands: _events(stands, slug, ""))


@pages.get(f"/s/<slug>/{TONGUE}/events.ics")
@public(CALENDAR)
def events_calendar_in(slug: str, language: str) -> Response:
    return _keep(slug, lambda stands: _events(stands, slug, language))


@pages.get("/s/<slug>/sitemap.xml")
@public("search engines ask for it")
def sitemap(slug: str) -> Response:
    return _keep(slug, lambda stands: _sitemap(stands, slug))


@pages.get("/s/<slug>/pictures/<uuid:picture_id>-<int:width>.<ending>")
@public(WEBSITE)
def picture(slug: str, picture_id: UUID, width: int, ending: str) -> Response:
    return _picture(_shown(slug), picture_id, width)


@pages.get("/s/<slug>/look-<colours>.css")
@public("the colours of a website stand in the address of its sheet")
def own_colours(slug: str, colours: str) -> Response:
    css = looks.sheet(colours)
    if css is None:
        raise NothingHere(NOWHERE)
    return _answer(css.encode(), "text/css; charset=utf-8", FOR_EVER)


@pages.get("/s/<slug>/preview/<token>/")
@public("whoever has the link sees what is not published yet; the link is the proof")
def preview(slug: str, token: str) -> Response:
    return _previewed(slug, token, "", "")


@pages.get(f"/s/<slug>/preview/<token>/{TONGUE}/")
@public("whoever has the link sees what is not published yet; the link is the proof")
def preview_home(slug: str, token: str, language: str) -> Response:
    return _previewed(slug, token, language, "")


@pages.get(f"/s/<slug>/preview/<token>/{TONGUE}/<page>")
@public("whoever has the link sees what is not published yet; the link is the proof")
def preview_page(slug: str, token: str, language: str, page: str) -> Response:
    return _previewed(slug, token, language, page)


@pages.get("/s/<slug>/preview/<token>/pictures/<uuid:picture_id>-<int:width>.<ending>")
@public("whoever has the link sees what is not published yet; the link is the proof")
def preview_picture(slug: str, token: str, picture_id: UUID, width: int, ending: str) -> Response:
    stands = _open(slug)
    with acting_for(stands.school_id):
        _proven(token)
    return _picture(stands, picture_id, width)


@pages.get("/s/<slug>/<path:rest>")
@public(WEBSITE)
def nowhere(slug: str, rest: str) -> Response:
    stands = _shown(slug)
    with acting_for(stands.school_id):
        document = _document(stands)
    raise NothingHere(NOWHERE, document, place_of(current_settings().public_url, slug))


@pages.get("/robots.txt")
@public("search engines ask for it")
def robots() -> Response:
    return _answer(maps.ROBOTS.encode(), "text/plain; charset=utf-8", ("Cache-Control", "public, max-age=3600"))


@pages.errorhandler(NothingHere)
def say_why(error: NothingHere) -> Response:
    """The page for an address at which nothing is shown, in the language of its address or of the reader."""
    if error.document and error.place:
        language = _language_of_reader(error.document)
        with acting_for(_open(error.place.slug).school_id):
            body = draw_missing(error.document, language, error.place)
    else:
        body = draw_closed(error.closed.title, error.closed.text, _language_of_reader(None))
    return _answer(body, HTML, NOT_KEPT, error.closed.status)


@pages.errorhandler(OperationalError)
@pages.errorhandler(psycopg.OperationalError)
def database_away(error: Exception) -> Response:
    """The page while the database cannot be asked."""
    current_app.logger.error("database away: %s", type(error).__name__)
    return _answer(draw_closed(DATABASE_AWAY.title, DATABASE_AWAY.text, _language_of_reader(None)), HTML, NOT_KEPT, 503)


def _open(slug: str) -> Standing:
    """How the website of an open school stands."""
    stands = standing(slug)
    if stands is None:
        raise NothingHere(NOWHERE)
    if not stands.is_open:
        raise NothingHere(closed_school(stands.state))
    return stands


def _shown(slug: str) -> Standing:
    """How a website stands that strangers see."""
    stands = _open(slug)
    if not stands.is_shown:
        raise NothingHere(NOT_PUBLISHED)
    return stands


def _document(stands: Standing) -> SiteDocument:
    """What is published of the current school."""
    return showing.published(stands.version or 0) or _refuse(NOT_PUBLISHED)


def _refuse(closed: Closed) -> NoReturn:
    raise NothingHere(closed)


def _keep(slug: str, draw_it: Callable[[Standing], Kept]) -> Response:
    """Draw what an address shows, keep it for the next reader, and answer."""
    stands = _shown(slug)
    with acting_for(stands.school_id):
        page = draw_it(stands)
    shelf: Shelf = current_app.extensions[SHELF]
    shelf.put((request.environ.get("HTTP_HOST", ""), request.environ["PATH_INFO"]), page)
    answer = page.answer(request.headers.get("Accept-Encoding", ""), request.headers.get("If-None-Match", ""))
    response = Response(answer.body, answer.status, answer.headers)
    if response.mimetype in TYPES and response.status_code == 200:  # of these `app.web.compress` says it itself
        del response.headers["Vary"]
    return response


def _page(stands: Standing, slug: str, language: str, page_slug: str) -> Kept:
    document, place = _document(stands), place_of(current_settings().public_url, slug)
    page = _find(document, language, page_slug, place)
    drawn = draw(document, page, language, place)
    return Kept(drawn.body, HTML, headers=[ASK_EACH_TIME, POLICY], mark=stands.mark, until=drawn.until)


def _find(document: SiteDocument, language: str, page_slug: str, place: Place) -> Page:
    """A page that is shown in this language; the reader hears of everything else that there is none."""
    page = document.page_at(page_slug)
    if page is None or language not in document.languages:
        raise NothingHere(NOWHERE, document, place)
    return page


def _notices(stands: Standing, slug: str, language: str) -> Kept:
    document, face, now = _document(stands), showing.face(), clock.now()
    language = _calendar_language(document, language)
    notices, turns = showing.public_notices(now)
    name = catalogue(language).gettext("Notices")
    body = calendars.of_notices(face, name, notices, language, document.languages, _address(slug, language))
    return Kept(body, calendars.TYPE, headers=[ASK_EACH_TIME], mark=stands.mark, until=min(turns, default=None))


def _events(stands: Standing, slug: str, language: str) -> Kept:
    document, face, now = _document(stands), showing.face(), clock.now()
    language = _calendar_language(document, language)
    events = showing.in_calendar(now)
    name = catalogue(language).gettext("School events")
    body = calendars.of_events(face, name, events, language, document.languages, _address(slug, language))
    return Kept(
        body, calendars.TYPE, headers=[ASK_EACH_TIME], mark=stands.mark, until=showing.midnight_after(now, face.timezone)
    )  # fmt: skip


def _calendar_language(document: SiteDocument, language: str) -> str:
    """The language that was asked for, else the site's own: a program sends none."""
    if language and language not in document.languages:
        raise NothingHere(NOWHERE)
    return language or document.languages[0]


def _address(slug: str, language: str) -> str:
    return f"{current_settings().public_url}/s/{slug}/{language}/"


def _sitemap(stands: Standing, slug: str) -> Kept:
    root = f"{current_settings().public_url}/s/{slug}"
    return Kept(maps.sitemap(_document(stands), root), maps.TYPE, headers=[ASK_EACH_TIME], mark=stands.mark)


def _picture(stands: Standing, picture_id: UUID, width: int) -> Response:
    with acting_for(stands.school_id):
        found = file_of(picture_id, width)
    if found is None:
        raise NothingHere(NOWHERE)
    return _answer(found.image, found.mime, FOR_EVER)


def _previewed(slug: str, token: str, language: str, page_slug: str) -> Response:
    """A page of a draft or of a version, for whoever has a link to it."""
    stands, settings = _open(slug), current_settings()
    with acting_for(stands.school_id):
        shown = _proven(token)
        place = Place(settings.public_url, slug, f"/s/{slug}/preview/{token}", is_preview=True)
        if not language:
            return _led(f"{place.base(_language_of_reader(shown.document))}/")
        page = _find(shown.document, language, page_slug, place)
        drawn = draw(shown.document, page, language, place, expires_at=shown.expires_at)
    answer = _answer(drawn.body, HTML, NOT_KEPT)
    answer.headers.extend([UNLISTED, ("Referrer-Policy", "no-referrer")])
    return answer


def _proven(token: str) -> Previewed:
    return previewed(current_settings(), token) or _refuse(PREVIEW_OVER)


def _lead_on(slug: str, page: str) -> Response:
    """An address without a language: on to the same page in the reader's, of those that the website has.

    The campaign that the address names goes along: the enquiry form of the page reads it from there.
    """
    stands = _shown(slug)
    with acting_for(stands.school_id):
        document = _document(stands)
    place = place_of(current_settings().public_url, slug)
    if document.page_at(page) is None:
        raise NothingHere(NOWHERE, document, place)
    asked = query(utm_of(request.args))
    return _led(f"{place.base(_language_of_reader(document))}/{page}{'?' if asked else ''}{asked}")


def _led(address: str) -> Response:
    answer = redirect(address, 302)
    answer.headers.extend([("Cache-Control", "private, no-cache"), ("Vary", "Accept-Language"), POLICY])
    return answer  # type: ignore[return-value]


def _language_of_reader(document: SiteDocument | None) -> str:
    """The language of the address, else the one that the browser asks for, else the first one of the website."""
    offered = document.languages if document else tuple(LANGUAGES)
    asked = (request.view_args or {}).get("language")
    if asked in offered:
        return str(asked)
    wishes = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((wish for wish in wishes if wish in offered), document.languages[0] if document else DEFAULT)


def _answer(body: bytes, content_type: str, keep: tuple[str, str], status: int = 200) -> Response:
    answer = Response(body, status, content_type=content_type)
    answer.headers.extend([keep, POLICY])
    return answer
