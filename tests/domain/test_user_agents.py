"""What a browser is called."""

from __future__ import annotations

import pytest

from app.domain.user_agents import device_of, stored
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
        (f"{WINDOWS} {BLINK} Safari/537.36 Vivaldi/6.8.3381.44", "Vivaldi/Windows"),
        (f"{PHONE} {KIT} Version/17.5 Mobile/15E148 Safari/604.1 OPT/4.7.1", "Opera/iPhone"),
        (f"Mozilla/5.0 (Linux; Android 10; JNY-LX1) {BLINK} HuaweiBrowser/14.0.5.302 Mobile Safari/537.36", "Huawei Browser/Android"),
        (f"Mozilla/5.0 (Linux; U; Android 13; en-us; 22111317G) {BLINK} Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.8",
         "Mi Browser/Android"),
        (f"Mozilla/5.0 (Linux; U; Android 12; en-US; CPH2349) {KIT} Version/4.0 Chrome/100.0 UCBrowser/13.6 Mobile Safari/537.36",
         "UC Browser/Android"),
        ("Opera/9.80 (Android; Opera Mini/68.0/191.227; U; en) Presto/2.12.423 Version/12.16", "Opera Mini/Android"),
        ("Mozilla/5.0 (Mobile; Nokia_8000_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.4", "Firefox/KaiOS"),
        ("curl/8.5.0", "/"),
        ("", "/"),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_people_call_it(said, name):
    device = device_of(said)
    assert str(device) == name
    assert stored(str(device)) == device


@pytest.mark.parametrize(("said", "is_held"), [(CHROME, True), (PHONE, True), (WINDOWS, False), ("", False)])
def test_what_is_held_in_a_hand_is_known(said, is_held):
    assert device_of(said).is_held is is_held
