"""Live fragments: parts of a page that the script asks for anew while somebody looks at it (static/app.js).

A page draws `<div data-poll="/address" data-every="3000">` (milliseconds) around the template that the address answers with.
Each answer takes the place of what is in the element; the focus stays. Failures double the wait, to a minute at most, and 401,
403, 404 and being led to the sign-in page end it. `data-at` on it is the time of the last answer. In the fragment may stand:

- `data-poll-stop`: this was the last; `data-poll-stop="reload"` also reads the whole page once more
- `data-announce`: its words are said aloud when they change, and only then
- `data-poll-send`: a button whose form is sent in the background and answered with the fragment, as far as the script runs
- `data-stale-text`, inside or beside the element (`ui.not_updating()`): shown while the element has `data-stale`
"""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request

from app.web.page import fragment

HEADER = "X-Fragment"


def is_fragment() -> bool:
    """Whether the script asks for a part of a page, and not the browser for a page."""
    return HEADER in request.headers


def answer(template: str, **values: Any) -> Response:
    """The template alone; 304 without a body for the one who has it already.

    Nothing in it may differ from answer to answer unless something happened: no moment of now, and no form with a token. A
    button in it names a form that stands outside, `form="wave" formaction="/…"`.
    """
    return conditional(fragment(template, **values))


def conditional(part: str) -> Response:
    """The same for a fragment that is drawn already."""
    response = make_response(part)
    response.add_etag()
    response.make_conditional(request)
    response.headers.remove("Date")  # every server says it, and twice it would be none
    return response
