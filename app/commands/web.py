"""The web server."""

from __future__ import annotations

import os
from collections.abc import Callable
from signal import SIGKILL
from typing import Any

import click
from flask import current_app
from granian import Granian
from granian._internal import load_target
from granian.constants import Interfaces

from app.commands.command import Command, fit_for_production, in_app
from app.extensions import current_settings
from app.i18n.languages import LANGUAGES
from app.local.processes import end_with_parent
from app.tenancy.reading import prove_all


def load(target: str) -> Callable[..., Any]:
    """Load the application in a process that serves, which first makes sure that it ends with the one that listens."""
    end_with_parent(SIGKILL)  # on a SIGTERM the listening process ends it gently; killed, it cannot
    return load_target(target)


@click.command(cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, help="the address to listen on; TLS is the proxy's work")
@click.option("--processes", type=click.IntRange(1), help="how many serve side by side; by default as many as cores")
@in_app
def web(host: str, processes: int | None) -> None:
    """Serve the pages on PORT."""
    fit_for_production()
    prove_all()  # this and what follows once here, not in each process and for somebody who waits
    for language in LANGUAGES:
        current_app.extensions["pages"].environments[language].get_template("web/shell.html")
    server = Granian(
        "wsgi:application", address=host, port=current_settings().port, interface=Interfaces.WSGI, blocking_threads=1,
        workers=processes or len(os.sched_getaffinity(0)), websockets=False, log_access=False, respawn_failed_workers=True,
        respawn_interval=0.5, workers_kill_timeout=5,
    )  # fmt: skip
    server.serve(target_loader=load)
