"""What can be wrong with an archive: said with the file and the line, for whoever has to look for it."""

from __future__ import annotations

from app.i18n.catalogue import N_

#: key -> what people are told; `file`, `line` and `detail` are filled in
WORDS = {
    "no_zip": N_("This is not an archive of Umthi: it is no ZIP file, or it was cut off."),
    "no_manifest": N_("This is not an archive of Umthi: it has no manifest.json that can be read. (%(detail)s)"),
    "format": N_("This archive has the format ‘%(detail)s’, which this version does not read."),
    "columns": N_("%(file)s: the archive was made by another version. It differs in: %(detail)s."),
    "path": N_("The archive has a part that does not belong there: %(detail)s."),
    "missing": N_("%(file)s: the manifest names it, and the archive does not have it."),
    "bomb": N_("%(file)s: unpacked it is larger than the manifest or this page allows."),
    "too_large": N_("Unpacked the archive has more than %(detail)s GB, which this page does not take."),
    "broken": N_("%(file)s: it cannot be unpacked. (%(detail)s)"),
    "hash": N_("%(file)s: its SHA-256 is not the one of the manifest: it was changed on the way."),
    "rows": N_("%(file)s: it has %(line)s rows, and the manifest says %(detail)s."),
    "long_line": N_("%(file)s, line %(line)s: the line is too long."),
    "no_json": N_("%(file)s, line %(line)s: it cannot be read as JSON."),
    "nul": N_("%(file)s, line %(line)s: it contains a NUL character, which no text may have."),
    "keys": N_("%(file)s, line %(line)s: its fields are not those of the manifest. (%(detail)s)"),
    "id": N_("%(file)s, line %(line)s: its id is no UUID."),
    "twice": N_("%(file)s, line %(line)s: the id is there already."),
    "order": N_("%(file)s, line %(line)s: the rows are not in the order of their ids."),
    "outside": N_("%(file)s, line %(line)s: it refers to something that is not in the archive. (%(detail)s)"),
    "unique": N_("%(file)s, line %(line)s: it says what another row says already. (%(detail)s)"),
    "value": N_("%(file)s, line %(line)s: a value is not allowed there. (%(detail)s)"),
    "differs": N_("%(file)s, line %(line)s: what was written reads otherwise than the file says."),
    "account": N_("%(file)s, line %(line)s: the account with this address has not shown that the address is theirs."),
    "account_off": N_("%(file)s, line %(line)s: the account with this address is disabled on this platform."),
    "staff": N_("%(file)s, line %(line)s: the account with this address runs the platform, and belongs to no school."),
    "address": N_("%(file)s, line %(line)s: it is no address of mail."),
    "not_empty": N_("The school is not empty any more: it has rows of ‘%(detail)s’. An archive needs an empty one."),
    "suspended": N_("The school is suspended. Reactivate it first; nothing was brought in."),
    "disk": N_("There is no room on the disk. Nothing was brought in."),
    "fault": N_("Something went wrong on our side. Nothing was brought in; the log of the worker says more."),
}  # fmt: skip


class Wrong(Exception):
    """An archive that is not brought in. `key` is one of WORDS; `line` counts from 1, and is 0 where there is none."""

    def __init__(self, key: str, *, file: str = "", line: int = 0, detail: str = "") -> None:
        super().__init__(key, file, line, detail)
        self.key, self.file, self.line, self.detail = key, file, line, detail

    def told(self) -> dict[str, object]:
        """As it is kept."""
        return {"key": self.key, "file": self.file, "line": self.line, "detail": self.detail}
