"""The file of a pack: a ZIP with a page to read and to print, and the same for programs. No page of it asks another server."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from app import clock
from app.domain.personal_data.mentions import Mention
from app.domain.personal_data.pack import Pack
from app.i18n.catalogue import N_
from app.i18n.speech import Speech
from blueprints.personal_data import saying

MINIMISED = N_(
    "Of other people this has names only, and only of staff and of the family; another learner is called ‘another learner’. "
    "What staff did at work is counted and not listed, because it is about others. Keys of devices and tokens are left out."
)
MEDICAL = "medical_note"
MEDICAL_LEFT_OUT = N_("A medical note is held as well. Ask the owner of the school for a copy with it.")
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}h2{margin-top:2rem}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}th,td{border:1px solid #bbb;padding:.25rem .5rem;"
    "text-align:left;vertical-align:top}th{width:30%}@media print{tr{break-inside:avoid}}"
)


class Written(NamedTuple):
    """What came of it: the hash is that of the whole file."""

    rows: int
    size: int
    sha256: str


def write(pack: Pack, account: Mapping[str, int], path: Path, *, school: str, voice: Speech, medical: bool) -> Written:
    """Write the file, whole or not at all. Without `medical` the medical note is left out, and the page says so."""
    held_note = any(section.table == MEDICAL for section in pack.sections)
    if not medical:
        pack = pack._replace(sections=[section for section in pack.sections if section.table != MEDICAL])
    left_out = voice.gettext(MEDICAL_LEFT_OUT) if held_note and not medical else ""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    data = json.dumps(_data(pack, account, school), ensure_ascii=False, indent=1, default=str).encode()
    page = _page(pack, account, school, voice, left_out).encode()
    sums = "".join(
        f"{hashlib.sha256(part).hexdigest()}  {name}\n" for name, part in (("data.json", data), ("index.html", page))
    )
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("index.html", page)
        file.writestr("data.json", data)
        file.writestr("SHA256SUMS", sums)
    content = unfinished.read_bytes()
    unfinished.chmod(0o600)
    unfinished.rename(path)
    return Written(pack.rows, len(content), hashlib.sha256(content).hexdigest())


def _data(pack: Pack, account: Mapping[str, int], school: str) -> dict[str, Any]:
    return {
        "school": school, "made": clock.now().isoformat(),
        "person": {"id": pack.person_id, "name": pack.name, "kind": pack.kind},
        "held": {section.table: section.rows for section in pack.sections},
        "audit": [
            {"at": event.at.isoformat(), "action": event.action, "by": event.actor, "values": event.values}
            for event in pack.events
        ],
        "named_in": [{"table": each.table, "words": each.words} for each in pack.mentions],
        "did": {f"{table}.{column}": number for (table, column), number in pack.deeds.items()} | {"audit": pack.acted},
        "account": dict(account),
    }  # fmt: skip


def _page(pack: Pack, account: Mapping[str, int], school: str, voice: Speech, left_out: str) -> str:
    say = voice.gettext
    title = say("What %(school)s holds about %(name)s", school=school, name=pack.name)
    parts = [Markup("<h1>{}</h1><p>{}</p><p>{}</p>").format(title, voice.moment(clock.now()), say(MINIMISED))]
    if left_out:
        parts.append(Markup("<p><strong>{}</strong></p>").format(left_out))
    for section in pack.sections:
        told = saying.section(section, voice)
        parts.append(Markup("<h2>{} ({})</h2>").format(told.label, voice.number(told.total)))
        parts += [_table(row) for row in told.rows]
    parts.append(Markup("<h2>{}</h2>").format(say("What was done about them")))
    for event in pack.events:
        deed = saying.deed(event, voice)
        parts.append(Markup("<p>{} · {} · {}</p>").format(deed.at, deed.what, deed.actor))
        parts.append(_table(deed.changes))
    if pack.mentions:
        parts.append(Markup("<h2>{}</h2>").format(say("Where else they are named")))
        parts += [_mention(each, voice) for each in pack.mentions]
    did = [
        (f"{saying.table_label(table, voice)}, {saying.column_label(column, voice)}", voice.number(number))
        for (table, column), number in sorted(pack.deeds.items())
    ]
    if did or pack.acted:
        parts.append(Markup("<h2>{}</h2>").format(say("What they did, counted")))
        parts.append(_table([*did, (say("Entries in the audit log"), voice.number(pack.acted))]))
    if account:
        parts.append(Markup("<h2>{}</h2><p>{}</p>").format(say("Their account"), say(ACCOUNT)))
        parts.append(_table([(saying.table_label(name, voice), voice.number(number)) for name, number in account.items()]))
    head = Markup('<!doctype html><html lang="{}"><head><meta charset="utf-8"><title>{}</title><style>{}</style></head><body>')
    return str(head.format(voice.language, title, Markup(_STYLE)) + Markup("").join(parts) + Markup("</body></html>\n"))  # noqa: S704


ACCOUNT = N_(
    "An account belongs to the person, not to the school. They see all of this themselves, in the menu of their account."
)


def _table(cells: list[tuple[str, str]]) -> Markup:
    rows = Markup("").join(Markup("<tr><th>{}</th><td>{}</td></tr>").format(*cell) for cell in cells)
    return Markup("<table>{}</table>").format(rows) if cells else Markup("")


def _mention(each: Mention, voice: Speech) -> Markup:
    cells = [(saying.column_label(name, voice), saying.value(name, known, voice)) for name, known in each.words.items()]
    return Markup("<h3>{}</h3>{}").format(saying.table_label(each.table, voice), _table(cells))
