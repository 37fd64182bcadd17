"""The instance folder (`UMTHI_HOME`): one run at a time, what an earlier run left, and sockets with short names."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.local.refusal import Refusal

LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")  # sun_path holds 108 bytes, the last is NUL
SPACE_NEEDED = 150 * 2**20  # a new cluster takes 40 MB, then up to 80 MB of write-ahead log
PATIENCE = 30.0  # seconds for an earlier run to finish stopping
INSISTENCE = (
    (signal.SIGTERM, 1.0),
    (signal.SIGINT, 4.0),
    (signal.SIGKILL, 5.0),
)  # and seconds to go, for what a killed run left


@dataclass(frozen=True)
class Home:
    """A claimed instance folder.

    `lock` says that a run is in charge and ends with its supervisor. `programs` is a file that every program of the run
    inherits open, so whoever has it open is known to belong to this folder, whatever it is called and whoever its parent is.
    """

    root: Path
    lock: int
    programs: int

    @property
    def data(self) -> Path:
        return self.root / "postgres"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def sockets(self) -> Path:
        return socket_folder(self.root)

    def note(self, state: str, address: str = "") -> None:
        """Write into the lock who runs here ("running" or "stopping") for a second start to read."""
        with suppress(OSError):  # a full disk must not hinder a stop
            os.ftruncate(self.lock, 0)
            os.pwrite(self.lock, f"{os.getpid()} {state} {address}".encode(), 0)


def claim(root: Path, *, address: str = "") -> Home:
    """Claim `root` for this process, clear what a killed run left, and make the folders.

    Raises Refusal when another run holds it, or when it cannot be written or has no space.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _take(lock, root)
        programs = os.open(root / "programs", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _end_the_rest(root / "programs")
        home = Home(root, lock, programs)
        home.note("running", address)
        free = shutil.disk_usage(root).free
        if not home.data.exists() and free < SPACE_NEEDED:
            raise Refusal(
                f"{root} has {free >> 20} MB left; the database needs {SPACE_NEEDED >> 20} MB. "
                "Free some, or set UMTHI_HOME to another disk."
            )
        home.logs.mkdir(exist_ok=True)
        for log in home.logs.glob("*.log"):  # one file a run, and the one before it
            log.replace(f"{log}.old")
        _make_socket_folder(home.sockets, ours=home.sockets.parent == root)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise Refusal(
            f"Cannot write in {root}: {said}. Set UMTHI_HOME to a folder of your own, or give yourself this one (chown)."
        ) from error
    return home


def socket_folder(root: Path) -> Path:
    """Return where the servers of `root` listen: below it, or in the temporary folder if that name cannot be a socket's.

    It may be too long, or hold a comma, at which libpq ends the name of a host, and which nothing can escape there.
    """
    folder = root / "run"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and "," not in str(folder):
        return folder
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"umthi-{os.geteuid()}-{digest}"


def holders(file: Path) -> list[int]:
    """Return the other processes that have the file open, as far as we may see them."""
    wanted = file.stat()

    def found() -> Iterator[int]:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if int(process.name) != os.getpid() and any(_same(fd, wanted) for fd in (process / "fd").iterdir()):
                    yield int(process.name)

    return sorted(found())


def _same(fd: Path, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(fd.stat(), wanted)
    except OSError:
        return False


def _take(lock: int, root: Path) -> None:
    """Take the lock, waiting for a run that is stopping. Raises Refusal when one is in charge."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, state, address, *_ = [*os.pread(lock, 500, 0).decode().split(), "", "", ""]
        if state == "running" and Path("/proc", pid).exists():
            raise Refusal(
                f"Umthi already runs on {root} (process {pid}, {address}). "
                "Stop it, or start a second one with its own UMTHI_HOME and PORT."
            )
        if time.monotonic() > deadline:
            raise Refusal(
                f"{root} is in use by a run that does not stop, perhaps in another container. "
                "Stop it, or set UMTHI_HOME to another folder."
            )
        time.sleep(0.1)


def _end_the_rest(programs: Path) -> None:
    """End what a killed run left. Normally nothing: programs end with their supervisor, but one may be stopped or stuck."""
    for how, seconds in INSISTENCE:
        for pid in holders(programs):
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not holders(programs):
                return
            time.sleep(0.05)
    raise Refusal(
        f"The processes {holders(programs)} of an earlier run on {programs.parent} do not end. End them and start again."
    )


def _make_socket_folder(folder: Path, *, ours: bool) -> None:
    """Make the folder private and empty: no server of this home is alive, so every socket in it is stale."""
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    private = stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() and not state.st_mode & 0o077
    if not (ours or private):  # anyone may have made it in the temporary folder
        raise Refusal(f"{folder} is not a private folder of yours. Remove it and start again.")
    for left in folder.iterdir():
        left.unlink()
