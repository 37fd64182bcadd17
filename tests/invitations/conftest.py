"""People who have no account yet, and their invitations."""

from __future__ import annotations

import re

import pytest

from app.domain.invitations import ROLES, invite, token_of
from app.tenancy.doors import across_schools
from tests.cast import add_person


@pytest.fixture
def newcomer(sql, cast):
    """Somebody of a school without an account: `newcomer("Lindiwe Nkosi")` is a guardian of Thaba Nkulu."""

    def add(name="Lindiwe Nkosi", kind="guardian", email="lindiwe@example.org", *, school=None, language=None):
        return add_person(sql, (school or cast.thaba).id, name, kind, email, language)

    return add


@pytest.fixture
def invited(sql, app):
    """Invite somebody as the platform does, committed; returns the invitation's id."""

    def one(person_id, school, *, role=None, email=None):
        kind, address = sql.execute("SELECT kind, email FROM person WHERE id = %s", (person_id,)).fetchone()
        with across_schools("test", routine=True) as session:
            made = invite(
                session, school_id=school.id, person_id=person_id, role=role or ROLES[kind][0],
                email=email or address, by="Olive Operator",
            )  # fmt: skip
            session.commit()
            return made.id

    return one


@pytest.fixture
def link(app):
    """The address of an invitation, as its mail has it."""
    return lambda invitation_id: f"/invitations/{token_of(invitation_id)}"


def link_in(letter):
    """The one address of an invitation that a mail holds."""
    (found,) = set(re.findall(r"http://localhost(/invitations/\S+)(?=\n)", letter.text))
    return found
