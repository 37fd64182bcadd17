"""What goes to one device: by the RFCs, to push services only, never too long, and over lines that come and go."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import ssl
import threading
import time
from dataclasses import replace
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

import http_ece
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as any_

from app.delivery import keys, push, pushline
from app.delivery.aes128gcm import encrypt, unpadded
from app.delivery.outward import NoAnswer, Unreachable
from app.delivery.push import (
    SMALL,
    TTL,
    ForbiddenEndpoint,
    Pusher,
    borrowed,
    content,
    endpoint_of,
    landed,
    marked,
    origin_of,
    topic_of,
)
from app.delivery.pushline import Answer, _seconds
from app.delivery.receipts import receipt_token
from app.ids import uuid7
from tests.push_service import RETRY_AFTER, PushService, hang_up_everywhere
from tests.push_service import unpadded as b64

TAG, RECEIPT = "t" * 22, "r" * 48


@pytest.fixture
def key(app, pushservice):
    """The key of the environment under test."""
    return keys.newest(app.extensions["settings"])


@pytest.fixture
def pusher():
    pusher = Pusher("mailto:post@umthi.example")
    yield pusher
    pusher.close()


def send(pusher, service, to, key, *, text=b'{"title":"x"}', urgent=False, topic="topic") -> Answer:
    """One push to its end."""
    place = endpoint_of(to.endpoint, test_origin=service.origin)
    sealed = encrypt(text, p256dh=to.p256dh, auth=to.auth)
    return pusher.end(pusher.begin(place, sealed, key=key, topic=topic, urgent=urgent))


# --- Encryption


def test_the_vector_of_rfc_8291() -> None:
    """Appendix A: fixed keys and salt in, the RFC's own body out."""
    secret = unpadded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    body = encrypt(
        b"When I grow up, I want to be a watermelon",
        p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth="BTBZMqHH6r4Tts7J_aSIgg",
        private=ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1()),
        salt=unpadded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert b64(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZ"
        "wbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("length", [1, 15, 16, 17, 1000, push.ROOM])
def test_the_browser_reads_it_and_it_fits(length, pushservice, key) -> None:
    to, text = pushservice.subscribe(key), os.urandom(length)
    body = encrypt(text, p256dh=to.p256dh, auth=to.auth)
    assert http_ece.decrypt(body, private_key=to.private, auth_secret=to.secret) == text
    assert len(body) <= 4096
    assert body != encrypt(text, p256dh=to.p256dh, auth=to.auth)  # a fresh key and salt for each


def test_what_are_no_keys_is_refused(pushservice, key) -> None:
    to = pushservice.subscribe(key)
    point = unpadded(to.p256dh)
    compressed = b64(b"\x02" + point[1:33])
    off_the_curve = b64(point[:-1] + bytes([point[-1] ^ 1]))
    for p256dh in ("", "?", "é", to.p256dh[:-4], off_the_curve, compressed, b64(bytes(65))):
        with pytest.raises(ValueError, match=r".*"):
            encrypt(b"x", p256dh=p256dh, auth=to.auth)
    for auth in ("", to.auth[:-2], to.auth + "AAAA", "!" * 22):
        with pytest.raises(ValueError, match=r".*"):
            encrypt(b"x", p256dh=to.p256dh, auth=auth)


# --- Endpoints


@pytest.mark.parametrize(
    "endpoint",
    ["", "/x", "fcm.googleapis.com/x", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x", "https://fcm.googleapis.com:443/x", "https://fcm.googleapis.com./x",
     "https://fcm.googleapis.com.evil.example/x", "https://evil.example/x", "https://evil.example/fcm.googleapis.com", "https://xfcm.googleapis.com/x", "https://googleapis.com/x",
     "https://push.apple.com/x", "https://xpush.apple.com/", "https://.push.apple.com/", "https://a..push.apple.com/", "https://evil.example\\.push.apple.com/", "https://evil_.notify.windows.com/",
     "https://user@fcm.googleapis.com/x", "https://user:word@fcm.googleapis.com/x", "https://fcm.googleapis.com@evil.example/x", "https://fcm.googleapis.com\\@evil.example/", "https://evil.example#.push.apple.com",
     "https://evil.example?.push.apple.com", "https://127.0.0.1/x", "https://10.0.0.1/x", "https://169.254.169.254/latest", "https://localhost/x", "https://[::1]/x", "https://[::ffff:127.0.0.1]/x", "https://2130706433/x",
     "https://[/x", "file:///etc/passwd", "ftp://fcm.googleapis.com/x", "javascript:alert(1)", "//fcm.googleapis.com/x", "https://fcm.googleapis.com:x/", "https://fcm.googleapis.com/\u2028", "https://fcm.googleapis.com/é",
     "https://fcm.googleapis.com/a b", "https://fcm.googleapis.com/\r\nX: y", "https://fcm.googleapis.com/\tx", " https://fcm.googleapis.com/x", "https://fcm.googleapis.com/\x00", "https://fcm.googleapis.com/x\n",
     "https://ｆcm.googleapis.com/x", "https://fcm。googleapis.com/x", "https://fcm.googleapis.com/" + "x" * 2000, "http://127.0.0.1:1/x", "https://127.0.0.1:9001/x", "http://127.0.0.1:9001@evil.example/"],
)  # fmt: skip
def test_an_endpoint_that_is_no_known_push_service_is_refused(endpoint) -> None:
    with pytest.raises(ForbiddenEndpoint):
        origin_of(endpoint)
    if endpoint != "http://127.0.0.1:9001/x":
        with pytest.raises(ForbiddenEndpoint):
            endpoint_of(endpoint, test_origin="http://127.0.0.1:9001")


@pytest.mark.parametrize(
    "host", ["fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com", "wns2-par02p.notify.windows.com"]
)
def test_the_push_services_of_the_browsers_are_known(host) -> None:
    assert endpoint_of(f"https://{host}/wpush/v2/abc:d-_e?x=1#y") == (f"https://{host}", "/wpush/v2/abc:d-_e?x=1")
    assert endpoint_of(f"https://{host}?x").target == "/?x"
    assert endpoint_of(f"https://{host}").host == host


def test_a_tests_own_push_service_is_known_only_by_its_setting() -> None:
    assert endpoint_of("http://127.0.0.1:9001/x", test_origin="http://127.0.0.1:9001").host == "127.0.0.1:9001"


# --- Content


def test_a_notification_shows_what_it_was_given() -> None:
    raw = marked(content(title="Thaba Nkulu", body="Môre – “toe” \n", url="/n/1"), tag=TAG, receipt=RECEIPT)
    assert json.loads(raw) == {"title": "Thaba Nkulu", "body": "Môre – “toe” \n", "url": "/n/1", "tag": TAG, "receipt": RECEIPT}


@given(
    title=any_.text(max_size=500), body=any_.text(max_size=6000), url=any_.text(any_.characters(codec="ascii"), max_size=200)
)
def test_no_text_is_too_long_and_each_stays_whole(title, body, url) -> None:
    for room in (push.ROOM, SMALL):
        raw = marked(content(title=title, body=body, url=url, room=room), tag=TAG, receipt=RECEIPT)
        assert len(raw) <= room or room == SMALL
        said = json.loads(raw)
        assert title.startswith(said["title"])
        assert said["body"] == body or (said["body"].endswith("…") and body.startswith(said["body"][:-1])) or said["body"] == ""
        assert said["url"] in (url, "")


@pytest.mark.parametrize("letter", ["x", "é", "中", "😀", "\x00", '"', "\\", "\ud800"])
def test_the_longest_text_of_any_letter_fits(letter) -> None:
    for room in (push.ROOM, SMALL):
        raw = content(title=letter * 300, body=letter * 9000, url="https://umthi.example/n/1", room=room)
        assert len(marked(raw, tag=TAG, receipt=RECEIPT)) <= room
        said = json.loads(raw)
        assert len(said["title"]) >= 60
        assert said["body"] in ("", said["body"].rstrip("…") + "…")


def test_an_address_that_leaves_no_room_is_left_out() -> None:
    assert json.loads(content(title="T", body="B", url="/" + "x" * 4000)) == {"title": "T", "body": "B", "url": ""}


def test_a_topic_names_a_delivery_and_is_one_that_services_take(app) -> None:
    delivery = uuid7()
    topic = topic_of(delivery)
    assert UUID(bytes=base64.urlsafe_b64decode(topic + "==")) == delivery
    assert len(topic) == len(TAG) <= 32
    assert len(receipt_token(app.extensions["settings"], 2**32 - 1, delivery)) == len(RECEIPT)


# --- Asking


def test_a_push_is_one_that_a_service_takes(pusher, pushservice, key) -> None:
    to = pushservice.subscribe(key)
    assert send(pusher, pushservice, to, key, text=b'{"title":"y"}', urgent=True, topic="abc") == Answer(201, None)
    (got,) = to.got
    assert got.text == {"title": "y"}
    names = ("TTL", "Topic", "Urgency", "Content-Encoding", "Content-Type", "Host")
    wanted = [str(TTL), "abc", "high", "aes128gcm", "application/octet-stream", pushservice.origin[7:]]
    assert [got.headers[name] for name in names] == wanted
    assert got.claims["aud"] == pushservice.origin
    assert got.claims["sub"] == "mailto:post@umthi.example"
    assert 3600 < got.claims["exp"] - time.time() <= 24 * 3600


def test_a_line_and_a_token_serve_many(pusher, pushservice, key) -> None:
    to = pushservice.subscribe(key)
    for _ in range(5):
        assert send(pusher, pushservice, to, key).status == 201
    assert len({got.line for got in pushservice.pushes}) == 1
    assert len({got.headers["Authorization"] for got in pushservice.pushes}) == 1


def test_a_token_is_for_one_service_and_one_key_and_signed_anew_before_its_end(
    pusher, pushservice, key, app, monkeypatch
) -> None:
    origin, other = "https://fcm.googleapis.com", keys.make(app.extensions["settings"])
    first = pusher._token(origin, key)
    assert pusher._token(origin, key) == first
    assert len({first, pusher._token(origin, other), pusher._token("https://web.push.apple.com", key)}) == 3
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + push.TOKEN_LIFE - push.RENEWED - 5)
    assert pusher._token(origin, key) == first
    monkeypatch.setattr("time.time", lambda: now + push.TOKEN_LIFE - push.RENEWED + 5)
    assert pusher._token(origin, key) != first
    monkeypatch.undo()
    pusher.sign_anew(endpoint_of(origin), other)
    assert (origin, other.id) not in pusher._tokens


