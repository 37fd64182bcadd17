"""`import.hostile`: hostile files are sent to the product as a browser sends them; what it says of each, and what is left of it.

A file that is refused has to leave no row of any table behind, and a sentence that names the row and the column where there is
one. One that is read has to have its bad row refused by the check. All of them go through one process, whose memory is read.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask

from app.access.actor import Actor, acting_as
from app.i18n.speech import speaking, speech_for
from app.models.roster import RosterImport
from app.tenancy.database import db
from app.tenancy.doors import acting_for, outside
from app.work.jobs import Task
from bench.figure import Figure, figure
from bench.memory import most_memory
from bench.platform import CSRF, Platform, log_to_nowhere, platform
from blueprints.imports import operations
from blueprints.imports.jobs import go_on
from blueprints.imports.refusals import letter
from tests.imports.hostile import Hostile, everything, rows

BOUNDARY = "b0undary"
TOKEN = urlsafe_b64encode(bytes(16) + bytes.fromhex(CSRF)).decode()  # under a mask of nothing
SAID = re.compile(r'<p class="err"><svg.*?</svg><span><span class="vh">[^<]*</span> (.*?)</span>', re.S)
TOO_LARGE = 100 << 20  # bytes: what never reaches the page
BY = Actor("command", None, "bench")
COUNTED = ("roster_import", "roster_row", "person", "learner", "guardianship", "enrolment", "class_group")


def measure() -> list[Figure]:
    """Crashes, what was left behind, what was said without its place; and the memory of the process."""
    log_to_nowhere()
    place = platform()
    place.grow(1, first=1, others=1)
    refused, read = everything(), list(rows())
    with tempfile.TemporaryDirectory() as folder:
        told = [_told(folder, number, one) for number, one in enumerate([*refused, *read])]
        large = Path(folder) / "large"
        with large.open("wb") as file:
            file.truncate(TOO_LARGE)
        del refused, read
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        addresses = place.addresses.app, place.addresses.platform, place.superuser
        worker = context.Process(target=_in_a_process, args=(*addresses, folder, told, sender))
        worker.start()
        found: dict[str, Any] = json.loads(receiver.recv())
        worker.join()
    number = len(told) + 1
    return [
        figure("import.hostile", found["crashed"], unit="crashes", goal=0, against=f"{number} hostile files", detail=found["first"]),
        figure("import.hostile.partial", found["left"], unit="rows", goal=0, against="every table of an import", detail="left behind"),
        figure(
            "import.hostile.silent", found["silent"], unit="files", goal=0, against="a sentence with row and column",
            detail="refused without saying why and where",
        ),
        figure("import.hostile.files", number, unit="files", goal=100, better="higher", against="the goal"),
        figure(
            "import.hostile.memory", found["memory"], unit="MB", goal=200, against="the goal",
            detail="most memory of the process that took all of them",
        ),
    ]  # fmt: skip


def _told(folder: str, number: int, one: Hostile) -> dict[str, Any]:
    """Write the body of a post, but for its token, and tell what is expected of it."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{TOKEN}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{one.file}"\r\n\r\n'
    )
    (Path(folder) / str(number)).write_bytes(head.encode() + one.content + f"\r\n--{BOUNDARY}--\r\n".encode())
    place = "" if one.row is None else f"{one.row:,}".replace(",", "\xa0")
    return {"name": one.name, "reason": one.reason, "row": one.row, "column": one.column, "says": place}


def _in_a_process(
    app_url: str, platform_url: str, superuser: str, folder: str, told: list[dict[str, Any]], sender: Any
) -> None:
    """Send them all; tell what became of them."""
    log_to_nowhere()
    addresses: Any = type("Addresses", (), {"app": app_url, "platform": platform_url})()
    flask = Platform(run=None, addresses=addresses, superuser="").application()  # type: ignore[arg-type]
    found: dict[str, Any] = {"crashed": 0, "left": 0, "silent": 0, "first": ""}
    with psycopg.connect(superuser, autocommit=True) as sql:
        before = _rows(sql)
        for number, one in enumerate(told):
            status, page, at = _send(flask, Path(folder) / str(number))
            if status == 422:
                said = SAID.search(page)
                text = said[1] if said else ""
                is_well = bool(text) and one["says"] in text
                is_well = is_well and (one["column"] is None or f"column {letter(one['column'])}" in text)
            elif status == 303:
                is_well = _is_refused(flask, sql, UUID(at), one)
                sql.execute("DELETE FROM roster_import; DELETE FROM column_mapping")
            elif status == 413 and one["reason"] == "too_large":
                is_well = "20 MB" in page
            else:
                is_well = True
                found["crashed"] += 1
            if not is_well:
                found["silent"] += 1
            if (not is_well or status not in (303, 413, 422)) and not found["first"]:
                found["first"] = f"{one['name']}: {status}"
        status, page, _ = _send(flask, Path(folder) / "large")
        found["crashed"] += status != 413
        found["first"] = found["first"] or ("" if status == 413 else f"100 MB: {status}")
        found["silent"] += "20 MB" not in page
        found["left"] = sum(abs(now - then) for now, then in zip(_rows(sql), before, strict=True))
    found["memory"] = most_memory()
    sender.send(json.dumps(found))


def _rows(sql: psycopg.Connection[Any]) -> list[int]:
    return [sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED]  # type: ignore[index]


def _send(flask: Flask, body: Path) -> tuple[int, str, str]:
    """Post a body as the admin of school 1; returns the status, the page, and the id of the import."""
    with body.open("rb") as file:
        status, page, location = _ask(
            flask,
            {
                "REQUEST_METHOD": "POST", "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}", "wsgi.input": file,
                "CONTENT_LENGTH": str(body.stat().st_size),
            },
        )  # fmt: skip
    return status, page, location.rstrip("/").split("/")[-2] if status == 303 else ""


def _ask(flask: Flask, more: dict[str, Any]) -> tuple[int, str, str]:
    environ = {
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost", "PATH_INFO": "/imports/", "SCRIPT_NAME": "",
        "QUERY_STRING": "", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
        "wsgi.errors": open("/dev/null", "w"), "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,  # noqa: PTH123, SIM115
        "HTTP_COOKIE": "session=token-en", "REMOTE_ADDR": "127.0.0.1",
    } | more  # fmt: skip
    got: list[Any] = []
    answer: Any = flask.wsgi_app(environ, lambda status, headers, *_: got.append((status, dict(headers))))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    status, headers = got[0]
    return int(status.split()[0]), body.decode(errors="replace"), headers.get("Location", "")


def _is_refused(flask: Flask, sql: psycopg.Connection[Any], key: UUID, one: dict[str, Any]) -> bool:
    """Whether the check refuses the bad row of a file that was read, for the right reason and in the right place."""
    for _ in _checked(flask, key):
        pass
    found = sql.execute(
        "SELECT result, problems FROM roster_row WHERE import_id = %s AND number = %s", (key, one["row"])
    ).fetchone()
    return bool(found) and found[0] == "wrong" and [one["column"], one["reason"]] in [p[:2] for p in found[1]]


def _checked(flask: Flask, key: UUID) -> Iterator[None]:
    with flask.app_context(), outside(), speaking(speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")), acting_as(BY):  # noqa: SIM117  the school is entered from outside
        with acting_for(1) as session:
            work = db.session.get(RosterImport, (1, key))
            assert work is not None
            operations.map_columns(work, work.mapping, by=BY)
            session.commit()
            while go_on.run(Task(1, key, "imports.go_on", key, 1)) is not None:
                yield
            session.commit()


if __name__ == "__main__":
    print(*measure(), sep="\n")
