"""Pictures: known by their bytes, drawn anew at a few widths, described, and kept while they are used."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from PIL import Image

from app.domain.site.imaging import BYTES, PIXELS, WIDTHS, BadPicture, TooManyPixels, read_picture
from tests.site.arranged import a_block, a_document, a_page, a_picture, add_site, add_version, drawn

ALT = {"alt_en": "A tree", "alt_zu": "Isihlahla", "alt_af": "’n Boom"}


def upload(raw, name="tree.jpg", **more):
    return {"file": (BytesIO(raw), name), **ALT, **more}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width, height):
    """A PNG of a few hundred bytes that claims to be as large as it likes."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def moving():
    file = BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    return file.getvalue()


HOSTILE = {
    "nothing": b"", "text": b"a picture", "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html": b"<html><script>alert(1)</script>", "gif": drawn("GIF", (64, 64)), "bmp": drawn("BMP", (64, 64)),
    "tiff": drawn("TIFF", (64, 64)), "bomb": bomb(60_000, 60_000), "large": bomb(6_000, 5_000), "cut": drawn("JPEG", (900, 900))[:600],
    "png cut": drawn("PNG", (900, 900))[:200], "claims": bomb(3_000, 3_000), "small": drawn("PNG", (20, 20)), "tall": drawn("PNG", (100, 1500)),
    "moving": moving(), "zeroes": bomb(0, 0), "too many bytes": b"\xff\xd8\xff" + b"\0" * BYTES,
    "pdf": b"%PDF-1.7\n", "zip": b"PK\x03\x04" + b"\0" * 60, "head only": b"\x89PNG\r\n\x1a\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_reason(name):
    with pytest.raises(BadPicture) as refused:
        read_picture(BytesIO(HOSTILE[name]))
    assert refused.value.message


def test_what_a_camera_writes_with_smaller_pictures_behind_it_is_a_picture():
    """A JPEG of the multi-picture format: the first is the picture, it does not move."""
    file = BytesIO()
    first, second = (Image.new("RGB", (1200, 800), colour) for colour in ("red", "blue"))
    first.save(file, "MPO", save_all=True, append_images=[second])
    drawn_ones = read_picture(BytesIO(file.getvalue()))
    assert [one.width for one in drawn_ones] == [320, 640, 1024, 1200]
    with Image.open(BytesIO(drawn_ones[0].image)) as small:
        red, green, blue = small.convert("RGB").getpixel((10, 10))
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_at_the_widths_that_it_is_wide_enough_for(form):
    widths = [one.width for one in read_picture(BytesIO(drawn(form, (1200, 800))))]
    assert widths == [320, 640, 1024, 1200]
    assert [one.width for one in read_picture(BytesIO(drawn(form, (200, 100))))] == [200]
    assert read_picture(BytesIO(drawn(form, (3200, 1600))))[-1][1:] == (1600, 800)
    assert WIDTHS[-1] == 1600


def test_nothing_of_the_file_is_kept_but_what_it_looks_like():
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Secret Camera", 6  # its make, and that it lies on its side
    exif.get_ifd(0x8825)[1] = "S"
    raw = drawn("JPEG", (800, 400), exif=exif.tobytes(), comment=b"hidden words")
    for one in read_picture(BytesIO(raw)):
        kept = Image.open(BytesIO(one.image))
        assert kept.format == "WEBP"
        assert not kept.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & kept.info.keys()
        assert b"Secret" not in one.image
        assert b"hidden" not in one.image
        assert one.width < one.height  # it stands upright


def test_what_is_transparent_stays_so():
    file = BytesIO()
    Image.new("RGBA", (100, 100), (255, 0, 0, 0)).save(file, "PNG")
    (one,) = read_picture(BytesIO(file.getvalue()))
    assert Image.open(BytesIO(one.image)).convert("RGBA").getpixel((50, 50))[3] == 0


@pytest.mark.parametrize(("form", "how"), [("PNG", {}), ("JPEG", {"progressive": True}), ("WEBP", {})])
def test_the_largest_picture_fits_into_little_memory(form, how):
    """In a process of its own that may take 300 MB more than it has; of as many pixels as are taken."""
    code = (
        "import resource\nfrom io import BytesIO\nfrom PIL import Image\n"
        "from app.domain.site.imaging import PIXELS, read_picture\n"
        f"Image.new('RGB', (6000, PIXELS['{form}'] // 6000), 'green').save(file := BytesIO(), '{form}', **{how})\n"
        "taken = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (taken + (300 << 20),) * 2)\n"
        "file.seek(0); print(len(read_picture(file)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split()[:1] == ["4"], done.stderr


def test_more_pixels_than_that_are_refused_before_they_are_decoded():
    for form, most in PIXELS.items():
        with pytest.raises(TooManyPixels):
            read_picture(BytesIO(drawn(form, (6000, most // 6000 + 1))))


def test_a_picture_is_added_and_shown_to_whoever_builds_the_site(browser, cast, events):
    site = browser.as_(cast.thaba.admin)
    answer = site.post("/site/pictures/new", upload(drawn("JPEG", (700, 500)), "Big tree.jpg"))
    assert answer.status == 303, answer.problems
    page = site.get(answer.location)
    assert page.h1 == "Big tree"
    assert "700 × 500" in page.main
    file = site.client.get(f"{answer.location}/320.webp")
    assert (file.status_code, file.mimetype) == (200, "image/webp")
    assert site.get(f"{answer.location}/321.webp").status == 404
    assert events(cast.thaba) == ["site.add_picture"]
    assert "Nowhere" in site.get("/site/pictures/").main


@pytest.mark.parametrize("name", ["svg", "bomb", "moving", "nothing", "cut"])
def test_a_hostile_upload_is_an_error_on_its_field(browser, cast, sql, name):
    page = browser.as_(cast.thaba.admin).post("/site/pictures/new", upload(HOSTILE[name]))
    assert page.status == 422
    assert len(page.problems) == 1
    assert sql.execute("SELECT count(*) FROM site_picture").fetchone() == (0,)


def test_a_picture_is_described_in_every_language_or_only_decorates(browser, cast, sql):
    site = browser.as_(cast.thaba.admin)
    raw = drawn("PNG", (60, 60))
    page = site.post("/site/pictures/new", upload(raw) | {"alt_zu": ""})
    assert page.problems == ["Describe the picture in isiZulu, or say that it only decorates"]
    assert page.form()["alt_en"] == "A tree"
    made = site.post("/site/pictures/new", {"file": (BytesIO(raw), "x.png"), "is_decorative": "y", "alt_en": "Lost"})
    assert made.status == 303
    assert sql.execute("SELECT alt, is_decorative FROM site_picture").fetchone() == ({}, True)


def test_a_used_picture_stays_and_says_where_it_is_used(browser, cast, sql):
    add_site(sql, cast.thaba)
    picture = a_picture(sql, cast.thaba)
    document = a_document(a_page("home", "", a_block("picture", "tree", picture=str(picture)), title="Front"))
    sql.execute("UPDATE site SET draft = %s::jsonb", (document.written.decode(),))
    site = browser.as_(cast.thaba.admin)
    assert "Front" in site.get(f"/site/pictures/{picture}").main
    site.post(f"/site/pictures/{picture}/remove", {"sure": "yes"})
    assert "The picture is used" in site.get(f"/site/pictures/{picture}").main
    sql.execute("UPDATE site SET draft = %s::jsonb", (a_document().written.decode(),))
    add_version(sql, cast.thaba, 2, document)
    assert "1 old version shows it" in site.get(f"/site/pictures/{picture}/remove").main
    site.post(f"/site/pictures/{picture}/remove", {"sure": "yes"})
    assert sql.execute("SELECT (SELECT count(*) FROM site_picture), (SELECT count(*) FROM site_picture_file)").fetchone() == (
        0,
        0,
    )


def test_a_published_picture_does_not_lose_its_description(browser, cast, sql):
    picture = a_picture(sql, cast.thaba)
    add_site(sql, cast.thaba, a_document(a_page("home", "", a_block("picture", "tree", picture=str(picture)))))
    site, where = browser.as_(cast.thaba.admin), f"/site/pictures/{picture}"
    sql.execute("UPDATE site SET draft = jsonb_set(draft, '{languages}', '[\"af\"]')")
    page = site.post(where, {"name": "Tree", "alt_af": "’n Boom", "alt_en": ""})
    assert page.problems == [
        "The picture is used: describe it in every language of the website, or say that it only decorates."
    ]
    assert site.post(where, {"name": "Tree", "alt_af": "’n Boom", "alt_en": "A tall tree"}).status == 303
    assert sql.execute("SELECT alt->>'en' FROM site_picture").fetchone() == ("A tall tree",)


def test_the_pictures_of_another_school_are_not_there(browser, cast, sql):
    picture = a_picture(sql, cast.karoo)
    site = browser.as_(cast.thaba.admin)
    for where in (f"/site/pictures/{picture}", f"/site/pictures/{picture}/320.webp", f"/site/pictures/{picture}/remove"):
        assert site.get(where).status == 404
