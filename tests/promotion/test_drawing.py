"""How sheets are drawn: everything fits, everybody can read it, nothing in it runs, and pixels show what vectors show."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from app.domain.promotion import lettering, pixels, vectors
from app.domain.promotion.kinds import KINDS, PARTS
from app.domain.promotion.layouts import Content, TooLong, draw, overflowing
from app.domain.promotion.lettering import Face, kerning, letters, outline, spelt, undrawable, width
from app.domain.promotion.palettes import PALETTES, THEMES, pairs
from app.domain.promotion.scene import Box, Code, Line, Picture
from app.domain.promotion.setting import Style, cut_to, fit
from app.domain.site.contrast import TEXT, contrast
from app.i18n.languages import LANGUAGES
from app.web import looks
from blueprints.promotion.suggestions import suggested

HOSTILE = "<script>alert(1)</script>\"'&]]>\x00\x08\ufffe{{7*7}}"
LINK = "https://umthi.example.com/s/thaba/lead?utm_source=poster&utm_medium=print&utm_campaign=open-day&utm_content=en"


def content(kind="poster", language="en", *, logo=None, school="Thaba Nkulu Primary", **texts):
    said = {**suggested(kind)[language], **texts}
    return Content(
        said, school, ("079 555 0100", "office@thaba.example.com", "12 Church Street"), logo, LINK, "umthi.example.com/s/thaba"
    )


def a_logo(wide, high):
    drawn = BytesIO()
    Image.new("RGBA", (wide, high), "#c33a2c").save(drawn, "PNG")
    return drawn.getvalue()


def inside(scene):
    """What of a scene's texts, codes and pictures reaches over the edge."""
    for shape in scene.shapes:
        match shape:
            case Line(x, y, text, face, size, _):
                if x < 0 or x + width(text, face, size) > scene.wide or y - size < 0 or y + size * 0.3 > scene.high:
                    yield text
            case Picture(x, y, wide, high, _):
                if x < 0 or y < 0 or x + wide > scene.wide or y + high > scene.high:
                    yield shape
            case Code(x, y, side, _, _):
                if x < 0 or y < 0 or x + side > scene.wide or y + side > scene.high:
                    yield shape


@pytest.mark.parametrize("theme", PALETTES)
def test_every_text_of_every_theme_can_be_read(theme):
    assert [pair for pair in pairs(PALETTES[theme]) if contrast(*pair) < TEXT] == []
    planted = PALETTES[theme]._replace(light=PALETTES[theme].ring)
    assert [pair for pair in pairs(planted) if contrast(*pair) < TEXT], "a pair that nobody can read is found"


def test_contrast_is_that_of_the_guideline():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_the_themes_are_those_of_the_pages():
    assert list(PALETTES) == list(THEMES) == list(looks.THEMES)
    assert {key: label for key, (label, _) in looks.THEMES.items()} == THEMES


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("kind", KINDS)
def test_texts_stand_on_the_colours_that_are_compared(kind, theme):
    known = {colour for colour, _ in pairs(PALETTES[theme])}
    assert {shape.colour for shape in draw(kind, theme, content(kind)).shapes if isinstance(shape, Line)} <= known


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_suggested_fits_in_every_language(kind, language):
    scene = draw(kind, "fynbos", content(kind, language, logo=a_logo(300, 320)))
    assert list(inside(scene)) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("logo", [None, a_logo(320, 40), a_logo(40, 320), a_logo(16, 16)])
@pytest.mark.parametrize(
    "name", ["A", "Laerskool " * 12, "W" * 120, "Hoërskool Jan van Riebeeck en die Vrye Opvoedingsvereniging"]
)
def test_any_name_and_any_logo_stay_on_the_sheet(kind, logo, name):
    assert list(inside(draw(kind, "granite", content(kind, school=name, logo=logo)))) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", PARTS)
def test_the_longest_text_either_fits_or_is_refused(kind, part):
    room = KINDS[kind].rooms[part]
    usual = ("Elke kind leer hier en speel " * 40)[: room.characters]
    assert overflowing(kind, {part: usual}) == [], "what people write fits"
    assert list(inside(draw(kind, "fynbos", content(kind, **{part: usual})))) == []
    wide = "W" * 2000
    assert overflowing(kind, {part: wide}) == [part]
    with pytest.raises(TooLong):
        draw(kind, "fynbos", content(kind, **{part: wide}))


def test_lines_are_no_wider_than_their_box_and_large_where_there_is_room():
    style = Style(Face.BOLD, 27, 13, 1.06)
    block = fit("Come and see where your child will grow", style, wide=178, high=86)
    assert max(width(line, block.face, block.size) for line in block.lines) <= 178
    assert block.height <= 86
    assert fit("Come", style, wide=178, high=86).size == 27
    assert fit("Grootmoedersdag " * 20, style, wide=178, high=86) is None
    assert fit("", style, wide=178, high=86).lines == ()


def test_a_word_is_broken_only_where_no_size_saves_it():
    style = Style(Face.BOLD, 20, 10, 1.1)
    assert fit("Opvoedingsverenigings", style, wide=120, high=80).lines == ("Opvoedingsverenigings",)
    assert fit("umthi.example.com/s/thaba-nkulu-primary", style, wide=110, high=80).lines[0].endswith(("/", "-"))
    assert cut_to("W" * 500, style, wide=60, high=30).lines[-1].endswith("…")


