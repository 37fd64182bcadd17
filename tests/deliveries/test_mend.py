"""/schedule-notices/unreachable/<person>: an address is mended, and what did not arrive goes again as itself."""

import pytest

from tests.access.sweeping import NEVER
from tests.cast import add_person
from tests.deliveries.failing import add_failed, audited
from tests.deliveries.test_unreachable import unsubscribe
from tests.delivery.sending import only, send, states

LIST = "/schedule-notices/unreachable"


@pytest.fixture
def bounced(sql, cast):
    """Somebody whose address a mail server refused."""
    person = add_person(sql, 1, "Zodwa Bounced", "guardian", "zodwa@example.com")
    sql.execute("UPDATE person SET email_flagged_at = '2026-05-03T10:00Z', phone = '+27825550100' WHERE id = %s", (person,))
    return person


def stored(sql, person):
    return sql.execute("SELECT email, phone, email_flagged_at IS NOT NULL FROM person WHERE id = %s", (person,)).fetchone()


def mend(admin, person, **changes):
    address = f"{LIST}/{person}"
    form = {name: text for name, text in admin.get(address).form(address).items() if not name.startswith(("csrf", "_"))}
    return admin.post(address, form | changes)


def test_refused_dead_mended_and_sent_again_with_the_message_id_that_it_had(admin, cast, sql, work_off, mailserver):
    only(sql, 1, "r550-zodwa@example.com", "well@example.com")
    send(1)
    work_off()
    assert states(sql) == {"dead": 1, "sent": 1}
    person, delivery = sql.execute("SELECT person_id, id FROM delivery WHERE state = 'dead'").fetchone()
    assert "Person 0" in admin.get(LIST).main

    page = mend(admin, person, email="zodwa@example.com")
    assert page.location == f"{LIST}/{person}"
    page = admin.get(page.location)
    assert page.banners == ["Saved. You can send again what did not arrive in the last days."]
    assert "1 message of the last 14 days did not reach them." in page.main

    again = f"{LIST}/{person}/retry"
    admin.post(again, page.form(again))
    assert admin.get(f"{LIST}/{person}").banners == ["1 message is on its way again."]
    work_off()
    assert states(sql) == {"sent": 2}
    (mail,) = mailserver.to("zodwa@example.com")
    assert delivery.hex in mail.message_id.replace("-", "")
    assert len(mailserver.to("well@example.com")) == 1
    assert [action for action, _ in audited(sql)] == ["people.mend_address", "deliveries.retry"]
    assert "Everyone can be reached" in admin.get(LIST).main


def test_a_new_address_counts_as_working_and_is_audited(admin, sql, bounced):
    assert mend(admin, bounced, email=" Zodwa@New.example.com ").location == LIST
    assert stored(sql, bounced) == ("zodwa@new.example.com", "+27825550100", False)
    ((action, values),) = audited(sql)
    assert (action, values["label"]) == ("people.mend_address", "Zodwa Bounced")
    assert values["email:before"] == '"zodwa@example.com"'
    assert values["email:after"] == '"zodwa@new.example.com"'
    assert (values["works:before"], values["works:after"]) == ("false", "true")
    assert "phone:after" not in values


def test_an_address_that_is_right_after_all_is_tried_again(admin, sql, bounced):
    mend(admin, bounced, is_right="y")
    assert stored(sql, bounced) == ("zodwa@example.com", "+27825550100", False)
    assert admin.get(LIST).banners == ["Saved."]


def test_an_address_that_does_not_work_is_not_saved_as_it_was_without_a_word(admin, sql, bounced):
    page = mend(admin, bounced)
    assert (page.status, page.problems) == (422, ["This address does not work. Change it, or say that it is right."])
    assert stored(sql, bounced)[2]
    assert audited(sql) == []


def test_the_phone_alone_can_be_mended_and_the_address_stays_as_it_is(admin, sql, bounced):
    mend(admin, bounced, phone="082 555 0199")
    assert stored(sql, bounced) == ("zodwa@example.com", "+27825550199", True)


def test_an_address_can_be_taken_away_and_added(admin, sql, cast):
    person = add_person(sql, 1, "Abel", "guardian", "abel@example.com")
    mend(admin, person, email="", phone="")
    assert stored(sql, person) == (None, None, False)
    mend(admin, person, email="abel2@example.com", phone="+44 20 7946 0000")
    assert stored(sql, person) == ("abel2@example.com", "+442079460000", False)


