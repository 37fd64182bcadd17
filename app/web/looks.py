"""How the pages may look: the modes and the themes that a person chooses from. Their colours stand in css/tokens.css."""

from __future__ import annotations

from typing import NamedTuple

from app.i18n.catalogue import N_


class Look(NamedTuple):
    """A mode and a theme, as the frame writes them on <html>."""

    mode: str
    theme: str


AUTO, LIGHT, DARK = "auto", "light", "dark"
#: mode -> what it is called
MODES = {AUTO: N_("As the device is set"), LIGHT: N_("Light"), DARK: N_("Dark")}
#: theme -> what it is called, and what it looks like
THEMES = {
    "fynbos": (N_("Fynbos"), N_("The green of the Cape’s shrubs")),
    "atlantic": (N_("Atlantic"), N_("The blue of deep water")),
    "jacaranda": (N_("Jacaranda"), N_("The purple of streets in October")),
    "granite": (N_("Granite"), N_("Stone, without a colour")),
}
#: what strangers see, and whoever has chosen nothing
DEFAULT = Look(AUTO, "fynbos")
