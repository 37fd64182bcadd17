"""The websites of the demo schools are good ones: what they publish passes every check."""

from __future__ import annotations

import pytest

from app.domain.site.checks import Facts, Picture, findings
from app.domain.site.document import SiteDocument
from app.seed.karoo import KAROO
from app.seed.site import VERSIONS
from app.seed.site_pictures import picture_of
from app.seed.site_texts import PICTURES, karoo, thaba
from app.seed.thaba import THABA

IDS = {key: f"01890000-0000-7000-8000-00000000000{number}" for number, key in enumerate(PICTURES)}
CONTACT = {"email": True, "phone": True, "address": True}
FACTS = Facts({IDS[key]: Picture(name, alt, is_decorative=False) for key, (name, alt) in PICTURES.items()}, True, CONTACT)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_every_version_of_the_demo_could_be_published_without_a_note(version):
    assert findings(SiteDocument.read(thaba(THABA, IDS, version)), FACTS) == []


def test_the_small_website_could_be_published():
    assert findings(SiteDocument.read(karoo(KAROO)), FACTS) == []


def test_the_draft_differs_from_what_is_published():
    documents = [SiteDocument.read(thaba(THABA, IDS, number)) for number in range(1, 5)]
    assert len({document.sha256 for document in documents}) == 4
    assert len(VERSIONS[THABA.slug]) == 3
    assert len(documents[2].pages) == 4
    assert documents[2].languages == ("zu", "en", "af")


def test_the_pictures_are_the_same_whenever_they_are_drawn():
    assert all(picture_of(key).getvalue() == picture_of(key).getvalue() for key in PICTURES)
