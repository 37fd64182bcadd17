"""The suspended school of the demo: made once, closed to its admin, with messages that wait for it to come back."""

from app.access.actor import Actor, acting_as
from app.domain import lifecycle
from app.i18n.speech import speaking, speech_for
from app.seed.suspended import HOST, NAME, SLUG, top_up
from app.tenancy.doors import across_schools
from blueprints.deliveries.doors import DOORS as DELIVERIES
from blueprints.notices.doors import DOORS as NOTICES
from tests.cast import PASSWORD
from tests.delivery.sending import states


def _make(sql):
    with across_schools("test") as session, acting_as(Actor("command", None, "seed baseline")):
        assert (top_up(session), top_up(session)) == (1, 0)
        session.commit()
    return sql.execute("SELECT id FROM school WHERE slug = %s", [SLUG]).fetchone()[0]


def test_it_is_suspended_with_a_queue_that_is_held(app, browser, sql, work_off, mailserver):
    school = _make(sql)
    row = sql.execute(
        "SELECT name, state, state_before, now() - disabled_at > interval '2 days' FROM school WHERE id = %s", [school]
    )
    assert row.fetchone() == (NAME, "disabled", "active", True)
    assert states(sql) == {"sent": 2, "queued": 10}
    assert (work_off(), mailserver.mails) == (0, [])
    page = browser.post("/login", {"email": f"admin@{HOST}", "password": PASSWORD})
    assert page.problems == [f"{NAME} is suspended. Ask the office of the school when it opens again."]
    found = sql.execute("SELECT action FROM audit_event WHERE school_id = %s ORDER BY seq", [school]).fetchall()
    assert [action for (action,) in found][-1] == "lifecycle.suspend"


def test_brought_back_it_sends_what_is_worth_sending(app, sql, work_off, mailserver):
    school = _make(sql)
    with across_schools("test") as session, speaking(speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")):
        effects = lifecycle.reactivate(session, school, name=NAME, doors=(*NOTICES, *DELIVERIES))[1]
        session.commit()
    assert [effect.number for effect in effects] == [1, 4, 6]
    work_off()
    assert states(sql) == {"sent": 12, "discarded": 6}
    assert len(mailserver.mails) == 10
