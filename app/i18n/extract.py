"""`make messages`: gather every message of the sources, and bring the catalogues up to date with them.

A message is a constant in `_()`, `gettext()`, `ngettext()` or `N_()`. A changed message loses its translation on purpose: a
guess ("fuzzy") would be shown to nobody and hides what is still to do. The same sources always give the same bytes.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from app.i18n.catalogue import FOLDER, po_file
from app.i18n.languages import DEFAULT, LANGUAGES, Language

ROOT = FOLDER.parent
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}
SKIPPED = (".", "_", "node_modules", "instance", "tests", "bench", "docs")
HEADER = """\
# {about}
msgid ""
msgstr ""
{language}"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def messages(root: Path = ROOT) -> Catalog:
    """Every message of the sources below `root`, with the files that say it."""
    with (root / "translations" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(charset="utf-8")
    for name, line, message, comments, context in extract_from_dir(
        root, methods, options, KEYWORDS, ("Translators:",), strip_comment_tags=True, directory_filter=_is_ours
    ):
        found.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return found


def template(found: Catalog) -> bytes:
    """The bytes of messages.pot."""
    return _written(found, HEADER.format(about="Every message of Umthi. Written by `make messages`.", language=""))


def updated(found: Catalog, language: Language, folder: Path = FOLDER) -> bytes:
    """The bytes of a language's catalogue, with what is new in it untranslated and what is gone dropped."""
    path = po_file(language.code, folder)
    held = Catalog(locale=language.code)
    if path.exists():
        with path.open("rb") as file:
            held = read_po(file, locale=language.code)
    held.update(found, no_fuzzy_matching=True)
    lines = f'"Language: {language.code}\\n"\n"Plural-Forms: {language.plural}\\n"\n'
    return _written(held, HEADER.format(about=f"{language.name} messages of Umthi.", language=lines))


def write(root: Path = ROOT) -> int:
    """Write messages.pot and every catalogue; returns how many messages there are."""
    found, folder = messages(root), root / "translations"
    (folder / "messages.pot").write_bytes(template(found))
    for language in LANGUAGES.values():
        if language.code != DEFAULT:
            path = po_file(language.code, folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(updated(found, language, folder))
    return len(found)


def _written(catalogue: Catalog, header: str) -> bytes:
    out = BytesIO()
    write_po(out, catalogue, width=120, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return header.encode() + out.getvalue()


def _is_ours(folder: str | Path) -> bool:
    return not Path(folder).name.startswith(SKIPPED)


if __name__ == "__main__":
    print(f"translations: {write()} messages")  # noqa: T201
