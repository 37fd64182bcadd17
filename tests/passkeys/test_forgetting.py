"""Whoever takes over an account by the mail of its address takes it over alone."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.access.actor import Actor
from app.domain import platform_staff
from app.models.user import PlatformRole
from app.tenancy.doors import across_schools

HELD = "SELECT (SELECT count(*) FROM passkey), (SELECT count(*) FROM recovery_code), (SELECT count(*) FROM step_up_fallback)"


@pytest.fixture
def proofs(cast, sql):
    """A passkey, a code and a fallback of the user of no school."""
    user = cast.nobody.user_id
    sql.execute(
        "INSERT INTO passkey (id, user_id, credential_id, public_key, name) VALUES (%s, %s, 'c', 'k', 'A')", (uuid4(), user)
    )
    sql.execute("INSERT INTO recovery_code (id, user_id, code_hash) VALUES (%s, %s, 'h')", (uuid4(), user))
    sql.execute(
        "INSERT INTO step_up_fallback (id, user_id, granted_by, reason, expires_at) VALUES (%s, %s, 'O', 'R', now() + interval '1 day')",
        (uuid4(), user),
    )


def invite(email):
    with across_schools("test") as session:
        invited = platform_staff.invite(
            session, email=email, name="N", role=PlatformRole.OPERATOR, by=Actor("job", None, "test")
        )
        session.commit()
    return invited


def test_an_invitation_to_the_staff_forgets_every_proof_from_before(app, cast, sql, proofs):
    invite(cast.nobody.email)
    assert sql.execute(HELD).fetchone() == (0, 0, 0)


@pytest.mark.parametrize(("unproven", "left"), [(True, (0, 0, 0)), (False, (1, 1, 1))])
def test_a_link_to_a_new_password_does_where_nobody_had_shown_to_read_the_mail(
    browser, cast, sql, proofs, work_off, mailserver, unproven, left
):
    sql.execute("UPDATE app_user SET address_unproven_at = now() WHERE id = %s AND %s", (cast.nobody.user_id, unproven))
    browser.post("/password/forgot", {"email": cast.nobody.email})
    work_off()
    (link,) = [word for word in mailserver.mails[-1].text.split() if "/password/" in word]
    path = "/" + link.partition("://")[2].partition("/")[2]
    browser.post(
        path,
        {"password": "seven new kites", "again": "seven new kites"}
        | {k: "seven new kites" for k in browser.get(path).form() if "pass" in k},
    )
    assert sql.execute(HELD).fetchone() == left
