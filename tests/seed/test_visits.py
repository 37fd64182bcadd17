"""The demo's visits: both are over, both logs have them, and a second run adds none."""

from app.access.actor import Actor, acting_as
from app.seed.accounts import add_users
from app.seed.baseline import add_schools
from app.seed.thaba import THABA
from app.seed.visits import top_up
from app.tenancy.doors import across_schools


def test_the_visits_of_the_demo_are_over_and_made_once(app, sql):
    sql.execute("UPDATE school SET slug = 'x' || slug, name_key = 'x' || name_key")
    sql.execute("UPDATE app_user SET email = 'x' || email")
    with across_schools("test") as session, acting_as(Actor("command", None, "seed baseline")):
        assert top_up(session) == 0, "without the demo's school there is nothing to visit"
        add_schools(session, [THABA])
        add_users(session, [THABA])
        session.flush()
        assert top_up(session) == 2
        session.flush()
        assert top_up(session) == 0
        session.commit()
    visits = sql.execute(
        "SELECT operator, ended_by, ended_at < now(), raised_at IS NOT NULL FROM support_visit ORDER BY id"
    ).fetchall()
    assert visits == [("Olwethu Mabena", "Nomvula Khumalo", True, False), ("Olwethu Mabena", "Olwethu Mabena", True, True)]
    for log in ("audit", "platform"):
        found = sql.execute(f"SELECT action FROM {log}_event WHERE action LIKE 'support.%' ORDER BY seq").fetchall()
        assert [action for (action,) in found] == ["support.begin", "support.end", "support.begin", "support.leave"]
