"""/settings/school/logo: a picture of the school's, of which nothing is kept but what it looks like."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from blueprints.settings import pictures
from tests.conftest import Browser
from tests.delivery.sending import only, send
from tests.pages import Page

PATH = "/settings/school/logo"


@pytest.fixture
def admin(browser, cast) -> Browser:
    return browser.as_(cast.multi, language="en")


def picture(kind="PNG", size=(600, 300), **options) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "#2f6b4f").save(written, kind, **options)
    return written.getvalue()


def upload(browser, content, *, name="logo.png", alt="A tree", **options):
    """Send a file as a browser does. (The body is written here: werkzeug's own leaves a file open when it is large.)"""
    fields = {"csrf_token": browser.token(), "_school": str(browser.someone.school), "alt": alt}
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()
    ]
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
    body = b"".join([*parts, head.encode(), content, b"\r\n--b--\r\n"])
    page = Page(browser.client.post(PATH, data=body, content_type="multipart/form-data; boundary=b", **options))
    return page.check() if page.is_html else page


def stored(sql, school=1):
    return sql.execute("SELECT image, width, height, alt FROM school_logo WHERE school_id = %s", (school,)).fetchone()


def events(sql):
    return [action for (action,) in sql.execute("SELECT action FROM audit_event ORDER BY seq")]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_made_small_and_shown_to_everybody(admin, browser, sql, kind):
    page = upload(admin, picture(kind), follow_redirects=True)
    assert page.banners == ["The settings are saved."]
    image, width, height, alt = stored(sql)
    assert (width, height, alt) == (320, 160, "A tree")
    shown = page.one("img")
    assert (shown.get("alt"), shown.get("width"), shown.get("height")) == ("A tree", "128", "64")
    answer = browser.client.get(shown.get("src"))
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", bytes(image))
    assert "immutable" in answer.headers["Cache-Control"]
    assert events(sql) == ["settings.change_logo"]
    assert stored(sql, 2) is None


def test_another_picture_has_another_address_and_the_old_one_is_gone(admin, browser, sql):
    old = upload(admin, picture(), follow_redirects=True).one("img").get("src")
    new = upload(admin, picture("JPEG", (100, 100)), follow_redirects=True).one("img").get("src")
    assert old != new
    assert browser.client.get(old).status_code == 404
    assert browser.client.get(new.replace("/logos/1/", "/logos/2/")).status_code == 404
    assert browser.client.get(new.replace("/logos/1/", "/logos/99999999999/")).status_code == 404


def test_nothing_else_of_the_file_is_kept(admin, sql):
    """A place, a device, a comment, and a page hidden behind the picture."""
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "A phone of somebody", {1: "S", 2: (29.0, 30.0, 0.0)}
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", "a secret remark")
    for content in (
        picture("JPEG", exif=exif, comment=b"a secret remark", icc_profile=b"profile" * 30) + b"<script>alert(1)</script>",
        picture("PNG", pnginfo=said, exif=exif) + b"<script>alert(1)</script>",
    ):
        upload(admin, content)
        image = bytes(stored(sql)[0])
        for trace in (b"somebody", b"secret", b"script", b"eXIf", b"tEXt", b"zTXt", b"iCCP"):
            assert trace not in image, trace
        opened = Image.open(io.BytesIO(image))
        assert (opened.format, dict(opened.getexif())) == ("PNG", {})


def test_a_picture_that_lies_on_its_side_stands_upright(admin, sql):
    exif = Image.Exif()
    exif[0x0112] = 6
    upload(admin, picture("JPEG", (200, 100), exif=exif))
    assert stored(sql)[1:3] == (100, 200)


