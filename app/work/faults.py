"""Places where a test may have this process die or stand still, as a crash would: in the runner of steps, in that of the pieces
of an import, in that of an export, and in the relay only.

`UMTHI_FAULT_POINT` names one of them; production refuses to start with it.
"""

from __future__ import annotations

import os
import signal

from app.extensions import current_settings

STANDING = ":stop"  # behind the name: stand still instead, until somebody says SIGCONT


def fault_point(name: str) -> None:
    """Kill this process as `kill -9` does, if the settings name this place; with `name:stop` stop it where it is."""
    wanted = current_settings().fault_point
    if wanted == name:
        os.kill(os.getpid(), signal.SIGKILL)
    elif wanted == name + STANDING:
        os.kill(os.getpid(), signal.SIGSTOP)
