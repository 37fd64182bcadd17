"""What an implementation by others makes of our pushes: npm's `web-push-testing`, where it is installed.

`npm install --global web-push-testing` puts it on the PATH.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.delivery import keys
from app.delivery.aes128gcm import encrypt
from app.delivery.push import Pusher, content, endpoint_of, marked

COMMAND = shutil.which("web-push-testing")
pytestmark = pytest.mark.skipif(
    COMMAND is None, reason="no web-push-testing on the PATH: npm install --global web-push-testing"
)


@pytest.fixture
def other(tmp_path):
    """`other(path, {…})` asks the other implementation, at `other.origin`, which runs as long as the test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Path(COMMAND).resolve().parent / "server.js"  # the command itself would leave it running
    process = subprocess.Popen(
        [shutil.which("node"), server, str(port)], cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    origin = f"http://localhost:{port}"

    def ask(path: str, data: dict[str, str], *, form: bool = False) -> dict:
        body = urllib.parse.urlencode(data).encode() if form else json.dumps(data).encode()
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        with urllib.request.urlopen(urllib.request.Request(origin + path, body, {"Content-Type": kind}), timeout=5) as answer:
            return json.loads(answer.read())["data"]

    ask.origin = origin
    try:
        assert process.stdout.readline() == f"Server running on port {port}\n"
        yield ask
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.parametrize("length", [0, 200, 3000])
def test_another_implementation_takes_and_reads_it(length, other: Callable[..., dict], settings, tmp_path) -> None:
    key = keys.make(replace(settings, home=tmp_path))
    to = other("/subscribe", {"userVisibleOnly": "true", "applicationServerKey": key.public}, form=True)
    place = endpoint_of(to["endpoint"], test_origin=other.origin)
    raw = marked(content(title="Laerskool Karoo", body="ŉ" * (length // 2), url="/n/1"), tag="t" * 22, receipt="r" * 48)
    pusher = Pusher("mailto:post@umthi.example")
    for _ in range(2):
        sealed = encrypt(raw, p256dh=to["keys"]["p256dh"], auth=to["keys"]["auth"])
        assert pusher.end(pusher.begin(place, sealed, key=key, topic="topic", urgent=False)).status == 201
    pusher.close()
    read = other("/get-notifications", {"clientHash": to["clientHash"]})["messages"]
    assert [json.loads(text) for text in read] == [json.loads(raw)] * 2