def test_letters_are_measured_with_their_kerning():
    kerned = kerning("A", "V", Face.BOLD)
    assert kerned < 0
    apart = width("A", Face.BOLD, 1000) + width("V", Face.BOLD, 1000)
    assert width("AV", Face.BOLD, 1000) == apart + kerned
    assert kerning("f", "ë", Face.REGULAR) == kerning("f", "e", Face.REGULAR) != 0, "a letter with an accent moves as without"
    assert kerning("H", "H", Face.BOLD) == kerning("□", "V", Face.BOLD) == kerning("V", "□", Face.BOLD) == 0


def test_every_sign_that_can_be_written_can_be_measured_and_drawn_in_both_faces():
    signs = "".join(letters(Face.REGULAR).advances)
    assert list(letters(Face.BOLD).advances) == list(letters(Face.REGULAR).advances)
    assert set("abcxyzABCXYZ0189êëîôûáŉŠš’“”–—…€&@/□") <= set(signs)
    for face in Face:
        kinds = {kind: {len(points) for of, points in outline(signs, face, 10, 0, 0) if of == kind} for kind in "MLCZ"}
        assert kinds == {"M": {1}, "L": {1}, "C": {3}, "Z": {0}}
        assert {kind for kind, _ in outline(signs, face, 10, 0, 0)} == set(kinds)


def test_nothing_about_fonts_is_imported_before_a_text_is_set():
    before = "import sys, app.domain.promotion.lettering as l; before = any(n.startswith('fontTools') for n in sys.modules)"
    after = "l.width('A', l.Face.BOLD, 1); print(before, any(n.startswith('fontTools') for n in sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{before}; {after}"], capture_output=True, text=True, check=True
    )
    assert (ran.stdout, ran.stderr) == ("False True\n", "")


def test_two_threads_read_a_face_as_one_does():
    signs = "".join(letters(Face.BOLD).advances)[:400]
    alone = outline(signs, Face.BOLD, 10, 0, 0)
    for kept in (letters, kerning, lettering._steps):
        kept.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: outline(signs, Face.BOLD, 10, 0, 0) == alone, range(4))) == [True] * 4


def test_signs_without_an_outline_are_named_and_never_lost():
    assert undrawable("Ons skool ’n Êk ŉ isiZulu – “goed” 100%") == []
    assert undrawable("学校 🎉 a") == ["学", "校", "🎉"]
    assert spelt("a\u0301 b\x00\u202e") == "á b"
    assert spelt("学") == "□"


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_words_are_outlines_and_a_title(kind):
    hostile = dict.fromkeys(PARTS, HOSTILE[:40])
    svg = vectors.written(draw(kind, "fynbos", content(kind, school=HOSTILE, **hostile)), title=HOSTILE, language='en"><x')
    root = ET.fromstring(svg)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "rect", "circle", "path", "image"}
    attributes = {name.rpartition("}")[2] for element in root.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert root.find("{http://www.w3.org/2000/svg}title").text.startswith("<script>alert(1)</script>")
    assert root.get("lang") == 'en"><x'


def test_a_drawing_asks_for_nothing_from_elsewhere():
    svg = vectors.written(draw("poster", "fynbos", content(logo=a_logo(64, 64))), title="A poster", language="en")
    links = re.findall(r'href="([^"]{0,22})', svg)
    assert links == ["data:image/png;base64,"]
    assert "url(" not in svg
    assert re.findall(r"https?://[^\"\s]+", svg) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_quiet_zone_of_a_code_stays_white(kind):
    scene = draw(kind, "jacaranda", content(kind))
    (code,) = [shape for shape in scene.shapes if isinstance(shape, Code)]
    zone = 4 * code.side / len(code.modules)
    at = scene.shapes.index(code)
    grounds = [shape for shape in scene.shapes[:at] if isinstance(shape, Box) and shape.colour == "#ffffff"]
    assert any(
        ground.x <= code.x - zone + 1e-6 and ground.y <= code.y - zone + 1e-6
        and ground.x + ground.wide >= code.x + code.side + zone - 1e-6
        and ground.y + ground.high >= code.y + code.side + zone - 1e-6
        for ground in grounds
    )  # fmt: skip
    over = [shape for shape in scene.shapes[at + 1 :] if isinstance(shape, Line)]
    assert not [line for line in over if line.x < code.x + code.side + zone and code.y - zone < line.y < code.y + code.side]


def test_pixels_show_what_vectors_show():
    scene = draw("card", "fynbos", content("card", logo=a_logo(64, 64)))
    with Image.open(BytesIO(pixels.painted(scene))) as picture:
        assert picture.size == (1200, 630)
        assert picture.getpixel((2, 628)) == (0x0F, 0x5B, 0x45)
        (code,) = [shape for shape in scene.shapes if isinstance(shape, Code)]
        each = code.side / len(code.modules)
        for row in range(0, len(code.modules), 3):
            for column in range(0, len(code.modules), 3):
                at = int(code.x + (column + 0.5) * each), int(code.y + (row + 0.5) * each)
                dark = sum(picture.getpixel(at)) < 380
                assert dark == bool(code.modules[row][column]), (row, column)


def test_a_hole_in_a_letter_is_a_hole():
    scene = draw("card", "granite", content("card", headline="OOOO"))
    line = next(shape for shape in scene.shapes if isinstance(shape, Line) and shape.text == "OOOO")
    with Image.open(BytesIO(pixels.painted(scene))) as picture:
        middle = int(line.x + width("O", line.face, line.size) / 2), int(line.y - line.size * 0.33)
        assert sum(picture.getpixel(middle)) < 200, "the ground is seen through the letter"
        stroke = int(line.x + line.size * 0.11), middle[1]
        assert sum(picture.getpixel(stroke)) > 700
