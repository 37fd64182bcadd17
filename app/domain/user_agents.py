"""What a person calls a browser and the machine it runs on, from the words that it sends with every request."""

from __future__ import annotations

from typing import NamedTuple

LONGEST = 1000  # characters that are looked at
#: what stands in a User-Agent -> what people call it. The first that is found counts, as most of them claim to be others too
BROWSERS = (
    ("SamsungBrowser/", "Samsung Internet"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("UCBrowser/", "UC Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Opera Mini/", "Opera Mini"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("iPhone", "Safari"),  # installed on the home screen it leaves the name out
    ("iPad", "Safari"),
)
SYSTEMS = (
    ("KAIOS", "KaiOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
HELD = ("iPhone", "iPad", "Android", "KaiOS")


class Device(NamedTuple):
    """A browser and its system, either of which may be "" where it is not known."""

    browser: str
    system: str

    @property
    def is_held(self) -> bool:
        """Whether it is held in a hand, for the picture beside its name."""
        return self.system in HELD

    def __str__(self) -> str:
        """The one word that is stored and that the audit keeps: the same in every language."""
        return f"{self.browser}/{self.system}"


def device_of(user_agent: str) -> Device:
    """`Chrome` and `Android` of what an Android phone's Chrome sends."""
    words = user_agent[:LONGEST]
    return Device(_first(BROWSERS, words), _first(SYSTEMS, words))


def stored(device: str) -> Device:
    """A device as it was stored by its `str`."""
    browser, _, system = device.partition("/")
    return Device(browser, system)


def _first(names: tuple[tuple[str, str], ...], words: str) -> str:
    return next((name for mark, name in names if mark in words), "")
