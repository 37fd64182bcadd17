"""What tells a program from a person: no single sign loses anybody, and no program makes a lead."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.leads.asking import place_of, view_of
from app.domain.leads.bots import CONSENT, TRAP, Post, Reason, expected, is_foreign, is_nobody, signs
from app.domain.leads.entry import new_entry, opened, sealed
from app.domain.leads.intake import standing
from tests.lead_form.conftest import GOOD, leads, refused

THANKS = "/s/thaba/lead/thanks?lang=en"


def _filled(stranger, **said):
    page = stranger.opens()
    return page, stranger.fills(page, **{**GOOD, **said})


def test_a_person_who_was_quick_sends_it_once_more(stranger, sql):
    _, fields = _filled(stranger)
    stranger.wait(1)
    again = stranger.sends(fields)
    assert (again.status, leads(sql), refused(sql)) == (422, [], {"quick": 1})
    assert "That was very quick" in again.main
    stranger.wait(2.5)  # the time since the first page counts
    assert stranger.sends(stranger.fills(again)).status == 303
    assert len(leads(sql)) == 1


def test_a_post_without_our_page_is_shown_once_more(stranger, sql):
    again = stranger.sends(list(GOOD.items()))
    assert (again.status, leads(sql), refused(sql)) == (422, [], {"no_token": 1})
    stranger.wait(4)
    assert stranger.sends(stranger.fills(again)).status == 303
    assert len(leads(sql)) == 1


def test_a_filled_trap_alone_is_shown_and_can_be_emptied(stranger, sql):
    _, fields = _filled(stranger, subject="Hello")
    stranger.wait(20)
    again = stranger.sends(fields)
    assert (again.status, leads(sql), refused(sql)) == (422, [], {"trap": 1})
    (box,) = again.all("input", name=TRAP)
    assert (box.get("value"), box.get("tabindex")) == ("Hello", None)
    assert stranger.sends(stranger.fills(again, subject="")).status == 303
    assert len(leads(sql)) == 1


@pytest.mark.parametrize("other", ["quick", "origin", "shape", "no_token"])
def test_a_filled_trap_with_another_sign_is_nobody_and_is_thanked(stranger, sql, other):
    _, fields = _filled(stranger, subject="Hello")
    headers = {"Origin": "https://spam.example"} if other == "origin" else {}
    if other == "shape":
        fields.reverse()
    if other == "no_token":
        fields = [(name, value) for name, value in fields if name != "entry"]
    if other != "quick":
        stranger.wait(20)
    answer = stranger.sends(fields, **headers)
    assert (answer.status, answer.location) == (303, THANKS)
    assert (leads(sql), refused(sql)) == ([], {"trap": 1})


def test_fields_that_no_browser_sends_so_are_shown_once_more(stranger, sql):
    for change in (sorted, lambda f: f[:-3], lambda f: [*f, f[-1]], lambda f: [*f, ("website", "x")]):
        _, fields = _filled(stranger)
        stranger.wait(20)
        assert stranger.sends(change(fields)).status == 422
    assert (leads(sql), refused(sql)) == ([], {"shape": 4})


def test_another_site_shows_it_once_more_and_a_listed_one_does_not(stranger, sql):
    sql.execute("UPDATE lead_form SET origins = '{https://www.school.example}'")
    _, fields = _filled(stranger)
    stranger.wait(20)
    again = stranger.sends(fields, Origin="https://elsewhere.example")
    assert (again.status, refused(sql)) == (422, {"origin": 1})
    assert stranger.sends(stranger.fills(again), Origin="http://localhost").status == 303
    _, fields = _filled(stranger, email="b@example.org")
    stranger.wait(20)
    assert stranger.sends(fields, Origin="https://www.school.example").status == 303
    _, fields = _filled(stranger, email="c@example.org")
    stranger.wait(20)
    assert stranger.sends(fields, Origin="null").status == 303
    assert len(leads(sql)) == 3


def test_a_token_that_is_sent_again_with_other_words_makes_no_lead(stranger, sql):
    _, fields = _filled(stranger)
    stranger.wait(20)
    stranger.sends(fields)
    for number in range(5):
        spam = [(name, f"spam {number}" if name == "message" else value) for name, value in fields]
        assert stranger.sends(spam).status == 422
    assert (len(leads(sql)), refused(sql)) == (1, {"replay": 5})


def test_a_token_that_was_changed_is_none(app, cast):
    settings = app.extensions["settings"]
    entry = new_entry(1, 1)
    token = sealed(settings, entry)
    found = opened(settings, 1, token)
    assert found is not None
    assert (found.school_id, found.version, found.key) == (entry.school_id, entry.version, entry.key)
    assert abs((found.issued_at - entry.issued_at).total_seconds()) < 0.01
    turned = token[:-1] + ("A" if token[-1] != "A" else "Q")
    for wrong in ("", "x", turned, token[:-4], token + "AAAA", "é" * 64, token * 3):
        assert opened(settings, 1, wrong) is None
    assert opened(settings, 2, token) is None


def test_nothing_stands_under_a_key_that_was_never_used(app, cast):
    assert standing(1, "0" * 32) is None


def test_each_sign_is_found_and_a_browser_has_none(app, form, cast):
    place = place_of("thaba")
    assert place is not None
    view = view_of(place, "en")
    now = new_entry(1, 1)
    calm, old = (now._replace(issued_at=now.issued_at - dt.timedelta(**ago)) for ago in ({"minutes": 1}, {"hours": 25}))
    good = Post(expected(view), False, "", None, {"http://localhost"})
    assert signs(good, calm, view) == []
    assert signs(good._replace(names=good.names[:-1]), calm, view) == []  # the box was not ticked
    assert signs(good, now, view) == [Reason.QUICK]
    assert signs(good._replace(names=good.names[1:]), calm, view) == [Reason.SHAPE]
    assert signs(good._replace(origin="https://spam.example"), calm, view) == [Reason.ORIGIN]
    assert signs(good, old, view) == [Reason.OLD]
    assert signs(good, None, view) == [Reason.NO_TOKEN]
    assert signs(good._replace(trap="x"), old, view) == [Reason.TRAP, Reason.OLD]
    assert not is_nobody([Reason.TRAP])
    assert not is_nobody([Reason.OLD, Reason.ORIGIN])
    assert is_nobody([Reason.TRAP, Reason.OLD])
    assert expected(view)[-1] == CONSENT


def test_only_another_site_is_foreign():
    ours, listed = {"https://umthi.example"}, ("https://www.school.example",)
    assert not any(is_foreign(o, ours, listed) for o in (None, "null", "https://umthi.example", "https://www.school.example"))
    assert is_foreign("https://school.example", ours, listed)
    assert is_foreign("", ours, listed)


def test_what_was_refused_leaves_nothing_but_a_number(stranger, sql):
    stranger.sends([*GOOD.items(), ("subject", "spam")])
    assert GOOD["email"] not in str(sql.execute("SELECT t::text FROM lead_form_refusal t").fetchall())
    assert sql.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)


def test_it_is_the_signs_that_keep_programs_out(stranger, sql, monkeypatch):
    """Planted: nobody looks at the signs. Then a program that fills in everything makes a lead."""
    monkeypatch.setattr("app.domain.leads.bots.signs", lambda *_: [])
    _, fields = _filled(stranger, subject="Cheap watches")
    assert stranger.sends(fields).status == 303
    assert len(leads(sql)) == 1
