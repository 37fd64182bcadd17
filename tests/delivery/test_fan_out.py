"""A message reaches everybody whom it is for, once, in their language, and nobody else."""

from __future__ import annotations

import pytest

from app.delivery.publish import send_message
from app.domain.deliveries import progress
from app.tenancy.doors import acting_for
from tests.cast import add_person
from tests.delivery.sending import TEXTS, only, send, states

STAFF = {"owner", "admin", "teacher", "officer", "multi"}


@pytest.mark.parametrize(
    ("audience", "roles"),
    [("everyone", STAFF | {"guardian", "student"}), ("guardians", {"guardian"}), ("students", {"student"}), ("staff", STAFF)],
)
def test_an_audience_gets_it_once_each_and_nobody_of_another_school(cast, mailserver, work_off, audience, roles):
    message = send(cast.thaba.id, audience=audience)
    work_off()
    wanted = [cast.multi.email if role == "multi" else getattr(cast.thaba, role).email for role in roles]
    assert sorted(mail.to for mail in mailserver.mails) == sorted(wanted)
    with acting_for(cast.thaba.id):
        done = progress(message)
    assert (done.accepted, done.people, done.is_over) == (len(roles), len(roles), True)
    with acting_for(cast.karoo.id):
        assert progress(message).people == 0


@pytest.mark.parametrize(("language", "of"), [("en", "en"), ("af", "af"), ("zu", "zu"), (None, "zu")])
def test_each_reads_it_in_their_language_or_the_schools(sql, cast, mailserver, work_off, language, of):
    only(sql, cast.thaba.id)
    add_person(sql, cast.thaba.id, "Nomsa Dlamini", "guardian", "nomsa@example.com", language)
    send(cast.thaba.id)
    work_off()
    (mail,) = mailserver.mails
    assert mail.subject == TEXTS[of].subject
    assert TEXTS[of].body.splitlines()[0] in mail.text
    assert f'<html lang="{of}">' in mail.html


def test_a_second_fan_out_adds_nothing(sql, cast, mailserver, work_off):
    send(cast.thaba.id)
    work_off()
    add_person(sql, cast.thaba.id, "Late Comer", "guardian", "late@example.com")
    sql.execute("UPDATE outbox SET done_at = NULL, due_at = now() WHERE job = 'delivery.fan_out'")
    work_off()
    assert states(sql) == {"sent": 7}
    assert len(mailserver.mails) == 7


def test_who_shares_an_address_gets_one_each(sql, cast, mailserver, work_off):
    only(sql, cast.thaba.id, "family@example.com", "family@example.com")
    send(cast.thaba.id)
    work_off()
    assert len(mailserver.to("family@example.com")) == 2
    assert len({mail.message_id for mail in mailserver.mails}) == 2


def test_a_big_school_is_cut_into_batches_and_all_of_them_end(sql, cast, mailserver, work_off):
    only(sql, cast.thaba.id)
    sql.execute(
        "INSERT INTO person (school_id, id, kind, name, sort_key, language, email) SELECT 1, uuid7(), 'guardian', 'P ' || n, 'p', "
        "(ARRAY['en', 'af', 'zu'])[1 + n % 3], 'p' || n || '@example.com' FROM generate_series(1, 1203) n"
    )
    send(cast.thaba.id)
    work_off()
    assert states(sql) == {"sent": 1203}
    assert len({mail.message_id for mail in mailserver.mails}) == len(mailserver.mails) == 1203
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'delivery.send'").fetchone()[0] == 3
    assert sql.execute("SELECT count(*) FROM outbox WHERE done_at IS NULL").fetchone()[0] == 0


def test_who_has_no_address_that_works_is_counted_and_not_written_to(sql, cast, mailserver, work_off):
    only(sql, cast.thaba.id, "a@example.com", None, "flagged@example.com")
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE email = 'flagged@example.com'")
    add_person(sql, cast.thaba.id, "Young Learner", "learner", None)
    message = send(cast.thaba.id)
    with acting_for(cast.thaba.id):
        before = progress(message)
    assert (before.queued, before.unreachable, before.people) == (1, 2, 3)
    work_off()
    with acting_for(cast.thaba.id):
        after = progress(message)
    assert (after.accepted, after.unreachable, after.people) == (1, 2, 3)
    assert [mail.to for mail in mailserver.mails] == ["a@example.com"]


def test_who_came_or_got_an_address_later_does_not_change_what_was_counted(sql, cast, mailserver, work_off):
    only(sql, cast.thaba.id, "a@example.com", None)
    message = send(cast.thaba.id)
    work_off()
    sql.execute("UPDATE person SET email = 'now@example.com' WHERE email IS NULL AND ended_at IS NULL")
    add_person(sql, cast.thaba.id, "Late Comer", "guardian", None)
    with acting_for(cast.thaba.id):
        later = progress(message)
    assert (later.accepted, later.unreachable, later.people) == (1, 1, 2)


def test_a_message_to_one_person_reaches_nobody_else(cast, mailserver, work_off):
    message = send(cast.thaba.id, person_id=cast.thaba.admin.person_id)
    work_off()
    assert [mail.to for mail in mailserver.mails] == [cast.thaba.admin.email]
    with acting_for(cast.thaba.id):
        assert progress(message).people == 1


def test_a_rollback_leaves_neither_row_nor_mail(sql, cast, mailserver, work_off):
    with acting_for(cast.thaba.id) as session:
        send_message(audience="everyone", texts=TEXTS, url="/", urgent=False, due=None)
        session.rollback()
    with acting_for(cast.thaba.id):  # and leaving a school without a commit is a rollback too
        send_message(audience="everyone", texts=TEXTS, url="/", urgent=False, due=None)
    assert work_off() == 0
    assert mailserver.mails == []
    for table in ("outbox", "message", "message_text", "delivery"):
        assert sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


def test_a_message_that_is_due_later_waits(sql, cast, mailserver, work_off):
    due = sql.execute("SELECT now() + interval '1 hour'").fetchone()[0]
    send(cast.thaba.id, due=due)
    assert work_off() == 0
    assert work_off(until=due) == 2
    assert len(mailserver.mails) == 7
