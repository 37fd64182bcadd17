"""`site.edit`: from the commit of 'Publish' to the last answer of any process that still shows the version before.

Two web servers run as programs, and readers ask both for the page without a pause. Nothing tells the servers: each asks the
database how the website stands.
"""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp

from app.access.actor import Actor
from app.domain.site.document import SiteDocument
from app.domain.site.drafting import begin, keep, the_site
from app.domain.site.publishing import publish
from app.tenancy.doors import acting_for
from bench.delivering import Delivering, _free_port
from bench.figure import Figure, figure, is_full
from tests.public_site.arranged import a_document, a_page, block, three
from tests.servers import start_flask

SERVERS, READERS = 2, 3
PATH = "/s/school-1/en/"
BY = Actor("system", None, "bench")


@dataclass
class Reader:
    """Somebody who reloads a page of one server: `seen` has when each answer had come, and what it showed."""

    port: int
    seen: list[tuple[float, str]] = field(default_factory=list)

    def read(self, enough: threading.Event) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not enough.is_set():
            try:
                line.request("GET", PATH)
                answer = line.getresponse()
                body = answer.read().decode()
            except (OSError, http.client.HTTPException):
                line.close()
                time.sleep(0.05)
                continue
            found = body.partition("Edition ")[2][:4] if answer.status == 200 else ""
            self.seen.append((time.time(), found))
            time.sleep(0.005)


def measure() -> list[Figure]:
    """The longest time in which an old page was still shown, in seconds."""
    rounds, slowest, numbers = 40 if is_full() else 8, 0.0, list[float]()
    with Delivering.place_with(0) as here:
        _publish(here, 0)
        ports = [_free_port() for _ in range(SERVERS)]
        logs = Path(mkdtemp(prefix="umthi-site-"))
        programs = [start_flask(replace(here.settings, port=port), logs / f"web-{port}.log", "web") for port in ports]
        readers, enough = [Reader(port) for port in ports for _ in range(READERS)], threading.Event()
        threads = [threading.Thread(target=reader.read, args=(enough,)) for reader in readers]
        try:
            for thread in threads:
                thread.start()
            here.until(lambda: all(any(found for _, found in reader.seen) for reader in readers))
            for number in range(1, rounds + 1):
                committed = _publish(here, number)
                wanted = f"{number:04}"
                here.until(lambda wanted=wanted: all(reader.seen[-1][1] == wanted for reader in readers))
                old = [at - committed for reader in readers for at, found in reader.seen if at > committed and found != wanted]
                numbers.append(max(old, default=0.0))
                for reader in readers:
                    reader.seen[:-1] = []
            slowest = max(numbers)
        finally:
            enough.set()
            for thread in threads:
                thread.join()
            for program in programs:
                program.terminate()
                program.wait()
    return [
        figure(
            "site.edit", slowest, unit="s", goal=1, against="from the commit to the last old page, on every process",
            detail=f"{rounds} versions, {SERVERS} web servers, {SERVERS * READERS} readers; median {1000 * statistics.median(numbers):.0f} ms",
        )
    ]  # fmt: skip


def _publish(here: Delivering, number: int) -> float:
    """Publish another edition, as the builder does; when it was committed."""
    words = three(f"Edition {number:04}")
    draft = a_document(a_page(block("h", "hero", heading=words, text=three("Words.")), description=words), title=words)
    with here.app.app_context(), acting_for(1) as session:
        begin(by=BY)
        site = the_site(hold=True)
        assert site is not None
        keep(site, SiteDocument.read(draft), "site.edit", label="bench", by=BY)
        publish(site, revision=site.draft_revision, note="", by=BY)
        session.commit()
    return time.time()
