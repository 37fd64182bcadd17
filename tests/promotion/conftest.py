"""What the tests of posters and cards share."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from app.ids import uuid7


@pytest.fixture
def owner(browser, cast, sql):
    """The owner of Thaba Nkulu, who reads English."""
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.owner.user_id,))
    return browser.as_(cast.thaba.owner, language="en")


@pytest.fixture
def logo(sql, cast):
    """Thaba Nkulu has a logo."""
    drawn = BytesIO()
    Image.new("RGBA", (300, 200), "#c33a2c").save(drawn, "PNG")
    sql.execute(
        "INSERT INTO school_logo (school_id, id, image, width, height, alt) VALUES (%s, %s, %s, 300, 200, 'A tree')",
        (cast.thaba.id, uuid7(), drawn.getvalue()),
    )
    return drawn.getvalue()
