"""The tokens of the demo: one works and one was revoked in each school, nobody knows a secret, and a second run adds none."""

from app import clock
from app.seed.accounts import add_users
from app.seed.api_tokens import add_tokens
from app.seed.baseline import PLANS
from app.seed.karoo import KAROO
from app.tenancy.doors import across_schools, acting_for, outside


def test_each_school_has_one_that_works_and_one_that_was_revoked(seeded):
    rows = seeded.rows(
        "SELECT s.slug, t.revoked_at IS NULL AND t.expires_at > now(), t.last_used_at < coalesce(t.revoked_at, now()),"
        " octet_length(t.token_hash), length(t.tail) FROM api_token t JOIN school s ON s.id = t.school_id ORDER BY s.slug, 2"
    )
    assert [tuple(row) for row in rows] == [
        (plan.slug, works, True, 32, 4) for plan in sorted(PLANS, key=lambda plan: plan.slug) for works in (False, True)
    ]
    assert seeded.value("SELECT count(DISTINCT token_hash) FROM api_token") == 2 * len(PLANS)


def test_what_somebody_renamed_or_revoked_stays_so(filled):
    filled.sql.execute("UPDATE api_token SET revoked_at = now(), name = 'Ours'")
    with filled.app.app_context(), outside():
        with across_schools("test") as session:
            users = add_users(session, PLANS)
        with acting_for(filled.value("SELECT id FROM school WHERE slug = %s", KAROO.slug)) as session:
            assert add_tokens(KAROO, users, clock.now()) == 0
            session.commit()
    assert filled.rows("SELECT DISTINCT name FROM api_token") == [("Ours",)]
