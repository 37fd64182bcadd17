"""Where we go for a school, and where never."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.config import Environment, Settings
from app.delivery.outward import Forbidden, Line, NoAnswer, Unreachable, is_public, place_of
from tests.gateway import KEY, GatewayServer


@pytest.fixture
def production(settings: Settings) -> Settings:
    return replace(settings, environment=Environment.PRODUCTION)


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example/", "ftp://gateway.example/", "https://", "https:///x", "gateway.example", "", "https://a b.example/",
        "https://user:pass@gateway.example/", "https://gateway.example:99999/", "https://gateway.example:0/", "https://[::1/",
        "https://gateway.example/\r\nHost: x", "https://gäteway.example/", "https://-x.example/", "//gateway.example/",
        "https://127.0.0.1/", "https://localhost/", "https://localhost./", "https://[::1]/", "https://10.0.0.1/", "https://192.168.1.1/",
        "https://172.16.0.1/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://0.0.0.0/", "https://224.0.0.1/",
        "https://[fe80::1]/", "https://[fc00::1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/",
        "http://127.0.0.1/",
    ],
)  # fmt: skip
def test_what_is_no_public_https_address_is_refused_in_production(production: Settings, url: str) -> None:
    with pytest.raises(Forbidden):
        place_of(url, production)


def test_public_addresses_and_ports_are_taken_apart(production: Settings) -> None:
    place = place_of("https://Gateway.Example:8443/v1/send?to=%2B27&x", production)
    assert place == ("https", "gateway.example", 8443, "/v1/send?to=%2B27&x")
    assert place.shown == "gateway.example:8443"
    assert place_of("https://gateway.example", production)[2:] == (443, "/")
    assert place_of("https://[2606:4700::1111]/", production).shown == "[2606:4700::1111]"


def test_only_outside_production_may_it_be_this_machine(settings: Settings, production: Settings) -> None:
    assert place_of("http://127.0.0.1:9000/x", settings).port == 9000
    for environment in (Environment.UAT, Environment.PRODUCTION):
        with pytest.raises(Forbidden):
            place_of("http://127.0.0.1:9000/x", replace(settings, environment=environment))
    with pytest.raises(Forbidden):
        place_of("http://gateway.example/x", settings)
    with pytest.raises(Forbidden):
        place_of("https://10.0.0.1/x", settings)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "169.254.0.1", "100.64.0.1", "192.0.0.9", "192.88.99.1", "::1", "::ffff:127.0.0.1", "::ffff:192.0.0.9",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "fec0::1", "::7f00:1", "::ffff:0:10.0.0.1", "2002:a00:1::", "2001:0:a00:1::", "2001:db8::1",
        "3fff::1", "5f00::1", "100:0:0:1::1", "4000::1", "ff0e::1",
    ],
)  # fmt: skip
def test_the_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert is_public(ipaddress.ip_address("1.1.1.1"))
    assert is_public(ipaddress.ip_address("2606:4700::1111"))


@pytest.mark.parametrize("name", ["127.1", "2130706433", "0x7f.1"])
def test_a_name_that_leads_here_is_not_followed(production: Settings, gateway: GatewayServer, name: str) -> None:
    """What the resolver makes of a name decides, not how it is spelt: these need no DNS and all mean this machine."""
    assert {entry[4][0] for entry in socket.getaddrinfo(name, 1)} == {"127.0.0.1"}
    line = Line(place_of(f"https://{name}:{gateway.port}/", production), production)
    with pytest.raises(Forbidden, match="private"):
        line.ask("GET", "/", {})
    assert gateway.lines == 0


def test_nobody_there_is_told_from_nothing_said(settings: Settings, gateway: GatewayServer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        line = Line(place_of(f"http://127.0.0.1:{free.getsockname()[1]}/", settings), settings)
        with pytest.raises(Unreachable, match="ConnectionRefusedError"):
            line.ask("GET", "/", {})
    line = Line(place_of(f"{gateway.url}/hang", settings), settings)
    with pytest.raises(NoAnswer, match="TimeoutError"):
        line.ask("GET", "/hang", {"Authorization": f"Bearer {KEY}"}, patience=0.2)


def test_a_resolver_that_says_nothing_holds_nobody_up(settings: Settings, gateway: GatewayServer, monkeypatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(5) and [])
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="no answer for the name"):
        Line(place_of(gateway.url, settings), settings).ask("GET", "/ping", {}, patience=0.1)
    over.set()
    assert time.monotonic() - begun < 2


def test_a_line_is_kept_and_one_that_was_closed_in_between_is_dialled_again(settings: Settings, gateway: GatewayServer) -> None:
    line = Line(place_of(gateway.url, settings), settings)
    headers = {"Authorization": f"Bearer {KEY}"}
    for _ in range(3):
        assert line.ask("GET", "/ping", headers).status == 200
    assert gateway.lines == 1
    line._sock.shutdown(socket.SHUT_RDWR)
    assert line.ask("GET", "/ping", headers).status == 200
    assert gateway.lines == 2
    line.close()


def certificate(tmp_path, host: str) -> tuple[ssl.SSLContext, str]:
    """A server's context with a certificate for `host` that only its own file vouches for."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "certificate.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(made.public_bytes(Encoding.PEM))
    return context, str(trusted)


@pytest.mark.parametrize(
    ("host", "is_trusted", "well"), [("localhost", True, True), ("localhost", False, False), ("other.example", True, False)]
)
def test_tls_is_verified(tmp_path, monkeypatch, settings: Settings, host: str, is_trusted: bool, well: bool) -> None:
    context, trusted = certificate(tmp_path, host)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
    server = GatewayServer(tls=context)
    line = Line(place_of(server.url, settings), settings)
    try:
        if well:
            assert line.ask("GET", "/ping", {"Authorization": f"Bearer {KEY}"}).status == 200
        else:
            with pytest.raises(Unreachable, match="no valid certificate"):
                line.ask("GET", "/ping", {})
    finally:
        line.close()
        server.stop()
