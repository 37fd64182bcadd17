"""What a school copies into its own site: a frame, and a plain form. Both work where inline scripts are forbidden."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from app.domain.leads.asking import Ask, FormView
from app.domain.leads.bots import STEP
from app.i18n.speech import Speech

HEIGHT = 900  # pixels: what the usual form takes; the script gives the frame what it really needs


class Snippets(NamedTuple):
    """`link` is the bare address, `frame` shows the form itself, `script` fits its height, `plain` is the page's own form."""

    link: str
    frame: str
    script: str
    plain: str


def snippets(view: FormView, words: Speech, *, site: str) -> Snippets:
    """The pieces of HTML for a form in its language; `words` are of that language, `site` is our public address."""
    return Snippets(
        link=f"{site}/s/{view.slug}/lead?lang={view.language}",
        frame=(
            f'<iframe src="{escape(site + view.frame)}" title="{escape(view.wording["title"])}" width="100%" height="{HEIGHT}"'
            ' loading="lazy"></iframe>'
        ),
        script=f'<script src="{escape(site)}/lead-frame.js" async></script>',
        plain=_plain(view, words, site),
    )


def _plain(view: FormView, words: Speech, site: str) -> str:
    lines = [
        f'<form method="post" action="{escape(site + view.action)}" accept-charset="utf-8">',
        f'  <input type="hidden" name="{STEP}" value="check">',
    ]
    for field, ask in view.fields:
        label, needed = escape(words.gettext(field.label)), " required" if ask is Ask.REQUIRED else ""
        known = f'id="enquiry-{field.name}" name="{field.name}"'
        if field.kind == "textarea":
            box = f'<textarea {known} rows="5" maxlength="{field.longest}"{needed}></textarea>'
        else:
            longest = "" if field.kind == "date" else f' maxlength="{field.longest}"'
            box = f'<input {known} type="{field.kind}" autocomplete="{field.autocomplete}"{longest}{needed}>'
        lines.append(f'  <p><label for="enquiry-{field.name}">{label}</label> {box}</p>')
    lines += [f"  <p><button>{escape(view.wording['button'])}</button></p>", "</form>"]
    return "\n".join(lines)
