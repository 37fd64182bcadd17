"""The supervisor: what ends with it, what it starts again, and when it gives up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.local.processes import Program, Stopped, Supervisor
from app.local.refusal import Refusal
from tests.local.instances import PROJECT, living


def python(code: str, name: str = "worker 1") -> Program:
    return Program(name, [sys.executable, "-c", code], grace=1.0)


def watch_until(supervisor: Supervisor, done: Callable[[], bool], seconds: float = 20) -> None:
    """Let the supervisor watch in small steps."""
    deadline = time.monotonic() + seconds

    def pause(_: float) -> None:
        if done() or time.monotonic() > deadline:
            raise Stopped
        Supervisor.pause(supervisor, 0.02)

    supervisor.pause = pause  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        supervisor.watch()
    del supervisor.pause  # type: ignore[method-assign]
    assert done()


def in_a_process(code: str, *words: str) -> subprocess.Popen[str]:
    """A supervisor of its own: it changes how its process hears signals."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.Popen([sys.executable, "-c", code, *words], env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def supervised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the signals of the test run as they are."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.usefixtures("supervised")
def test_what_is_killed_comes_back_and_is_said_and_noted() -> None:
    said: list[str] = []
    noted: list[int] = []
    with Supervisor(say=said.append) as supervisor:
        supervisor.changed = lambda: noted.append(supervisor.stages[0][0].process.pid)
        supervisor.start(python("import time; time.sleep(60)"))
        victim = supervisor.stages[0][0].process.pid
        os.kill(victim, signal.SIGKILL)
        watch_until(supervisor, lambda: bool(noted))
    assert said == ["worker 1 ended (SIGKILL); starting it again"]
    assert noted != [victim]
    assert not living(noted[0])


@pytest.mark.usefixtures("supervised")
def test_a_worker_that_has_done_its_share_comes_back_at_once_and_silently() -> None:
    said: list[str] = []
    noted: list[float] = []
    with Supervisor(say=said.append) as supervisor:
        supervisor.changed = lambda: noted.append(time.monotonic())
        supervisor.start(python("import time; time.sleep(1.3)"))
        watch_until(supervisor, lambda: len(noted) == 2)
    assert not said


@pytest.mark.usefixtures("supervised")
def test_what_keeps_dying_stops_the_run_with_a_sentence(tmp_path: Path) -> None:
    broken = Program("web", [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"], log=tmp_path / "web.log")
    with Supervisor() as supervisor:
        supervisor.start(broken)
        with pytest.raises(Refusal, match=r"web ended 5 times in a row \(status 3\)(.|\n)*no such table"):
            supervisor.watch()


@pytest.mark.usefixtures("supervised")
def test_what_a_dead_program_had_forked_is_ended_before_it_comes_back(tmp_path: Path) -> None:
    """A web server that is killed leaves workers that hold its port."""
    child = tmp_path / "child"
    code = f"import os, time, pathlib\nif os.fork() == 0: time.sleep(60)\npathlib.Path({str(child)!r}).write_text('x')\ntime.sleep(60)"
    noted: list[int] = []
    with Supervisor() as supervisor:
        supervisor.changed = lambda: noted.append(1)
        supervisor.start(python(code, "web"))
        while not child.exists():
            time.sleep(0.02)
        group = supervisor.stages[0][0].process.pid
        os.kill(group, signal.SIGKILL)
        watch_until(supervisor, lambda: bool(noted))
        with pytest.raises(ProcessLookupError):
            os.killpg(group, 0)


ORPHANS = """
import os, sys, time
from app.local.processes import Program, Supervisor
code = 'import os, time\\npid = os.fork()\\nif pid == 0: os.setsid(); time.sleep(600)\\nprint(pid, flush=True); time.sleep(600)'
with Supervisor() as s:
    s.start(Program('x', [sys.executable, '-c', code], grace=1)); s.pause(1.5)
"""


def test_a_child_in_a_session_of_its_own_is_ended_too() -> None:
    """As an RQ worker has with its horse."""
    with in_a_process(ORPHANS) as supervisor:
        out, _ = supervisor.communicate(timeout=30)
    assert not living(int(out.split()[0]))


DEATH = """
import sys, time
from app.local import processes
if 'planted' in sys.argv: processes._libc = type('Libc', (), {'prctl': staticmethod(lambda *a: 0)})
p = processes.spawn(processes.Program('x', [sys.executable, '-c', 'import time; time.sleep(600)']))
print(p.pid, flush=True); time.sleep(600)
"""


@pytest.mark.parametrize("planted", [False, True])
def test_a_program_ends_with_a_parent_that_is_killed(planted: bool) -> None:
    """And, the planted violation, without the kernel's promise (PDEATHSIG) it does not."""
    with in_a_process(DEATH, *["planted"] * planted) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + (0.5 if planted else 10)
    while living(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert living(child) is planted
    if planted:
        os.kill(child, signal.SIGKILL)


TOLD = """
import signal, sys
from app.local.processes import Stopped, Supervisor
for name in sys.argv[1].split(): signal.signal(getattr(signal, name), signal.SIG_IGN)
with Supervisor() as s:
    print('listening', flush=True)
    try: s.pause(60)
    except Stopped: print('stopped', flush=True)
"""


@pytest.mark.parametrize("ignored", ["SIGHUP", "SIGINT SIGHUP"])
def test_an_interrupt_is_heard_where_a_script_had_it_ignored_and_a_hangup_is_not(ignored: str) -> None:
    """A shell without job control starts `make run &` with SIGINT ignored; nohup does so with SIGHUP, and means it."""
    with in_a_process(TOLD, ignored) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline() == "listening\n"
        supervisor.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            supervisor.wait(0.3)
        supervisor.send_signal(signal.SIGINT)
        try:
            assert supervisor.communicate(timeout=10)[0] == "stopped\n"
        finally:
            supervisor.kill()
