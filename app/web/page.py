"""Pages: one environment a language, and the shell around every page."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, g, get_flashed_messages, request, session, url_for
from flask_babel import Babel
from jinja2 import StrictUndefined
from markupsafe import Markup

from app.access.api_tokens import is_api
from app.access.permissions import NOTHING, Permission
from app.access.strangers import is_for_strangers
from app.access.who import Who, who
from app.config import Settings
from app.domain.progress import Job
from app.i18n.catalogue import FOLDER, N_, catalogue
from app.i18n.languages import LANGUAGES, Language, choose
from app.i18n.speech import Speech, bind, release, speech, speech_for
from app.i18n.templating import Environments
from app.web import csrf
from app.web.assets import asset
from app.web.badges import badge, tone, word
from app.web.icons import icon, symbols, use
from app.web.lean import LeanEnvironment
from app.web.links import query, url
from app.web.looks import DEFAULT, Look
from app.web.navigation import Navigation
from app.web.running import running

JINJA = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined, "auto_reload": False}
LANGUAGE_COOKIE = "language"
BANNERS = {
    "local": N_("Environment: Local. This is not production."),
    "test": N_("Environment: Test. This is not production."),
    "uat": N_("Environment: Acceptance test. This is not production."),
}


class Shell(NamedTuple):
    """What the frame of every page shows; `who` is None for a stranger. It draws the look: no page flashes in another one."""

    language: str
    look: Look
    who: Who | None
    navigation: Markup
    csrf: str
    banner: str | None
    messages: list[tuple[str, str]]
    running: list[Job]

    @property
    def initials(self) -> str:
        """Of the first and the last name."""
        names = self.who.name.split() if self.who else []
        return (names[0][0] + names[-1][0]).upper() if names else ""

    @property
    def languages(self) -> list[Language]:
        """Every language, for the links of a stranger."""
        return list(LANGUAGES.values())

    def address_in(self, language: str) -> str:
        """The address of this page in another language, for a stranger; all else in it (`next`) stays."""
        return "?" + query({**request.args, "language": language})

    @property
    def here(self) -> str:
        """The address of this page, to be led back to."""
        return request.full_path.rstrip("?") if request.method == "GET" else request.path

    def may(self, permission: str) -> bool:
        """Whether the person holds a permission here."""
        return self.who is not None and permission in self.who.permissions


class Pages:
    """The templates of an application, one environment a language."""

    def __init__(self, app: Flask, navigation: Navigation) -> None:
        self.navigation = navigation
        settings: Settings = app.extensions["settings"]
        self.banner = BANNERS.get(settings.environment)
        app.jinja_env.filters |= {
            "asset": asset,
            "badge": badge,
            "icon": icon,
            "query": query,
            "symbols": symbols,
            "tone": tone,
            "url": url,
            "use": use,
            "word": word,
        }
        self.environments = Environments(app.jinja_env, "web/ui.html")
        # Bounded by languages × permission sets × endpoints: nothing of a person or of a school is in it.
        self.navigation_for = lru_cache(maxsize=1024)(self._navigation)

    def render(self, template: str, values: dict[str, Any]) -> str:
        return self.environments[speech().language].get_template(template).render(values)

    def _navigation(self, language: str, permissions: frozenset[Permission], area: str) -> Markup:
        translate = catalogue(language).gettext
        groups = [
            (
                translate(heading) if heading else "",
                [(url_for(e.endpoint), e.icon, translate(e.label), e.endpoint.partition(".")[0] == area) for e in entries],
            )
            for heading, entries in self.navigation.allowed(permissions)
        ]
        drawn = self.environments[language].get_template("web/navigation.html").render(groups=groups)
        return Markup(drawn)  # noqa: S704 (a template drew it, escaped)


def init_app(app: Flask, navigation: Navigation) -> None:
    """Bind a language to each request, and wire Flask-Babel (forms, extraction) to the same choice."""
    Babel(app, default_translation_directories=str(FOLDER), locale_selector=lambda: speech().language)
    app.extensions["pages"] = Pages(app, navigation)  # after Babel, whose gettext it replaces in templates
    app.before_request(speak)
    app.after_request(_remember_language)
    app.teardown_request(_fall_silent)


def use_lean_templates(app: Flask) -> None:
    """Choose the environment before anything asks the application for its own."""
    app.jinja_environment = LeanEnvironment
    app.jinja_options = JINJA


def render(template: str, **values: Any) -> str:
    """The page `template`, in the language and the look of the person who asks, inside the shell."""
    person = who()
    return render_in(Look(person.mode, person.theme) if person else DEFAULT, template, **values)


def render_in(look: Look, template: str, **values: Any) -> str:
    """The page `template` in another look than the person's: one that they try out."""
    pages: Pages = current_app.extensions["pages"]
    person = who()
    language = speech().language
    permissions = person.permissions if person else NOTHING
    navigation = pages.navigation_for(language, permissions, request.blueprint or "")
    banner = pages.banner and catalogue(language).gettext(pages.banner)
    messages: list[tuple[str, str]] = list(get_flashed_messages(with_categories=True)) if "_flashes" in session else []  # type: ignore[arg-type]
    shell = Shell(language, look, person, navigation, csrf.token(), banner, messages, running())
    return pages.render(template, values | {"shell": shell})


def fragment(template: str, **values: Any) -> str:
    """A template without a shell of its own: part of a page, or a mail's body."""
    pages: Pages = current_app.extensions["pages"]
    return pages.render(template, values)


def speak() -> None:
    """Bind the language of this request: the person's, the school's, a stranger's cookie, the browser's, English."""
    g.speaking = bind(voice_for(who()))


def voice_for(person: Who | None) -> Speech:
    """The speech for the one who asks, by the clock and the money of the school where they act."""
    wish = person.language if person else None
    if _chooses_by_link(person):
        wish = _wish_of_stranger() or wish
    if person and person.school:
        language = choose(wish, person.school_language, request)
        return speech_for(language, person.timezone, person.money, person.currency)
    language = choose(wish, None, request)
    return speech_for(language, "Africa/Johannesburg", LANGUAGES[language].cldr, "ZAR")


def _chooses_by_link(person: Who | None) -> bool:
    """Whether somebody sees the door, with its links: strangers do, and those who have to choose a password first."""
    return person is None or person.must_change


def _wish_of_stranger() -> str | None:
    """The language of the link that was followed (`?language=zu`), else of the one followed before."""
    given = request.args.get("language")
    return given if given in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE)


def _remember_language(response: Response) -> Response:
    """Keep a stranger's choice for the pages that follow. It is no secret, and it is nobody's."""
    given = request.query_string and request.args.get("language")
    if given in LANGUAGES and _chooses_by_link(who()) and not (is_api(request.path) or is_for_strangers(request.path)):
        settings: Settings = current_app.extensions["settings"]
        age = 365 * 24 * 3600
        response.set_cookie(LANGUAGE_COOKIE, given, max_age=age, secure=settings.is_secure, httponly=True, samesite="Lax")
    return response


def _fall_silent(_: BaseException | None) -> None:
    if speaking := g.pop("speaking", None):
        release(speaking)