@pytest.mark.parametrize("email", ["nobody", "@example.com", "a b@example.com", "a@b@c.example.com", "a@example..com"])
def test_what_is_no_address_is_refused_and_nothing_typed_is_lost(admin, sql, bounced, email):
    page = mend(admin, bounced, email=email, phone="082 555 0199")
    assert (page.status, page.problems) == (422, ["Enter an email address in the form name@example.com"])
    assert page.title.startswith("Error: How to reach")
    assert page.form(f"{LIST}/{bounced}")["email"] == email
    assert stored(sql, bounced) == ("zodwa@example.com", "+27825550100", True)


@pytest.mark.parametrize("phone", ["12", "call me", "0825550", "+0 82 555 0101"])
def test_what_is_no_number_is_refused(admin, sql, bounced, phone):
    page = mend(admin, bounced, email="new@example.com", phone=phone)
    assert (page.status, page.problems) == (422, ["Enter a phone number such as 082 555 0101 or +27 82 555 0101"])
    assert page.form(f"{LIST}/{bounced}")["phone"] == phone
    assert stored(sql, bounced)[0] == "zodwa@example.com"


def test_a_number_that_was_odd_before_does_not_stand_in_the_way(admin, sql, bounced):
    sql.execute("UPDATE person SET phone = 'ask the office' WHERE id = %s", (bounced,))
    mend(admin, bounced, email="new@example.com")
    assert stored(sql, bounced)[:2] == ("new@example.com", "ask the office")


def test_saving_what_was_there_changes_nothing(admin, sql, cast):
    person = add_person(sql, 1, "Abel", "guardian", "abel@example.com")
    mend(admin, person)
    assert admin.get(LIST).banners == ["Nothing was changed."]
    assert audited(sql) == []


def test_an_address_that_works_does_not_make_somebody_subscribe(admin, sql, cast):
    person = add_person(sql, 1, "Abel", "guardian", "abel@example.com")
    unsubscribe(sql, person)
    assert "Only they can subscribe again" in admin.get(f"{LIST}/{person}").main
    mend(admin, person, email="abel2@example.com")
    assert sql.execute("SELECT unsubscribed_at IS NOT NULL FROM contact_preference").fetchone() == (True,)


def test_what_is_old_or_has_lost_its_text_is_shown_and_not_offered(admin, cast, sql):
    old, forgotten = add_failed(sql, cast.thaba, "Old")[0], add_failed(sql, cast.thaba, "Forgotten")[0]
    (person,) = sql.execute("SELECT person_id FROM delivery WHERE id = %s", (old,)).fetchone()
    sql.execute("UPDATE delivery SET ended_at = now() - interval '15 days' WHERE id = %s", (old,))
    sql.execute("UPDATE delivery SET person_id = %s WHERE id = %s", (person, forgotten))
    sql.execute("DELETE FROM message_text WHERE message_id = (SELECT message_id FROM delivery WHERE id = %s)", (forgotten,))
    page = admin.get(f"{LIST}/{person}")
    assert {"Old", "Forgotten"} <= page.links().keys()
    assert "Try again" not in page.main
    admin.post(f"{LIST}/{person}/retry")
    assert admin.get(LIST).banners == ["Nothing was changed: somebody has dealt with it already."]


def test_somebody_of_another_school_is_not_there(admin, cast, sql):
    theirs = add_person(sql, 2, "Theirs", "guardian", "theirs@example.com")
    left = add_person(sql, 1, "Left", "guardian", "left@example.com")
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (left,))
    for person in (theirs, left, NEVER):
        assert admin.get(f"{LIST}/{person}").status == 404
        assert admin.post(f"{LIST}/{person}", {"email": "mine@example.com"}).status == 404
        assert admin.post(f"{LIST}/{person}/retry").status == 404
    assert stored(sql, theirs) == ("theirs@example.com", None, False)


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_may_not(browser, cast, sql, bounced, role):
    someone = browser.as_(getattr(cast.thaba, role))
    answers = someone.get(f"{LIST}/{bounced}"), someone.post(f"{LIST}/{bounced}"), someone.post(f"{LIST}/{bounced}/retry")
    assert {answer.status for answer in answers} == {403}
