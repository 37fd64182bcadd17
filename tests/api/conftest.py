from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.arranged import Program, add_token


@pytest.fixture
def program(app, sql) -> Callable[..., Program]:
    """A maker of programs: `program(cast.thaba.admin, "learners.read")`; without scopes the token has all of them."""

    def make(someone, *scopes, **options) -> Program:
        token, made = add_token(sql, someone, scopes, **options) if scopes else add_token(sql, someone, **options)
        made_for = Program(app, token)
        made_for.id = made
        return made_for

    return make
