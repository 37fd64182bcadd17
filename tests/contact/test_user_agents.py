"""What a browser is called."""

from __future__ import annotations

import pytest

from blueprints.contact.user_agents import device_of, stored
from tests.contact.arranged import CHROME

MAC, KIT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS, BLINK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (CHROME, "Chrome/Android"),
        (f"{WINDOWS} {BLINK} Safari/537.36", "Chrome/Windows"),
        (f"{WINDOWS} {BLINK} Safari/537.36 Edg/126.0.0.0", "Edge/Windows"),
        (f"{WINDOWS} {BLINK} Safari/537.36 OPR/111.0.0.0", "Opera/Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox/Linux"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox/Android"),
        (f"{MAC} {KIT} Version/17.5 Safari/605.1.15", "Safari/Mac"),
        (f"{PHONE} {KIT} Version/17.5 Mobile/15E148 Safari/604.1", "Safari/iPhone"),
        (f"{PHONE} {KIT} Mobile/15E148", "Safari/iPhone"),
        (f"{PHONE} {KIT} CriOS/126.0 Mobile/15E148 Safari/604.1", "Chrome/iPhone"),
        (f"Mozilla/5.0 (Linux; Android 14; SM-S921B) {BLINK.replace('Chrome', 'SamsungBrowser/25.0 Chrome')} Mobile Safari/537.36",
         "Samsung Internet/Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {BLINK} Safari/537.36", "Chrome/ChromeOS"),
        ("curl/8.5.0", "/"),
        ("", "/"),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_people_call_it(said, name):
    device = device_of(said)
    assert str(device) == name
    assert stored(str(device)) == device
