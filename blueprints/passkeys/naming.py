"""What a new passkey is called until its owner calls it otherwise: after who keeps it, else after the device that made it."""

from __future__ import annotations

from app.domain.user_agents import device_of
from app.i18n.speech import speech

#: AAGUID -> who keeps the passkeys of this make. Makers publish them; most authenticators say none
MAKERS = {
    "adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
    "08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
    "6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
    "9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
    "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
    "dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain",
    "fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
    "53414d53-554e-4700-0000-000000000000": "Samsung Pass",
    "bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
    "d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
    "531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
    "fdb141b2-5d84-443e-8a35-4698c205a502": "KeePassXC",
    "50726f74-6f6e-5061-7373-50726f746f6e": "Proton Pass",
    "cb69481e-8ff7-4039-93ec-0a2729a154a8": "YubiKey",
    "ee882879-721c-4913-9775-3dfcce97072a": "YubiKey",
    "2fc0579f-8113-47ea-b116-bb5a8db9202a": "YubiKey",
}


def suggested(user_agent: str) -> str:
    """What to call a passkey that this browser makes, in the reader's language."""
    device = device_of(user_agent)
    if device.browser and device.system:
        return speech().gettext("%(browser)s on %(system)s", browser=device.browser, system=device.system)
    return device.browser or device.system or speech().gettext("My passkey")


def name_of(model: str, user_agent: str) -> str:
    """What to call a passkey whose owner left the name empty; `model` is the AAGUID that came with it."""
    return MAKERS.get(model) or suggested(user_agent)
