"""The website that a request is about, and how its pages answer somebody who came too late."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.domain.site.document import Page, SiteDocument, canonical
from app.domain.site.drafting import draft_of, the_site
from app.domain.site.previews import own_token
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.site import Site
from blueprints.site.queries import public_path

Answer = str | Response | tuple[str, int]
CHANGED = N_("Somebody else has changed this meanwhile. What you typed is still here: compare, and save again.")
GONE = "gone"  # what a form has seen of a block or a page that is not there


class Here(NamedTuple):
    """The website of the school and its draft."""

    site: Site
    draft: SiteDocument


def here() -> Here:
    """The website, held while a change is being made; 404 where the school has begun none."""
    site = the_site(hold=request.method == "POST") or abort(404)
    return Here(site, draft_of(site))


def preview_path(version: int | None = None) -> str:
    """The address at which whoever builds the site sees the draft, or a version, for the next half an hour."""
    return f"{public_path()}preview/{own_token(current_settings(), version)}/"


def preview_of(draft: SiteDocument, page: Page) -> str:
    """The same of one page of the draft, in the reader’s language or that of the site; of a hidden page the home."""
    language = speech().language if speech().language in draft.languages else draft.languages[0]
    return preview_path() + ("" if page.is_hidden else f"{language}/{page.slug}")


def public_url() -> str:
    """The whole address of the website."""
    return f"{current_settings().public_url}{public_path()}"


def print_of(data: Mapping[str, Any]) -> str:
    """What changes whenever something in `data` does: what a form saw."""
    return hashlib.sha256(canonical(data)).hexdigest()[:16]


def too_late(message: str, endpoint: str, **where: Any) -> Response:
    """Back to a page, with why nothing was done."""
    flash(speech().gettext(message), "warn")
    return redirect(url_for(endpoint, **where), 303)
