"""What could not be delivered is sent again as itself, or given up; nothing of it happens twice."""

from __future__ import annotations

import threading
from itertools import product

import pytest

from app.delivery import dead_letters
from app.delivery.dead_letters import Outcome, discard, how_many, ids_of, key_of, reasons, retry, send_again
from app.delivery.states import STEPS, Channel, State
from app.domain.deliveries import MISSED, recipients
from app.domain.reasons import reason_for
from app.i18n.speech import speaking, speech_for
from app.tenancy.doors import acting_for
from app.work.outbox import finish
from app.work.relay import claim
from tests.delivery.sending import due_now, only, send, states

ENGLISH = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")
NO_SUCH = "the-mail-server-says-that-this-address-does-not-exist"


def ids(sql):
    return [row[0] for row in sql.execute("SELECT id FROM delivery ORDER BY id").fetchall()]


def events(sql):
    found = sql.execute("SELECT event, number FROM attempt ORDER BY at, id").fetchall()
    return [f"{event} {number}" for event, number in found]


def committed(do, *arguments, school=1, **named):
    with acting_for(school) as session:
        outcome = do(*arguments, **named)
        session.commit()
    return outcome


def mend(sql, address="mended@x.example", where="true"):
    sql.execute(
        f"UPDATE person SET email = %s, email_flagged_at = NULL WHERE email_flagged_at IS NOT NULL AND {where}", (address,)
    )


@pytest.fixture
def dead(sql, cast, mailserver, work_off):
    """One refused address, one that never answers, and one that got it; the id of the message."""
    only(sql, 1, "r550-a@x.example", "not an address", "well@x.example")
    message = send(1)
    work_off()
    assert states(sql) == {"dead": 2, "sent": 1}
    return message


def test_what_is_mended_goes_out_with_the_message_id_that_it_had(sql, dead, mailserver, work_off):
    (refused,) = sql.execute(
        "SELECT d.id FROM delivery d JOIN person p ON p.id = d.person_id WHERE starts_with(p.email, 'r550')"
    ).fetchone()
    mend(sql, where="starts_with(email, 'r550')")
    assert committed(retry, [refused]) == 1
    state, tries, ended, unsure = sql.execute(
        "SELECT state, tries, ended_at, unsure FROM delivery WHERE id = %s", (refused,)
    ).fetchone()
    assert (state, tries, ended, unsure) == ("queued", 0, None, False)
    work_off()
    (mail,) = mailserver.to("mended@x.example")
    assert refused.hex in mail.message_id.replace("-", "")
    assert states(sql) == {"dead": 1, "sent": 2}
    assert len(mailserver.to("well@x.example")) == 1
    assert sql.execute("SELECT count(*) FROM outbox WHERE done_at IS NULL").fetchone() == (0,)


def test_the_attempts_tell_what_happened_in_order(sql, cast, mailserver, work_off):
    only(sql, 1, "r550-a@x.example")
    send(1)
    work_off()
    mend(sql)
    committed(retry, ids(sql))
    work_off()
    assert events(sql) == ["permanent 1", "retry 1", "accepted 1"]


def test_an_address_that_does_not_work_is_mended_first(sql, dead):
    assert committed(send_again, ids(sql)) == Outcome(again=0, flagged=2, forgotten=0)
    assert states(sql) == {"dead": 2, "sent": 1}
    assert "retry" not in "".join(events(sql))


def test_what_was_bounced_is_sent_again_too_once_it_is_mended(sql, cast, mailserver, work_off):
    only(sql, 1, "a@x.example")
    send(1)
    work_off()
    sql.execute("UPDATE delivery SET state = 'dead'")
    assert committed(send_again, ids(sql)) == Outcome(1, 0, 0)
    work_off()
    assert len({mail.message_id for mail in mailserver.to("a@x.example")}) == 1
    assert len(mailserver.to("a@x.example")) == 2


def test_a_message_whose_text_is_gone_cannot_be_sent_again(sql, dead):
    mend(sql)
    sql.execute("DELETE FROM message_text")
    assert committed(send_again, ids(sql)) == Outcome(again=0, flagged=0, forgotten=2)


def test_the_second_of_two_calls_changes_nothing(sql, dead, work_off, mailserver):
    mend(sql)
    assert committed(retry, message_id=dead) == 2
    assert committed(retry, message_id=dead) == 0
    assert committed(discard, ids(sql), why="Moved away") == 0
    work_off()
    assert len(mailserver.to("mended@x.example")) == 2