@pytest.mark.parametrize("status", [200, 204, 302, 307, 308, 400, 401, 404, 410, 413, 500, 503])
def test_a_status_comes_back_as_it_is_and_a_redirect_is_not_followed(status, pusher, pushservice, key) -> None:
    to = pushservice.subscribe(key, str(status))
    assert send(pusher, pushservice, to, key) == Answer(status, None)
    assert len(pushservice.pushes) == 1
    assert pushservice.followed == []


def test_what_a_service_wants_us_to_wait(pusher, pushservice, key) -> None:
    assert send(pusher, pushservice, pushservice.subscribe(key, "429"), key) == Answer(429, int(RETRY_AFTER))
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
    assert 80 < _seconds(format_datetime(soon, usegmt=True).encode()) <= 91
    assert 80 < _seconds(format_datetime(soon.replace(tzinfo=None)).encode()) <= 91
    assert _seconds(b"Wed, 21 Oct 2015 07:28:00 GMT") == 0
    for nonsense in (b"", b"-1", b"soon", b"9" * 20, b"\xff", "٣".encode(), b"1.5"):
        assert _seconds(nonsense) is None


@pytest.mark.parametrize(("what", "kept"), [("interim", True), ("chunked", False), ("close", False)])
def test_an_unusual_answer_is_read_and_the_line_kept_only_where_its_end_is_known(what, kept, pusher, pushservice, key) -> None:
    to = pushservice.subscribe(key, what)
    for _ in range(2):
        assert send(pusher, pushservice, to, key).status == 201
    assert len({got.line for got in pushservice.pushes}) == (1 if kept else 2)


