"""The cause of a failure: written when a delivery dies, the same from SQL and from Python, and it means what the tries mean."""

from runpy import run_path

import pytest
from sqlalchemy import select

from app.delivery.bounces import bounced
from app.delivery.dead_letters import ALIKE, key_of
from app.domain import causes
from app.domain.last_try import IS_LAST_TRY
from app.domain.reasons import reason_for
from app.local.migrate import FOLDER
from app.models.delivery import Attempt, Delivery
from app.tenancy.doors import across_schools
from tests.deliveries.failing import add_failed, state_of

MIGRATION = FOLDER / "versions" / "0003_console.py"
ENDS = [
    ("email", "permanent", 552, "5.2.2 mailbox full"), ("email", "permanent", 550, "no such user ~ here"),
    ("email", "exhausted", 451, "4.7.1 later"), ("email", "exhausted", None, None), ("email", "bounced", None, "5.1.1 nobody"),
    ("email", "permanent", None, None), ("push", "permanent", 410, "gone"), ("push", "permanent", None, "no key for this device"),
    ("sms", "permanent", 404, ""), ("whatsapp", "permanent", None, "no gateway"), ("email", "permanent", 550, "5. odd"),
    ("email", "permanent", 554, "5.7.1234 too long a number"),
]  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_sql_and_python_write_the_same_and_it_reads_as_the_tries_do(cast, sql, end):
    channel, event, code, answer = end
    (one,) = add_failed(sql, cast.thaba, why=(event, code, answer))
    sql.execute("UPDATE delivery SET channel = %s", (channel,))
    written = sql.execute(
        f"SELECT {causes.IN_SQL} FROM delivery d JOIN attempt n ON n.delivery_id = d.id WHERE d.id = %s", (one,)
    ).fetchone()[0]
    assert written == causes.write(*end)
    with across_schools("test") as session:
        alike = session.scalar(select(ALIKE).select_from(Delivery).join(Attempt, IS_LAST_TRY))
    assert written == alike, "a school's own page tells failures apart in the same way"
    assert causes.read(written, channel).words == reason_for(event, code, answer, channel)


def test_a_refused_mail_leaves_its_cause(cast, sql, work_off, mailserver):
    (one,) = add_failed(sql, cast.thaba)
    sql.execute("UPDATE delivery SET state = 'queued', ended_at = NULL, cause = ''")
    sql.execute("UPDATE outbox SET done_at = NULL, due_at = now()")
    sql.execute("UPDATE person SET email = 'r550-dead@example.com' WHERE email = 'dead0@example.com'")
    work_off()
    assert state_of(sql, one) == "dead"
    code, answer = sql.execute("SELECT code, answer FROM attempt ORDER BY at DESC, id DESC LIMIT 1").fetchone()
    assert sql.execute("SELECT cause FROM delivery").fetchone() == (causes.write("email", "permanent", code, answer),)
    assert code == 550


def test_a_mail_that_comes_back_leaves_its_cause(cast, sql):
    (one,) = add_failed(sql, cast.thaba)
    sql.execute("UPDATE delivery SET state = 'sent', cause = ''")
    bounced(1, one, code=552, answer="5.2.2 full", permanent=True)
    assert sql.execute("SELECT cause FROM delivery").fetchone() == ("email~bounced~552~5.2.2",)


def test_a_cause_that_nobody_wrote_is_a_message_that_could_not_be_sent():
    assert key_of(causes.read("", "sms").words) == "the-message-could-not-be-sent"


def test_what_had_failed_before_there_were_causes_gets_its_own(cast, sql):
    """The statement of the migration."""
    add_failed(sql, cast.thaba, why=("permanent", 552, "5.2.2 full"))
    expected = sql.execute("SELECT cause FROM delivery").fetchone()
    sql.execute("UPDATE delivery SET cause = ''")
    sql.execute(run_path(str(MIGRATION))["CAUSES"])
    assert sql.execute("SELECT cause FROM delivery").fetchone() == expected
