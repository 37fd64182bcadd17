"""The catalogues are whole, and each check is seen to fail on a planted violation."""

from __future__ import annotations

import shutil

import pytest

from app.i18n import extract
from app.i18n.catalogue import po_file
from app.i18n.checks import problems, stale
from app.i18n.languages import LANGUAGES
from app.i18n.pseudo import pseudo, write


def test_the_catalogues_are_whole():
    assert problems() == []


def test_the_catalogues_are_up_to_date_with_the_sources():
    assert stale() == []


def test_good_catalogues_break_no_rule(catalogues):
    assert problems(catalogues()) == []


PEOPLE, CLOSED = "%(num)s person|%(num)s people", "%(school)s is closed"


@pytest.mark.parametrize(
    ("language", "message", "translation", "said"),
    [
        ("zu", "Starts", "", "zu: 'Starts': not translated"),
        ("zu", PEOPLE, "umuntu ongu-%(num)s|", "zu: '%(num)s person': not translated"),
        ("zu", PEOPLE, "umuntu ongu-%(num)s|abantu abangu-%(count)s", "placeholders ['%(count)s'] instead of ['%(num)s']"),
        ("zu", PEOPLE, "umuntu oyedwa|abantu abangu-%(num)s", "placeholders [] instead of ['%(num)s']"),
        ("af", PEOPLE, "een persoon|%(num)d mense", "placeholders ['%(num)d'] instead of ['%(num)s']"),
        ("af", PEOPLE, "een persoon|baie mense", "placeholders [] instead of ['%(num)s']"),
        ("zu", "Starts", "<b>Siqala</b>", "HTML tags differ"),
        ("zu", "Starts", "Starts", "zu: 'Starts': the same as its English, and not listed"),
        ("zu", "Status", "Status", "zu: 'Status': the same as its English, and not listed"),
        ("af", "Starts", "Begin and eindig", "af: 'Starts': English words ['and']"),
        ("af", "Starts", "Your begin", "English words ['Your']"),
        ("zu", "Starts", "Siqala of isikole", "English words ['of']"),
        ("zu", "Starts", "Siqala is", "English words ['is']"),
        ("zu", "Starts", "Siqala no isikole", "English words ['no']"),
        ("af", "Starts", "'n Begin", "a straight apostrophe"),
        ("af", "Starts", "‘n Begin", "‘n for ’n"),
        ("af", "Starts", "Tik die e-pos adres", "a compound in two words"),
        ("af", "Starts", "Jy kan u wagwoord verander", "both jy and u"),
        ("af", "Starts", "Geen kennisgewings is aktief", "a denial without its second nie"),
        ("af", "Starts", "Moenie hier aanmeld", "a denial without its second nie"),
        ("zu", PEOPLE, "%(num)s umuntu|abantu abangu-%(num)s", "a number without its concord"),
        ("zu", PEOPLE, "umuntu %(num)s|abantu abangu-%(num)s", "a number without its concord"),
        ("zu", CLOSED, "Isikole i %(school)s sivaliwe", "a name after a space"),
        ("zu", CLOSED, "Isikole %(school)s sivaliwe", "a name after a space"),
        ("zu", "Starts", "Siqala namhlanje", "a word that the glossary rules out"),
        ("zu", "Starts", "iMeyili", "a word that the glossary rules out"),
        ("zu", "Starts", "i-Imeyili", "a word that the glossary rules out"),
        ("zu", "Starts", "Umyalezo wakho", "a word that the glossary rules out"),
    ],
)
def test_a_planted_translation_is_found(catalogues, language, message, translation, said):
    found = problems(catalogues(**{language: {message: translation}}))
    assert [line for line in found if said in line], found