@pytest.mark.parametrize("what", ["drop", "garbage", "flood", "hang", "drip"])
def test_no_answer_in_time_is_none(what, pusher, pushservice, key, monkeypatch) -> None:
    monkeypatch.setattr(pushline, "TIMEOUT", 0.3)
    to = pushservice.subscribe(key, what)
    begun = time.monotonic()
    with pytest.raises(NoAnswer):
        send(pusher, pushservice, to, key)
    assert time.monotonic() - begun < 2
    assert len(pushservice.pushes) == 1  # a new line is nobody's idle one: it is not asked twice
    assert send(pusher, pushservice, pushservice.subscribe(key), key).status == 201


def test_a_line_that_was_closed_while_idle_is_dialled_again(pusher, pushservice, key) -> None:
    to = pushservice.subscribe(key)
    for _ in range(3):
        assert send(pusher, pushservice, to, key).status == 201
        pushservice.hang_up()
    assert len({got.line for got in to.got}) == 3


def test_a_kept_line_that_drops_is_asked_once_more_and_then_no_more(pusher, pushservice, key) -> None:
    assert send(pusher, pushservice, pushservice.subscribe(key), key).status == 201
    to = pushservice.subscribe(key, "drop")
    with pytest.raises(NoAnswer):
        send(pusher, pushservice, to, key)
    assert len(to.got) == 2