def test_of_two_people_who_press_at_once_one_does_it(app, sql, dead, mailserver, work_off):
    mend(sql)
    done, gate = [], threading.Barrier(4)

    def press():
        with app.app_context():
            gate.wait()
            done.append(committed(retry, message_id=dead))

    people = [threading.Thread(target=press) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(done) == [0, 0, 0, 2]
    assert [event for event in events(sql) if event.startswith("retry")] == ["retry 1", "retry 1"]
    work_off()
    assert len(mailserver.to("mended@x.example")) == 2


def test_another_schools_are_not_there(sql, dead):
    mend(sql)
    assert committed(retry, ids(sql), school=2) == 0
    assert committed(discard, ids(sql), why="Mine", school=2) == 0
    assert committed(retry, message_id=dead, school=2) == 0
    with acting_for(2):
        assert (reasons(), how_many(), ids_of(NO_SUCH)) == ([], 0, [])


def test_a_retry_names_what(app):
    with acting_for(1), pytest.raises(ValueError, match="of what"):
        retry()


def test_an_empty_choice_is_nothing(sql, dead):
    mend(sql)
    assert committed(retry, []) == 0
    assert committed(discard, [], why="Nobody") == 0


def test_a_worker_who_is_just_closing_the_batch_does_not_close_it_over_a_retry(sql, dead, mailserver, work_off):
    mend(sql)
    sql.execute("UPDATE outbox SET done_at = NULL, leased = false, due_at = now() WHERE job = 'delivery.send'")
    (row,) = claim()
    committed(retry, message_id=dead)
    committed(finish, row.id, row.runs)
    work_off()
    assert states(sql) == {"sent": 3}


def test_what_is_given_up_keeps_the_reason_and_the_moment_of_its_end(sql, dead):
    before = sql.execute("SELECT max(ended_at) FROM delivery WHERE state = 'dead'").fetchone()[0]
    assert committed(discard, ids(sql), why="They have left") == 2
    assert committed(discard, ids(sql), why="Again") == 0
    assert states(sql) == {"discarded": 2, "sent": 1}
    kept = sql.execute(
        "SELECT DISTINCT discard_reason, ended_at <= %s FROM delivery WHERE state = 'discarded'", (before,)
    ).fetchall()
    assert kept == [("They have left", True)]
    assert events(sql).count("discard 1") == 2


def test_after_a_retry_that_fails_again_each_failure_is_told_once_and_by_its_last_try(sql, cast, mailserver, work_off):
    only(sql, 1, "r550-a@x.example")
    message = send(1)
    work_off()
    mend(sql, "r552-a@x.example")
    committed(retry, message_id=message)
    work_off()
    with acting_for(1), speaking(ENGLISH):
        assert [failure.code for failure in recipients(message, MISSED, limit=9)] == [552]
        assert [(reason.key, reason.number) for reason in reasons()] == [(NO_SUCH, 1)]  # 5.1.1 says more than 552
        assert len(ids_of(NO_SUCH)) == 1
    committed(discard, ids(sql), why="Enough")
    with acting_for(1), speaking(ENGLISH):
        assert [failure.code for failure in recipients(message, MISSED, limit=9)] == [552]


def test_reasons_are_what_people_read_not_what_servers_write(sql, cast, mailserver, work_off):
    only(sql, 1, "r550-a@x.example", "r551-b@x.example", "r553-c@x.example", "drop-d@x.example", "not an address")
    send(1)
    work_off()
    due_now(sql)
    work_off()
    sql.execute("UPDATE attempt SET answer = answer || ' queue id ' || id WHERE code IS NOT NULL")
    with acting_for(1):
        found = reasons()
        assert next((reason.words, reason.number) for reason in found) == (
            "The mail server says that this address does not exist.", 3,
        )  # fmt: skip
        assert sum(reason.number for reason in found) == how_many() == 5
        assert sorted(id for reason in found for id in ids_of(reason.key)) == sorted(ids(sql))


def test_all_of_a_reason_go_and_the_others_stay(sql, cast, mailserver, work_off):
    only(sql, 1, "r550-a@x.example", "r551-b@x.example", "not an address")
    send(1)
    work_off()
    mend(sql)
    assert committed(retry, reason=NO_SUCH) == 2
    assert committed(retry, reason=NO_SUCH) == 0
    assert committed(retry, reason="no-such-reason") == 0
    work_off()
    assert states(sql) == {"sent": 2, "dead": 1}


CODES = (None, 421, 450, 452, 500, 535, 550, 551, 552, 553, 554, 404, 410, 413)
ANSWERS = (
    None, "", "no address", "no gateway", "unsubscribed", "TimeoutError", "5.1.1 nobody here", "5.2.2 full", "5.2.1 closed", "5.7.26 refused", "5.7.1", "mailbox full",
    "4.2.2 later", "5.1.10 null MX", "5.22.2 odd", "5.2.23 odd", "550 5.1.1 doubled", "User unknown", "5. no code", "2.0.0 ok",
)  # fmt: skip


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("event", [None, *(event for event, (_, to, _) in STEPS.items() if to is State.DEAD)])
def test_what_groups_failures_tells_apart_whatever_their_reasons_do(app, sql, event, channel):
    """Answers that fall into one group by ALIKE are of one reason: so the group's smallest answer stands for all of them."""
    alike: dict[str, set[str]] = {}
    for code, answer in product(CODES, ANSWERS):
        kind = kind_of(sql, event, code, answer, channel)
        alike.setdefault(kind, set()).add(reason_for(event, code, answer, channel))
    assert {kind: words for kind, words in alike.items() if len(words) > 1} == {}


def kind_of(sql, event, code, answer, channel):
    """What PostgreSQL makes of ALIKE for an attempt."""
    compiled = str(dead_letters.ALIKE.compile(compile_kwargs={"literal_binds": True}))
    return sql.execute(
        f"SELECT {compiled} FROM (SELECT %s::text AS event, %s::int AS code, %s::text AS answer) AS attempt, (SELECT %s::text AS channel) AS delivery".replace(
            "%%", "%"
        ),
        (event, code, answer, channel),
    ).fetchone()[0]


def test_the_key_of_a_reason_is_fit_for_an_address():
    assert key_of("The mailbox is full.") == "the-mailbox-is-full"