@pytest.mark.parametrize(
    ("language", "message", "translation"),
    [
        ("af", PEOPLE, "een persoon|%(num)s mense"),
        ("af", "Starts", "Geen"),
        ("af", "Starts", "Geen kennisgewings is nou aktief nie. Skeduleer die eerste een."),
        ("af", "Starts", "Is dit in die ry of nie? Geen skool pas by “%(query)s” nie."[:24]),
        ("zu", PEOPLE, "Abantu: %(num)s|Abantu: %(num)s"),
        ("zu", "Starts", "I-imeyili nge-imeyili i-imeyili"),
        ("zu", CLOSED, "Isikole esithi %(school)s sivaliwe"),
        ("zu", CLOSED, "Igama elithi “%(school)s” livaliwe"),
    ],
)
def test_what_is_right_is_let_through(catalogues, language, message, translation):
    assert problems(catalogues(**{language: {message: translation}})) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("af/LC_MESSAGES/messages.po", 'msgid "Starts"\nmsgstr "Begin"\n', "", "af: 'Starts': not in the catalogue"),
        ("af/LC_MESSAGES/messages.po", 'msgid "Starts"', 'msgid "Commences"', "af: 'Commences': no longer in the source"),
        ("af/LC_MESSAGES/messages.po", 'msgid "Starts"', '#, fuzzy\nmsgid "Starts"', "af: 'Starts': fuzzy"),
        ("zu/LC_MESSAGES/messages.po", "plural=(n > 1)", "plural=(n != 1)", "zu: the plural header is"),
        ("messages.pot", 'msgid "Starts"', 'msgid "<b>Starts</b>"', "HTML in a message"),
        ("messages.pot", 'msgid "Starts"', 'msgid "Starts&nbsp;at"', "HTML in a message"),
        ("messages.pot", 'msgid "Starts"', 'msgid "The school\'s start"', "a straight quotation mark or apostrophe"),
        ("same.txt", "af: Status", "af: Status\naf: Sport", "same.txt: 'Sport' is in no message"),
        ("same.txt", "af: Status", "af: Status\nfr: Umthi", "same.txt: no language 'fr'"),
    ],
)
def test_a_planted_violation_in_a_file_is_found(catalogues, file, old, new, said):
    path = catalogues() / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    found = problems(path.parents[2] if "LC_MESSAGES" in file else path.parent)
    assert [line for line in found if said in line], found


def test_a_language_without_a_catalogue_is_found(catalogues):
    folder = catalogues()
    shutil.rmtree(folder / "af")
    assert "af: no catalogue" in problems(folder)


@pytest.fixture
def project(tmp_path, catalogues):
    """A source tree with one module and one template, and catalogues that know nothing of them."""
    (tmp_path / "app" / "templates").mkdir(parents=True)
    (tmp_path / "app" / "gate.py").write_text(
        'ICON = N_("Gate")\nspeech().ngettext("%(num)s scan", "%(num)s scans", 2)\n', "utf-8"
    )
    (tmp_path / "app" / "templates" / "gate.html").write_text("{{ _('On site now') }}{{ 'x'|icon }}{{ _(row.state) }}", "utf-8")
    shutil.copy(extract.ROOT / "translations" / "babel.cfg", catalogues())
    return tmp_path


def test_messages_come_from_python_and_from_templates(project):
    assert {message.id for message in extract.messages(project) if message.id} == {
        "Gate",
        "On site now",
        ("%(num)s scan", "%(num)s scans"),
    }


def test_a_message_that_is_new_or_gone_is_found(project):
    found = stale(project / "translations")
    assert "messages.pot: 'Gate' is new in the sources: run `make messages`" in found
    assert "messages.pot: 'Starts' is gone from the sources: run `make messages`" in found


def test_make_messages_keeps_translations_guesses_none_and_is_stable(project):
    source = project / "app" / "gate.py"
    source.write_text(source.read_text("utf-8") + 'N_("Starts")\nN_("Started")\n', "utf-8")
    assert extract.write(project) == 5
    folder = project / "translations"
    assert stale(folder) == []
    zu = po_file("zu", folder).read_text("utf-8")
    assert 'msgid "Starts"\nmsgstr "Siqala"' in zu
    assert 'msgid "Started"\nmsgstr ""' in zu
    assert "fuzzy" not in zu
    assert "Isimo" not in zu
    assert LANGUAGES["zu"].plural in zu
    before = {path: path.read_bytes() for path in folder.rglob("*.po*")}
    extract.write(project)
    assert {path: path.read_bytes() for path in folder.rglob("*.po*")} == before


def test_the_pretended_language_is_longer_and_keeps_its_placeholders(tmp_path):
    said = pseudo("%(num)s notices on this page of the list")
    assert "%(num)s" in said
    assert len(said) >= 1.4 * len("%(num)s notices on this page of the list")
    assert len(pseudo("Starts")) >= 2 * len("Starts")
    assert "[" in write(tmp_path).read_text("utf-8")
