"""Who our mail is from, and to whom this copy of Umthi may send it."""

from __future__ import annotations

from email.headerregistry import Address
from email.utils import parseaddr

from app.config import Environment, Settings
from app.delivery.letter import CONTROLS, BadAddress, mailbox


class Sender:
    """The address that mail leaves from, and how it is shown."""

    def __init__(self, settings: Settings) -> None:
        self.address = mailbox(parseaddr(settings.mail_from)[1])
        self.host = self.address.rpartition("@")[2]

    def shown_as(self, name: str) -> str:
        """The From header: the name of a school or of the platform, with the one address that may send for it."""
        return str(Address(CONTROLS.sub(" ", name), addr_spec=self.address))


def reply_address(address: str | None) -> str | None:
    """An address for Reply-To, or None when it is not one mailbox."""
    try:
        return mailbox(address) if address else None
    except BadAddress:
        return None


def may_write_to(settings: Settings, address: str) -> bool:
    """Whether mail may go to an address: in an acceptance test, and where UMTHI_MAIL_ALLOW is set, only to those on it."""
    if settings.environment is Environment.UAT or settings.mail_allow:
        return address.lower() in settings.mail_allow
    return True