def a_bomb(width=60_000, height=60_000) -> bytes:
    """A small PNG whose header says that it is 3.6 gigapixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def moving() -> bytes:
    written = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
    return written.getvalue()


HOSTILE = [
    (b"", "Choose a picture: PNG, JPEG or WebP."),
    (b"not a picture at all", "Choose a picture: PNG, JPEG or WebP."),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "Choose a picture: PNG, JPEG or WebP."),
    (b"%PDF-1.7", "Choose a picture: PNG, JPEG or WebP."),
    (picture("GIF"), "Choose a picture: PNG, JPEG or WebP."),
    (picture("BMP"), "Choose a picture: PNG, JPEG or WebP."),
    (picture("TIFF"), "Choose a picture: PNG, JPEG or WebP."),
    (picture()[:200], "The picture cannot be read: the file is damaged. Save it anew and try again."),
    (picture("JPEG")[:700], "The picture cannot be read: the file is damaged. Save it anew and try again."),
    (picture(size=(8, 300)), "The picture is smaller than 16 by 16 pixels. Choose a larger one."),
    (a_bomb(5000, 5000), "The picture has more than 16 million pixels. Choose a smaller one."),
    (moving(), "The picture moves. Choose one that stands still."),
    (picture() + bytes(pictures.BYTES), "The file is larger than 2 MB. Choose a smaller picture."),
]


@pytest.mark.parametrize(("content", "problem"), HOSTILE)
def test_what_is_no_picture_of_ours_is_refused_with_a_reason(admin, sql, content, problem):
    page = upload(admin, content, alt="Words that were typed")
    assert (page.status, page.problems) == (422, [problem])
    assert page.form(PATH)["alt"] == "Words that were typed"
    assert stored(sql) is None
    assert events(sql) == []


@pytest.mark.parametrize("content", [a_bomb(), a_bomb(2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_decoded(admin, sql, content):
    page = upload(admin, content)
    assert page.status == 422
    assert page.problems[0] in (pictures.TooManyPixels.message, pictures.NoPicture.message)
    assert stored(sql) is None


def test_without_the_limit_the_large_one_would_be_taken(admin, sql, monkeypatch):
    """The guard is seen to fail."""
    monkeypatch.setattr(pictures, "PIXELS", 10**9)
    upload(admin, picture(size=(4100, 4100)))
    assert stored(sql) is not None


def test_a_body_that_is_far_too_large_is_not_read(admin, sql):
    body = b"x" * (pictures.BYTES + 200_000)
    page = Page(admin.client.post(PATH, data=body, content_type="multipart/form-data; boundary=b"))
    assert page.status == 413
    assert stored(sql) is None


def test_the_words_can_change_without_the_picture(admin, sql):
    before = upload(admin, picture(), follow_redirects=True).one("img").get("src")
    page = admin.post(PATH, {"alt": "A tree on a hill"}, follow_redirects=True)
    assert page.one("img").get("alt") == "A tree on a hill"
    assert page.one("img").get("src") == before
    assert admin.post(PATH, {"alt": ""}).problems == ["Enter what the logo shows"]
    same = admin.post(PATH, {"alt": "A tree on a hill"}, follow_redirects=True)
    assert same.banners == ["Nothing was different, so nothing was saved."]


def test_it_is_removed(admin, sql):
    upload(admin, picture())
    page = admin.post(f"{PATH}/remove", follow_redirects=True)
    assert page.banners == ["The logo is removed."]
    assert stored(sql) is None
    assert events(sql) == ["settings.change_logo", "settings.remove_logo"]
    assert admin.post(f"{PATH}/remove", follow_redirects=True).banners == []


def test_it_stands_on_cards_and_at_the_top_of_mails(admin, sql, cast, mailserver, work_off):
    address = upload(admin, picture(), alt='A "tree" {of} ours', follow_redirects=True).one("img").get("src")
    page = admin.get(f"/gate/cards?learner={cast.thaba.student.person_id}")
    assert [image.get("src") for image in page.all("img")] == [address]
    only(sql, 1, "a@x.example")
    send(1)
    work_off()
    (letter,) = mailserver.mails
    assert f'src="http://localhost{address}"' in letter.html
    assert "A &#34;tree&#34; {of} ours" in letter.html


def test_a_mail_that_was_sent_keeps_its_picture_when_the_school_is_closed(admin, browser, sql):
    address = upload(admin, picture(), follow_redirects=True).one("img").get("src")
    before = browser.client.get(address)
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    after = browser.client.get(address)
    assert (after.status_code, after.data, after.headers["Cache-Control"]) == (
        200,
        before.data,
        before.headers["Cache-Control"],
    )


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_nobody_else_changes_it(browser, cast, sql, role):
    someone = browser.as_(getattr(cast.thaba, role))
    assert someone.get(PATH).status == 403
    assert upload(someone, picture()).status == 403
    assert stored(sql) is None
