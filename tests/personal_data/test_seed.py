"""The demo schools have something of everything about personal data, and a second seed adds nothing."""

from __future__ import annotations

from app.audit import sealing, verifying
from app.audit.canonical import Stream
from app.seed.baseline import KEPT, PLANS, seed
from app.tenancy.doors import across_schools, outside
from tests.audit.conftest import _alone  # noqa: F401  seals wait for what runs in other databases


def test_the_baseline_has_requests_holds_consents_a_breach_and_a_certificate(app, sql):
    seed(app)
    for slug in (plan.slug for plan in PLANS):
        (school,) = sql.execute("SELECT id FROM school WHERE slug = %s", (slug,)).fetchone()

        def number(what: str, school: int = school) -> int:
            return sql.execute(f"SELECT count(*) FROM {what} AND school_id = %s", (school,)).fetchone()[0]

        assert number("data_request WHERE kind = 'correction' AND state = 'open'") == 1
        assert number("legal_hold WHERE lifted_at IS NULL") == 1
        assert number("erasure_certificate WHERE number = 1") == 1
        assert number("person WHERE name LIKE '%%Radebe' AND name LIKE 'Mandisa%%'") == 0
        assert number("consent WHERE answer = 'withdrawn'") == 1
        assert number("breach WHERE true") == 1
        with outside(), across_schools("a test"):
            sealing.seal_all()
            report = verifying.verify(Stream(school))
        assert report.is_sound
        assert report.erased["1"] > 0
    assert seed(app) == KEPT
