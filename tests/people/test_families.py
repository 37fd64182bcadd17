"""Who is whose guardian: linked, changed, unlinked, and shown plainly."""

from __future__ import annotations

import pytest

from app.ids import uuid7
from tests.people.conftest import events

YES = {"may_collect": "y", "hears_attendance": "y", "hears_notices": "y", "hears_billing": "y"}


@pytest.fixture
def family(somebody):
    """A learner and a guardian who are not linked."""
    return somebody("Thabo Nkosi"), somebody("Lindiwe Nkosi", "guardian", email="lindiwe@example.org")


def test_a_guardian_is_looked_for_chosen_and_linked(admin, family, sql):
    learner, guardian = family
    page = admin.get(f"/people/learners/{learner}/guardians/new?q=lindi")
    assert page.links()["Choose: Lindiwe Nkosi"] == f"?guardian={guardian}"
    answer = admin.post(f"/people/learners/{learner}/guardians/new?guardian={guardian}", {"relation": "mother", **YES})
    assert answer.status == 303
    page = admin.get(f"/people/{learner}")
    assert "Lindiwe Nkosi" in page.main
    assert "Mother" in page.main
    assert "absence, notices, invoices" in page.main
    assert "Thabo Nkosi" in admin.get(f"/people/{guardian}").links()
    assert events(sql)[-1] == "people.link_guardian"


def test_nobody_is_linked_twice(admin, family, tied):
    learner, guardian = family
    tied(guardian, learner)
    page = admin.post(f"/people/learners/{learner}/guardians/new?guardian={guardian}", {"relation": "mother"})
    assert page.status == 422
    assert page.problems == ["They are linked to this learner already."]


def test_no_contact_wins_over_everything_else(admin, family, tied, sql):
    learner, guardian = family
    tie = tied(guardian, learner)
    admin.post(f"/people/guardianships/{tie}", {"relation": "father", "no_contact": "y", **YES})
    assert sql.execute(
        "SELECT relation, no_contact, may_collect, hears_attendance, hears_notices, hears_billing FROM guardianship"
    ).fetchone() == ("father", True, False, False, False, False)
    page = admin.get(f"/people/{learner}")
    assert "No contact" in page.main
    assert "nothing" in page.main


def test_they_are_unlinked_and_both_stay(admin, family, tied, sql):
    learner, guardian = family
    admin.post(f"/people/guardianships/{tied(guardian, learner)}/remove")
    assert sql.execute("SELECT count(*) FROM guardianship").fetchone() == (0,)
    assert admin.get(f"/people/{guardian}").status == 200
    assert "No parent or guardian" in admin.get(f"/people/{learner}").main
    assert events(sql)[-1] == "people.unlink_guardian"


def test_a_new_guardian_is_linked_at_once(admin, somebody, sql):
    learner = somebody("Thabo Nkosi")
    path = f"/people/guardians/new?learner={learner}"
    assert "For Thabo Nkosi" in admin.get(path).main
    answer = admin.post(path, {"name": "Sipho Nkosi", "relation": "grandparent", "may_collect": "y"})
    assert answer.location.endswith(str(learner))
    assert sql.execute("SELECT relation, may_collect, hears_notices FROM guardianship").fetchone() == (
        "grandparent",
        True,
        False,
    )


@pytest.mark.parametrize("what", ["a learner", "staff", "another school's", "nobody"])
def test_only_a_guardian_of_the_school_can_be_linked(admin, family, cast, what):
    learner, _ = family
    other = {
        "a learner": cast.thaba.student.person_id, "staff": cast.thaba.teacher.person_id,
        "another school's": cast.karoo.guardian.person_id, "nobody": uuid7(),
    }[what]  # fmt: skip
    assert admin.post(f"/people/learners/{learner}/guardians/new?guardian={other}", {"relation": "mother"}).status == 404


def test_another_schools_families_are_not_found(admin, cast, tied):
    tie = tied(cast.karoo.guardian.person_id, cast.karoo.student.person_id, school=cast.karoo)
    assert admin.get(f"/people/guardianships/{tie}").status == 404
    assert admin.post(f"/people/guardianships/{tie}/remove").status == 404
    assert admin.get(f"/people/guardians/new?learner={cast.karoo.student.person_id}").status == 404
    assert admin.get("/people/guardians/new?learner=x").status == 404
