"""The text that lies in an archive, in the language of the school: what is in it, and how it is checked."""

from __future__ import annotations

from app.exports.archive.manifest import ANNEX, CARRIED, Manifest
from app.i18n.catalogue import N_
from app.i18n.speech import Speech

PARAGRAPHS = (
    N_("Everything of %(school)s, as it was on %(moment)s."),
    N_(
        "The folder “tables” has one file for each kind of record. Each line is one record, as JSON, in the order of the ids. "
        "They can be brought into an empty school on Umthi, and the records there are then the same, to the byte."
    ),
    N_(
        "The folder “annexes” has what is kept to be read: the audit log with its seals, what was delivered and tried, "
        "sessions and invitations. It is never brought in, because it is the history of the place where it happened."
    ),
    N_(
        "The file “manifest.json” names every part with its columns, its number of records and its SHA-256. On most computers "
        "“sha256sum” prints that of a file; the two must be equal."
    ),
    N_(
        "The audit log is checked without Umthi: take the script “verify_audit.py” from the page “Seals of the audit log”, "
        "and run “python3 verify_audit.py annexes/audit.jsonl”."
    ),
    N_(
        "No passwords, keys or links of invitations are in here. What is here is still personal: keep it as you keep the "
        "school’s files, and delete it when it is no longer needed."
    ),
)  # fmt: skip


def text(manifest: Manifest, voice: Speech) -> bytes:
    """README.txt, in UTF-8."""
    moment = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    said = [voice.gettext(PARAGRAPHS[0], school=manifest.school, moment=moment), *map(voice.gettext, PARAGRAPHS[1:])]
    listed = [
        f"{part.path:<40}{part.rows:>12}"
        for kind in (CARRIED, ANNEX)
        for part in sorted(manifest.parts)
        if part.kind == kind
    ]  # fmt: skip
    return ("\r\n\r\n".join([*said, "\r\n".join(listed)]) + "\r\n").encode()
