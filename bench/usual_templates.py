"""The product's templates with the usual calls in place of its own: gettext at run time, `url_for` and macros in every row."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORE, NOTICES = ROOT / "app/templates", ROOT / "blueprints/notices/templates"
FILES = {"web/frame.html": CORE, "web/shell.html": CORE, "web/ui.html": CORE, "notices/list.html": NOTICES}
NAVIGATION = """\
<nav aria-label="{{ _('Main') }}">
{% for key, heading in GROUPS.items() %}
{% set items = [] %}
{% for entry in entries if entry.group == key and can(entry.permission) %}{% set _ = items.append(entry) %}{% endfor %}
{% if items %}
{% if heading %}
<p class="navhead">{{ gettext(heading) }}</p>
{% endif %}
<ul class="nav">
{% for entry in items %}
<li><a href="{{ url_for(entry.endpoint) }}"{% if entry.endpoint.split('.')[0] == request.blueprint or entry.endpoint.split('.')[0] == 'notices' %} aria-current="page"{% endif %}>{{ icon(entry.icon) }}<span>{{ gettext(entry.label) }}</span></a></li>
{% endfor %}
</ul>
{% endif %}
{% endfor %}
</nav>
"""
#: what stands in the product's templates -> what is usually written
USUAL: tuple[tuple[str, str], ...] = (
    (r"\{\{ shell\.navigation \}\}", "{% include 'navigation.html' %}{{ '' }}"),
    (r"shell\.language", "get_locale().language"),
    (r"shell\.look\.(mode|theme)", r"current_user.\1"),
    (r"shell\.initials", "current_user.initials"),
    (r"\{\{ shell\.banner \}\}", "{{ _(config.BANNER) }}"),
    (r"shell\.banner", "config.BANNER"),
    (r" or shell\.may\('platform\.operate'\)", ""),
    (r"shell\.here", "school.name"),
    (r"shell\.who\.visit\b", "none"),  # nobody of the usual way is on a support visit
    (r"shell\.who\.school_id", "school.id"),
    (r"shell\.who\.schools", "current_user.memberships|length"),
    (r"shell\.who\.school\b", "school.name"),
    (r"shell\.who\.name", "current_user.name"),
    (r"shell\.who\.role\|word", "WORDS[membership.role]"),
    (r"shell\.who\.role", "membership.role"),
    (r"shell\.who\.platform_role\|word", "''"),
    (r"shell\.who\.platform_role", "false"),
    (r"shell\.who and ", ""),
    (r"shell\.csrf", "csrf_token()"),
    (r"shell\.running", "()"),  # nobody waits for anything here, and the usual way is spared the question
    (r"shell\.messages", "get_flashed_messages(with_categories=true)"),
    (r"ui\.(carry|messages)\(shell\)", r"ui.\1()"),
    (r"macro (carry|messages)\(shell\)", r"macro \1()"),
    (r"'([\w-]+)'\|icon\((\d+)\)", r"icon('\1', \2)"),
    (r"'([\w-]+)'\|icon", r"icon('\1')"),
    (r"'([\w.-]+)'\|asset", r"asset('\1')"),
    (r"\{% set notice = .*?%\}\n", ""),
    (r"\{\{ notice \}\}/(\w+)", r"{{ url_for('notices.\1_notice', notice_id=row.id) }}"),
    (r"\{\{ notice \}\}", "{{ url_for('notices.show_notice', notice_id=row.id) }}"),
    (r"'([\w.]+)'\|url\b(?!\()", r"url_for('\1')"),
    (r"row\.state\|badge", "ui.badge(STATES[row.state][1], STATES[row.state][0])"),
    (r"row\.group or ", "row.group.name if row.group else "),
    (r"row\.audience\|word", "WORDS[row.audience]"),
    (r"\('in_' ~ row\.language\)\|word", "WORDS['in_' ~ row.written_in]"),
    (r"row\.title", "row.title[row.written_in]"),
    (r"row\.language", "row.written_in"),
    (r"row\.author", "row.author.name"),
    (r"row\.(starts|ends)", r"row.\1_at"),
    (r"row\.failed is none", "row.message_id is none"),
    (r"row\.failed", "row.failures"),
    (r"\|moment", "|datetimeformat('d MMM y, HH:mm')"),
    (r"\|number\b", "|numberformat"),
    (r"ngettext\('([^']*)', '([^']*)', ([^)]*?)\)", r"ngettext('\1', '\2', \3, num=(\3)|numberformat)"),
    (r"\{\{ state\|badge \}\}", "{{ badge(STATES[state][1], STATES[state][0]) }}"),
)


def sources() -> dict[str, str]:
    """Template name to source."""
    return {"navigation.html": NAVIGATION.removesuffix("\n") + "\n"} | {
        name: usual((folder / name).read_text("utf-8"), with_macros=name != "web/ui.html") for name, folder in FILES.items()
    }


def usual(source: str, *, with_macros: bool) -> str:
    """One template in the usual way of writing."""
    for pattern, replacement in USUAL:
        source = re.sub(pattern, replacement, source)
    macros = "{% import 'web/ui.html' as ui with context %}\n"
    if not with_macros:
        return source
    extends = re.search(r"\{% extends .*?%\}\n", source)
    at = extends.end() if extends else 0
    if extends is None:
        return source.replace("{% block body %}", macros + "{% block body %}")
    body = re.sub(r"(\{% block \w+ %\}\n?)", rf"\1{macros}", source[at:])
    return source[:at] + body