def test_a_line_that_was_idle_for_long_is_not_trusted(pusher, pushservice, key, monkeypatch) -> None:
    to = pushservice.subscribe(key)
    monkeypatch.setattr(push, "IDLE", 0.0)
    for _ in range(2):
        assert send(pusher, pushservice, to, key).status == 201
    assert len({got.line for got in to.got}) == 2


def test_nobody_there_is_no_line(pusher, key) -> None:
    place = endpoint_of("http://127.0.0.1:1/x", test_origin="http://127.0.0.1:1")
    with pytest.raises(Unreachable):
        pusher.begin(place, b"x", key=key, topic="t", urgent=False)


def test_who_answers_first_is_read_first(pusher, pushservice, key, monkeypatch) -> None:
    monkeypatch.setattr(pushline, "TIMEOUT", 0.5)
    flights = []
    for what in ("hang", "201"):
        to = pushservice.subscribe(key, what)
        place = endpoint_of(to.endpoint, test_origin=pushservice.origin)
        flights.append(pusher.begin(place, encrypt(b"{}", p256dh=to.p256dh, auth=to.auth), key=key, topic="t", urgent=False))
    slow, quick = flights
    assert landed(flights) == [quick]
    assert pusher.end(quick).status == 201
    assert landed([slow]) == [slow]  # its time is over
    with pytest.raises(NoAnswer):
        pusher.end(slow)


# --- TLS


@pytest.fixture
def secure(tmp_path: Path, key, monkeypatch):
    """A push service with a certificate that nobody knows, and the file of that certificate."""
    private, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "push")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key()).serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )  # fmt: skip
    certificate, secret = tmp_path / "certificate.pem", tmp_path / "secret.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    service = PushService(context)
    pushline._context.cache_clear()
    yield service, certificate
    pushline._context.cache_clear()
    service.stop()


def test_a_service_whose_certificate_is_not_known_is_told_nothing(pusher, secure, key) -> None:
    service, _ = secure
    with pytest.raises(Unreachable, match="no valid certificate"):
        send(pusher, service, service.subscribe(key), key)
    assert service.pushes == []


def test_over_tls_it_is_the_same(pusher, secure, key, monkeypatch) -> None:
    service, certificate = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    to = service.subscribe(key)
    for _ in range(3):
        assert send(pusher, service, to, key).status == 201
    assert len({got.line for got in to.got}) == 1
    service.hang_up()
    assert send(pusher, service, to, key).status == 201
    assert service.wrongs == []


# --- Between runs and threads


def test_lines_and_tokens_are_kept_between_runs(app, pushservice, key) -> None:
    settings = app.extensions["settings"]
    to = pushservice.subscribe(key)
    for _ in range(2):
        with borrowed(settings) as pusher:
            send(pusher, pushservice, to, key)
    assert len({(got.line, got.headers["Authorization"]) for got in pushservice.pushes}) == 1
    hang_up_everywhere()


def test_two_threads_never_share_a_pusher(app, pushservice, key) -> None:
    settings, to, faults = app.extensions["settings"], pushservice.subscribe(key), []

    def run() -> None:
        try:
            for _ in range(10):
                with borrowed(settings) as pusher:
                    assert send(pusher, pushservice, to, key).status == 201
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(pushservice.pushes) == 40


def test_each_sender_signs_with_its_own_address(app, pushservice, key) -> None:
    settings = app.extensions["settings"]
    for address in ("a@umthi.example", "Umthi <b@umthi.example>"):
        with borrowed(replace(settings, mail_from=address)) as pusher:
            send(pusher, pushservice, pushservice.subscribe(key), key)
    assert [got.claims["sub"] for got in pushservice.pushes] == ["mailto:a@umthi.example", "mailto:b@umthi.example"]
