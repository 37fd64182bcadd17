"""A new emergency broadcast: who may, the password, the word that confirms it, once, by all channels, at any hour."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from tests.cast import PASSWORD, add_person
from tests.emergency.arranged import LIST, NEW, add_emergency, add_guardian, draft, is_on_site, the_one
from tests.notices.population import connect, populate, subscribe


def count(sql, table="emergency"):
    return sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.parametrize("role", ["teacher", "guardian", "student"])
@pytest.mark.parametrize("path", [LIST, NEW])
def test_who_may_not_send_one_is_turned_away(browser, cast, sql, role, path):
    someone = browser.as_(getattr(cast.thaba, role))
    assert someone.get(path).status == 403
    assert someone.post(NEW, draft()).status == 403
    emergency = add_emergency(sql, cast.thaba)
    assert someone.get(f"{LIST}{emergency}").status == 403
    assert someone.post(f"{LIST}{emergency}/people").status == 403
    assert someone.get(f"{LIST}{emergency}/end").status == 403


@pytest.mark.parametrize("role", ["owner", "admin", "officer"])
def test_owners_admins_and_gate_officers_send_one(proven, cast, sql, role):
    someone = proven(getattr(cast.thaba, role))
    assert someone.get(NEW).h1 == "New emergency broadcast"
    page = someone.post(NEW, draft())
    assert (page.status, page.location) == (303, f"{LIST}{the_one(sql)}")
    assert sql.execute("SELECT by_id, by_name FROM emergency").fetchone() == (
        getattr(cast.thaba, role).person_id, getattr(cast.thaba, role).name,
    )  # fmt: skip


def test_the_way_leads_over_the_password(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    someone = browser.as_(cast.thaba.officer)
    page = someone.get(f"{NEW}?start=lockdown")
    assert page.status == 303
    assert page.location.startswith("/settings/confirm?next=")
    page = someone.get(page.location)
    page = someone.post("/settings/confirm", page.form("/settings/confirm") | {"password": PASSWORD})
    page = someone.get(page.location)
    assert page.form()["title_zu"].startswith("Isikole sivaliwe")


def test_without_the_password_nothing_is_sent_and_nothing_that_was_typed_is_lost(admin, sql):
    sql.execute("UPDATE login_session SET stepped_up_at = now() - interval '10 minutes 1 second'")
    page = admin.post(NEW, given := draft())
    assert (page.status, count(sql), count(sql, "message")) == (422, 0, 0)
    assert "You confirmed who you are too long ago, so nothing was sent." in page.main
    assert given.items() <= page.form().items() | {("audience", "everyone")}
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    assert admin.post(NEW, page.form()).status == 303


@pytest.mark.parametrize("typed", ["", "send", "SEND!", "Thaba Nkulu Primary"])
def test_another_word_sends_nothing_and_stays(admin, sql, typed):
    page = admin.post(NEW, draft(confirm=typed))
    assert (page.status, page.problems) == (422, ["Type SEND to confirm, in capital letters"])
    assert (page.form()["confirm"], page.form()["title_en"], count(sql)) == (typed, "The school is being evacuated", 0)


def test_the_word_may_have_space_around_it(admin, sql):
    assert admin.post(NEW, draft(confirm="  SEND ")).status == 303


def test_a_title_needs_a_message_and_at_least_one_language_is_there(admin, cast, sql):
    nothing = {name: "" for name in draft() if name[:5] in ("title", "messa")}
    assert admin.post(NEW, draft(**nothing)).problems == ["Enter a title", "Enter a message"]
    page = admin.post(NEW, draft(message_af=""))
    assert page.problems == ["Enter a message"]
    assert "message_af-error" in page.text
    assert admin.post(NEW, draft(audience="nobody")).problems == ["Choose whom it is for"]


def test_the_same_form_twice_is_one(admin, sql, work_off, mailserver):
    given = draft()
    first = admin.post(NEW, given)
    second = admin.post(NEW, given | {"title_en": "Something else"})
    assert (second.status, second.location) == (303, first.location)
    assert admin.get(second.location).banners[-1] == "This emergency broadcast was sent before. It was not sent again."
    work_off()
    assert (count(sql), count(sql, "message")) == (1, 1)
    assert len({mail.to for mail in mailserver.mails}) == len(mailserver.mails)


def test_the_same_form_twice_at_the_same_moment_is_one(app, proven, cast, sql):
    given, browser = draft(), proven(cast.thaba.admin)
    given["csrf_token"], given["_school"] = browser.token(), "1"
    answers = []

    def press():
        with app.app_context():
            client = app.test_client()
            client.set_cookie("session", cast.thaba.admin.token)
            answers.append(client.post(NEW, data=given).status_code)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, count(sql), count(sql, "message")) == ([303] * 4, 1, 1)


def test_a_second_one_has_to_be_meant(admin, cast, sql):
    admin.post(NEW, draft())
    page = admin.get(NEW)
    assert "An emergency is going on:" in page.main
    page = admin.post(NEW, draft(title_en="Fire"))
    assert page.problems == ["An emergency is going on already. Tick the box below if this is another one."]
    assert count(sql) == 1
    assert admin.post(NEW, draft(another="y")).status == 303
    sql.execute("UPDATE emergency SET ended_at = now(), ended_how = 'all_clear'")
    assert admin.post(NEW, draft()).status == 303


def test_the_other_school_knows_nothing_of_it(admin, browser, cast, sql, work_off, mailserver):
    emergency = add_emergency(sql, cast.karoo)
    assert admin.post(NEW, draft()).status == 303, "the one of the other school does not count"
    for path in (f"{LIST}{emergency}", f"{LIST}{emergency}/people", f"{LIST}{emergency}/end", f"{LIST}{emergency}/message"):
        assert admin.get(path).status == 404
    work_off()
    assert {mail.to.partition("@")[2] for mail in mailserver.mails} == {"thaba.example.com", "example.com"}


def test_a_form_without_a_key_of_ours_sends_nothing(admin, sql):
    for key in ("", "x", "00000000-0000-4000-8000-000000000000"):
        assert admin.post(NEW, draft(key=key)).status == 422
    assert count(sql) == 0


def test_it_goes_by_all_channels_at_once_also_in_quiet_hours(admin, cast, sql, work_off, mailserver):
    sql.execute("UPDATE school SET quiet_from = '00:00', quiet_until = '23:59'")
    guardian = cast.thaba.guardian.person_id
    sql.execute("UPDATE person SET phone = '+27821234567' WHERE id = %s", (guardian,))
    subscribe(sql, 1, guardian)
    connect(sql, 1, "sms")
    admin.post(NEW, draft())
    work_off()
    found = sql.execute("SELECT channel, tries > 0 FROM delivery WHERE person_id = %s ORDER BY channel", (guardian,)).fetchall()
    assert [channel for channel, _ in found] == ["email", "push", "sms"]
    assert guardian_mail(mailserver, cast)
    assert sql.execute(
        "SELECT count(*) FROM delivery WHERE state = 'queued' AND due_at > now() + interval '1 hour'"
    ).fetchone() == (0,)


def guardian_mail(mailserver, cast):
    return next(mail for mail in mailserver.mails if mail.to == cast.thaba.guardian.email)


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "The school is being evacuated"), ("af", "Die skool word ontruim"), ("zu", "Abantu bayakhishwa esikoleni")],
)
def test_everybody_gets_their_own_language(admin, cast, sql, work_off, mailserver, language, title):
    sql.execute("UPDATE person SET language = %s WHERE id = %s", (language, cast.thaba.guardian.person_id))
    admin.post(NEW, draft())
    work_off()
    assert guardian_mail(mailserver, cast).subject == title


def test_the_audiences_are_who_they_say(admin, cast, sql):
    away, there = (add_person(sql, 1, f"Learner {n}", "learner", None) for n in (1, 2))
    family = add_person(sql, 1, "Of the one on site", "guardian", "family@example.com")
    barred = add_person(sql, 1, "Barred", "guardian", "barred@example.com")
    is_on_site(sql, cast.thaba, there)
    add_guardian(sql, cast.thaba, family, there)
    add_guardian(sql, cast.thaba, barred, there, no_contact=True)
    staff = {getattr(cast.thaba, role).person_id for role in ("owner", "admin", "teacher", "officer")}
    expected = {"staff": set(), "site": {there, family}, "families": {family, cast.thaba.guardian.person_id}}
    for audience, others in expected.items():
        admin.post(NEW, draft(audience=audience, another="y"))
        people = {
            row[0] for row in sql.execute("SELECT person_id FROM emergency_person WHERE emergency_id = %s", (the_one(sql),))
        }
        multi = people - staff - others
        assert staff | others <= people
        assert sql.execute("SELECT name FROM person WHERE id = ANY (%s)", (list(multi),)).fetchall() == [("Zanele Botha",)]
    admin.post(NEW, draft(another="y"))
    everyone = dict(
        sql.execute("SELECT person_id, was_on_site FROM emergency_person WHERE emergency_id = %s", (the_one(sql),)).fetchall()
    )
    assert everyone[there] is True
    assert away not in everyone
    assert barred not in everyone


def test_the_form_tells_before_what_is_stored_after(admin, cast, sql):
    populate(sql, 1)
    sql.execute("UPDATE person SET ended_at = NULL WHERE id = %s", (cast.thaba.admin.person_id,))
    learner = add_person(sql, 1, "On Site", "learner", None)
    is_on_site(sql, cast.thaba, learner)
    guardians = "SELECT id FROM person WHERE school_id = 1 AND kind = 'guardian' AND ended_at IS NULL ORDER BY id LIMIT 5"
    for (guardian,) in sql.execute(guardians).fetchall():
        add_guardian(sql, cast.thaba, guardian, learner)
    connect(sql, 1, "whatsapp")
    page = admin.get(NEW)
    said = {}
    for audience in ("everyone", "families", "site", "staff"):
        (choice,) = [e for e in page.all("label", class_="choice") if any(i.get("value") == audience for i in e.iter())]
        hint = " ".join(t.strip() for e in choice.iter() if e.tag.endswith("small") for t in e.itertext())
        said[audience] = int(hint.split()[1])
    for audience, number in said.items():
        admin.post(NEW, draft(audience=audience, another="y"))
        stored = sql.execute("SELECT count(*) FROM emergency_person WHERE emergency_id = %s", (the_one(sql),)).fetchone()
        assert stored == (number,), audience
    assert len(set(said.values())) == 4


def test_the_deliveries_are_to_those_who_are_written_down_and_to_nobody_else(admin, cast, sql, work_off, mailserver):
    admin.post(NEW, draft(audience="staff"))
    add_person(sql, 1, "Came Later", "staff", "later@example.com")
    work_off()
    beyond = (
        "SELECT count(*) FROM delivery d WHERE NOT EXISTS (SELECT FROM emergency_person x WHERE x.person_id = d.person_id"
        " AND x.school_id = d.school_id)"
    )
    assert sql.execute(beyond).fetchone() == (0,)
    assert "later@example.com" not in {mail.to for mail in mailserver.mails}


def test_it_is_audited_with_what_it_said(admin, sql):
    admin.post(NEW, draft())
    (values,) = sql.execute(
        "SELECT (SELECT jsonb_object_agg(field, value) FROM audit_value v WHERE v.event_id = e.id) FROM audit_event e"
        " WHERE action = 'emergency.send'"
    ).fetchone()
    assert values["label"] == "Abantu bayakhishwa esikoleni"
    assert values["title_en:after"] == '"The school is being evacuated"'
    assert values["actor"] == "Naledi Mokoena"


def test_every_starter_fills_the_form_in_three_languages(admin):
    links = [href for href in admin.get(NEW).links().values() if "?start=" in href]
    assert len(links) == 5
    for link in links:
        form = admin.get(link).form()
        assert all(form[f"{name}_{code}"] for name in ("title", "message") for code in ("en", "af", "zu"))


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_pages_speak_the_readers_language(admin, browser, cast, sql, language):
    admin.post(NEW, draft())
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.admin.user_id))
    someone = browser.as_(cast.thaba.admin, language=language)
    for path in (
        LIST,
        NEW,
        f"{LIST}{the_one(sql)}",
        f"{LIST}{the_one(sql)}/people",
        f"{LIST}{the_one(sql)}/end",
        "/dashboard/",
    ):
        assert someone.get(path).status == 200


def test_the_list_tells_how_many_have_answered(admin, cast, sql):
    assert "No emergency yet" in admin.get(LIST).main
    emergency = add_emergency(sql, cast.thaba)
    past = add_emergency(sql, cast.thaba, "Storm", ended_at=dt.datetime.now(dt.UTC), ended_how="all_clear")
    sql.execute("UPDATE emergency_person SET acknowledged_at = now() WHERE person_id = %s", (cast.thaba.guardian.person_id,))
    page = admin.get(LIST)
    assert list(page.links().values()).index(f"{LIST}{past}") < list(page.links().values()).index(f"{LIST}{emergency}")
    assert "1 of 7" in page.main
    assert "Storm" not in admin.get(f"{LIST}?state=going_on").main
    assert "Fire in the kitchen" not in admin.get(f"{LIST}?state=ended").main
    assert admin.get(f"{LIST}?state=never").status == 404
