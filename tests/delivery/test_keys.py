"""The keys for app notifications: made once, added to, and always read as they are on the disk."""

from __future__ import annotations

import base64
import datetime as dt
import os
import stat
import time
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from py_vapid import Vapid02

from app.delivery import keys


@pytest.fixture
def place(settings, tmp_path):
    """Settings of an environment that has no keys."""
    return replace(settings, home=tmp_path / "home")


def pem(private, encryption=None) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def test_before_the_first_there_is_none(place):
    assert keys.newest(place) is None
    assert keys.keys_of(place) == {}
    assert not place.home.exists()


def test_a_key_is_a_point_that_a_browser_takes_and_signs_what_it_verifies(place):
    key = keys.make(place)
    point = base64.urlsafe_b64decode(key.public + "=")
    assert (len(point), point[0], "=" in key.public) == (65, 4, False)
    header = key.vapid.sign({"aud": "https://fcm.googleapis.com", "sub": "mailto:post@umthi.example"})["Authorization"]
    assert header.endswith(f",k={key.public}")
    assert Vapid02.verify(header)
    assert len(key.id) == keys.SHORT


def test_only_the_owner_may_read_them(place):
    keys.make(place)
    folder = place.home / "keys"
    (file,) = folder.iterdir()
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(file.stat().st_mode)) == (0o700, 0o600)


def test_the_newest_is_first_in_use_and_the_older_ones_stay(place):
    made = [keys.make(place).id for _ in range(3)]
    assert list(keys.keys_of(place)) == made
    assert keys.newest(place).id == made[-1]
    assert len(set(made)) == 3


def test_a_key_of_a_machine_whose_clock_goes_ahead_does_not_stay_the_newest(place, monkeypatch):
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    with monkeypatch.context() as patched:
        patched.setattr("app.clock.now", lambda: ahead)
        keys.make(place)
    made = keys.make(place)
    assert made.made_at > ahead
    assert keys.newest(place).id == made.id


def test_a_copied_folder_has_the_same_keys_whatever_the_times_of_its_files(place, tmp_path):
    made = [keys.make(place).id for _ in range(2)]
    there = replace(place, home=tmp_path / "other")
    (there.home / "keys").mkdir(parents=True)
    for number, file in enumerate(sorted((place.home / "keys").iterdir(), reverse=True)):
        copy = there.home / "keys" / file.name
        copy.write_bytes(file.read_bytes())
        os.utime(copy, (1000 + number, 1000 + number))
    assert list(keys.keys_of(there)) == made


def test_they_are_read_once_and_again_when_the_folder_changes(place):
    first = keys.make(place)
    folder = place.home / "keys"
    old = time.time() - 60
    os.utime(folder, (old, old))
    seen = keys.newest(place)
    assert keys.newest(place) is seen  # not read again
    second = keys.make(place)
    assert keys.newest(place).id == second.id
    newest_file = max(folder.iterdir())
    newest_file.unlink()
    assert keys.newest(place).id == first.id


@pytest.mark.parametrize(
    "content",
    [
        b"", b"nothing like a key", b"\xff\xfe\x00",
        pem(rsa.generate_private_key(65537, 2048)), pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"locked")),
    ],
    ids=["empty", "text", "bytes", "rsa", "another curve", "locked"],
)  # fmt: skip
def test_a_file_that_is_no_key_stops_no_other(place, content, caplog):
    key = keys.make(place)
    name = "vapid-20990101T000000.000000Z.pem"
    (place.home / "keys" / name).write_bytes(content)
    assert keys.newest(place).id == key.id
    assert keys.ring(place).broken == (name,)
    assert name in caplog.text


def test_a_misnamed_file_is_broken_and_a_half_written_one_is_nothing(place):
    key = keys.make(place)
    folder = place.home / "keys"
    (file,) = folder.iterdir()
    (folder / "vapid-mine.pem").write_bytes(file.read_bytes())
    (folder / "vapid-20990101T000000.000000Z.making").write_bytes(b"-----BEGIN")
    assert list(keys.keys_of(place)) == [key.id]
    assert keys.ring(place).broken == ("vapid-mine.pem",)
