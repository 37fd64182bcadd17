"""Small catalogues of the tests' own, so that no rule is tested on words that somebody may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.i18n import catalogue
from app.i18n.catalogue import po_file
from app.i18n.languages import LANGUAGES

SOURCE = {
    "Starts": {"af": "Begin", "zu": "Siqala"},
    "%(num)s person|%(num)s people": {"af": "%(num)s persoon|%(num)s mense", "zu": "umuntu ongu-%(num)s|abantu abangu-%(num)s"},
    "%(school)s is closed": {"af": "%(school)s is toe", "zu": "Isikole i-%(school)s sivaliwe"},
    "Status": {"af": "Status", "zu": "Isimo"},
    "Welcome to Umthi": {"af": "Welkom by Umthi", "zu": "Siyakwamukela ku-Umthi"},
}  # fmt: skip


def written(language: str | None, messages: dict[str, dict[str, str]]) -> str:
    """The text of a catalogue, or of the template."""
    plural = f'"Language: {language}\\n"\n"Plural-Forms: {LANGUAGES[language].plural}\\n"\n' if language else ""
    blocks = [f'msgid ""\nmsgstr ""\n{plural}"Content-Type: text/plain; charset=utf-8\\n"\n']
    for message, said in messages.items():
        ids, forms = message.split("|"), said[language].split("|") if language else [""] * (message.count("|") + 1)
        if len(ids) == 1:
            blocks.append(f'msgid "{ids[0]}"\nmsgstr "{forms[0]}"\n')
        else:
            blocks.append(f'msgid "{ids[0]}"\nmsgid_plural "{ids[1]}"\nmsgstr[0] "{forms[0]}"\nmsgstr[1] "{forms[1]}"\n')
    return "\n".join(blocks)


@pytest.fixture
def catalogues(tmp_path: Path) -> Callable[..., Path]:
    """Write catalogues of `SOURCE` with some messages said otherwise: `catalogues(zu={"Starts": "…"})`; returns their folder."""

    def write(same: str = "af: Status\nall: Umthi\n", **changes: dict[str, str]) -> Path:
        folder = tmp_path / "translations"
        folder.mkdir(exist_ok=True)
        (folder / "messages.pot").write_text(written(None, SOURCE), "utf-8")
        (folder / "same.txt").write_text(f"# may stay as it is\n{same}", "utf-8")
        for language in ("af", "zu"):
            path = po_file(language, folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            messages = {
                key: said | {language: changes.get(language, {}).get(key, said[language])} for key, said in SOURCE.items()
            }
            path.write_text(written(language, messages), "utf-8")
        return folder

    return write


@pytest.fixture
def small_catalogues(catalogues: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The application's languages say what `SOURCE` says while the test runs."""
    monkeypatch.setattr(catalogue, "FOLDER", catalogues())
    catalogue.catalogue.cache_clear()
    yield
    monkeypatch.undo()
    catalogue.catalogue.cache_clear()
