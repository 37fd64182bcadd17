"""Two transactions at once, in an order that the test decides."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

import psycopg

Answer = TypeVar("Answer")
WAITS_FOR_US = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"


def while_the_password_changes(
    sql: psycopg.Connection[Any], user_id: UUID, password_hash: str, request: Callable[[], Answer]
) -> Answer:
    """What `request` answers when it meets a change of password that is stored only once the request waits for it."""
    with ThreadPoolExecutor(1) as thread:
        with sql.transaction():
            sql.execute("UPDATE app_user SET password_hash = %s WHERE id = %s", (password_hash, user_id))
            answer = thread.submit(request)
            assert _waits(sql, answer), "it was answered without looking whether the account changes"
        return answer.result(30)


def _waits(sql: psycopg.Connection[Any], answer: Future[Any]) -> bool:
    while not answer.done():
        if sql.execute(WAITS_FOR_US).fetchone() == (True,):
            return True
    return False
