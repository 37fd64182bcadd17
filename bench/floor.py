"""The floor of the notices list: bare WSGI, one prepared psycopg query, f-strings. It knows nobody, no rights and no walls.

`walled=True` is the floor of the same promises: it also looks the session up and reads inside a row-level-security transaction,
so that what is left between it and the page is Flask, SQLAlchemy's pool and Jinja. The frame of the page is cut out of the
product's own answer at the start; the floor only copies it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from babel import Locale
from markupsafe import escape

from app import clock
from app.access.who import WHO
from app.domain.notices import wished
from app.i18n.catalogue import catalogue
from app.i18n.languages import LANGUAGES
from app.web.badges import STATES, WORDS
from app.web.icons import icon
from bench.calls import Application
from bench.platform import Platform
from blueprints.notices import queries

TOKEN = re.compile(r'(name="csrf_token" value=")[^"]*')
HEADERS = [("Content-Type", "text/html; charset=utf-8")]


def floor(place: Platform, language: str, frame: str, *, token: str, walled: bool = False) -> Application:
    """A WSGI application that answers every request with school 1's list in `language`, in the `frame` of a real page."""
    select = queries.newest_select()
    values = {**select.constants, **wished(language, "en"), "umthi_school": 1}
    who = place.connect(place.addresses.platform).cursor()
    reader = place.connect(place.addresses.app if walled else place.superuser).cursor()

    head, rest = TOKEN.sub(r"\1", frame).split("<tbody>\n")
    places = head.split('name="csrf_token" value=""')
    head = 'name="csrf_token" value="0"'.join(places) + "<tbody>\n"
    tail = rest[rest.index("</tbody>") :]

    messages, locale = catalogue(language), Locale.parse(LANGUAGES[language].cldr)
    t, months, group = messages.gettext, locale.months["format"]["abbreviated"], locale.number_symbols["latn"]["group"]
    words = {key: t(word) for key, word in WORDS.items()}
    badges = {key: (tone, t(STATES[key][1])) for key, (tone, _) in STATES.items()}
    status, for_, starts_, ends_, failed_ = map(t, ("Status", "For whom", "Starts", "Ends", "Failed"))
    view, edit, more, preview, deliveries, remove = map(t, ("View", "Edit", "More", "Preview", "Deliveries", "Remove…"))
    endless = f'<span aria-hidden="true">–</span><span class="vh">{t("No end")}</span>'
    unsent = f'<span aria-hidden="true">–</span><span class="vh">{t("Not sent yet")}</span>'
    hurry, dots = f' <span class="chip">{t("Urgent")}</span>', str(icon("ellipsis"))

    def moment(at: Any) -> str:
        return f"{at.day} {months[at.month]} {at.year}, {at.hour:02}:{at.minute:02}"

    def rows(found: list[tuple[Any, ...]]) -> Iterable[str]:
        for key, title, tongue, author, audience, group_name, urgent, state, starts, ends, failed in found:
            text, (tone, label), href = escape(title), badges[state], f"/schedule-notices/{key}"
            other = tongue != language
            chip = f' <span class="chip">{words["in_" + tongue]}</span>' if other else ""
            if state == "removed":
                actions = f'<a class="btn sm" href="{href}">{view}<span class="vh">: {text}</span></a>\n'
            else:
                actions = f"""<a class="btn sm" href="{href}/edit">{edit}<span class="vh">: {text}</span></a>
<details class="drop"><summary class="btn sm icon" aria-label="{more}: {text}">{dots}</summary><ul>
<li><a href="{href}#preview">{preview}</a></li>
<li><a href="{href}#deliveries">{deliveries}</a></li>
<li class="sep"><a href="{href}/remove">{remove}</a></li>
</ul></details>"""
            yield f"""<tr{' class="off"' if state == "removed" else ""}>
<th scope="row"><a href="{href}"{f' lang="{tongue}"' if other else ""}>{text}</a><small>{escape(author)}{chip}{hurry if urgent else ""}</small></th>
<td data-h="{status}"><span class="badge {tone}"><i aria-hidden="true"></i>{label}</span></td>
<td data-h="{for_}">{escape(group_name) if group_name else words[audience]}</td>
<td data-h="{starts_}" class="num">{moment(starts)}</td>
<td data-h="{ends_}" class="num">{moment(ends) if ends else endless}</td>
<td data-h="{failed_}" class="r num">{unsent if failed is None else f"{failed:,}".replace(",", group)}</td>
<td class="ra">{actions}</td>
</tr>
"""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if walled:
            digest = hashlib.sha256(token.encode()).digest()
            assert who.execute(WHO.sql, {**WHO.constants, "token_hash": digest}).fetchone()
            reader.execute("BEGIN READ ONLY; SET LOCAL app.school_id = '1'", prepare=False)
        found = reader.execute(select.sql, {**values, "now": clock.now()}).fetchall()
        if walled:
            reader.connection.commit()
        body = f"{head}{''.join(rows(found[: queries.PAGE]))}{tail}".encode()
        start_response("200 OK", [*HEADERS, ("Content-Length", str(len(body)))])
        return [body]

    return application
