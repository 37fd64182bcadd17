"""The stylesheet: tokens, equal dark blocks, nothing that an old phone does not know, and no class that nobody uses."""

from __future__ import annotations

import re
from pathlib import Path

from app.web.assets import SOURCES, STYLESHEET, squeeze, stylesheet

ROOT = Path(__file__).parents[2]
CSS = SOURCES / "css"
#: classes that are put together in a template or in Python: `note {{ tone }}`, `<td class="{{ kind }}">`
BUILT = {"ok", "warn", "crit", "info", "neutral", "w-s", "w-m", "danger", "of-poster", "of-flyer", "of-card"}


def blocks(css: str, mode: str) -> list[str]:
    found = re.findall(r"\[data-mode=" + mode + r"\](?:\[data-theme=\w+\])? ?\{[^}]*\}", css)
    return [re.sub(r"\s+", " ", block.replace(f"data-mode={mode}", "")) for block in found]


def dark_blocks_agree(tokens: str) -> bool:
    css = tokens.split("@media (prefers-contrast")[0]
    return len(blocks(css, "auto")) == 4 and blocks(css, "dark") == blocks(css, "auto")


def test_dark_and_auto_dark_are_the_same():
    tokens = (CSS / "tokens.css").read_text("utf-8")
    assert dark_blocks_agree(tokens)
    assert not dark_blocks_agree(tokens.replace("--bg: #0d1116", "--bg: #000000", 1)), "a planted difference"


def strangers(css: str) -> set[str]:
    """Colours that are written instead of named."""
    return set(re.findall(r"#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|hsla?\([^)]*\)|:\s*(?:white|black|red)\b", css))


def test_every_colour_is_a_token():
    assert strangers("p { color: #fff; background: rgb(0 0 0/.5) }") == {"#fff", "rgb(0 0 0/.5)"}, "a planted colour"
    for path in CSS.glob("*.css"):
        if path.name != "tokens.css":
            assert strangers(path.read_text("utf-8")) == set(), path.name


def test_every_token_is_defined_and_used():
    css = stylesheet(CSS)
    defined, used = set(re.findall(r"(--[\w-]+):", css)), set(re.findall(r"var\((--[\w-]+)", css))
    assert used == defined


def test_nothing_that_an_old_phone_does_not_know():
    css = stylesheet(CSS)
    assert "color-mix" not in css
    assert "!important" not in css
    assert ":has(" not in re.sub(r"@supports selector\(:has\(\*\)\) ?\{.*?\}\n?\}", "", css, flags=re.S)


def test_nothing_changes_the_case_of_a_word():
    """`isiZulu` and `uMsombuluko` do not survive it."""
    assert "text-transform" not in stylesheet(CSS)


def test_every_source_is_served():
    assert {path.stem for path in CSS.glob("*.css")} == set(STYLESHEET)


def test_the_squeezed_stylesheet_has_the_rules_and_no_comments():
    assert squeeze("/* a\n b */\n.a {\n  color: red;\n}\n\n.b { top: 0; }\n") == ".a {color: red;}\n.b { top: 0; }\n"


def _classes_of_css() -> set[str]:
    text = re.sub(
        r"/\*.*?\*/|\{[^{}]*\}", " ", "\n".join(path.read_text("utf-8") for path in SOURCES.rglob("*.css")), flags=re.S
    )
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", text))


def _text_of_pages() -> str:
    templates = [*ROOT.glob("app/templates/**/*.html"), *ROOT.glob("blueprints/*/templates/**/*.html")]
    return "\n".join(path.read_text("utf-8") for path in [*templates, *ROOT.glob("app/web/*.py")])


def _classes_of_pages() -> set[str]:
    values = re.findall(
        r'class(?:"?[:=] ?|=)["\']([^"]*?)["\']', re.sub(r"\{[{%#].*?[}%#]\}", " ", _text_of_pages(), flags=re.S)
    )
    return {name for value in values for name in value.split() if re.fullmatch(r"[a-zA-Z][\w-]*\w", name)}


def test_no_rule_is_for_a_class_that_nothing_has():
    pages = _text_of_pages()
    unused = {name for name in _classes_of_css() - BUILT if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", pages)}
    assert unused == set()


def test_no_page_has_a_class_without_a_rule():
    letters = {"letter", "from", "button", "small"}  # mails carry their own styles
    assert _classes_of_pages() - _classes_of_css() - BUILT - letters - {"vh"} == set()
