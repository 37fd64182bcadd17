"""How much memory a process has had at most."""

from __future__ import annotations

from pathlib import Path


def most_memory() -> float:
    """MB of this program at most since it began. (`getrusage` also counts what its parent had when it started it.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
