"""A batch by email: rows in, results out one by one, at most one text on the way at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from app.delivery.batch import Batch
from app.delivery.letter import BadAddress, Letter, mailbox
from app.delivery.sender import Sender, may_write_to, reply_address
from app.delivery.smtp import Broken, Conversation, Envelope
from app.delivery.states import Event, Result
from app.delivery.unsubscribing import unsubscribe_link
from app.i18n.languages import DEFAULT

UNSUBSCRIBED = "unsubscribed"  # the answer of a letter that was not sent because its reader asked for none
DIALS = 3  # a line that breaks is dialled again twice


def send_mail(batch: Batch) -> Iterator[Result]:
    """Over one connection; a line that breaks is dialled again, and what is left then is handed back untried."""
    sender = Sender(batch.settings)
    addresses: dict[UUID, str] = {}
    for row in batch.people:
        try:
            addresses[row.id] = address = mailbox(row.email or "")
        except BadAddress:
            why = "not an address" if row.email else "no address that works"
            yield Result(row.id, Event.PERMANENT, None, why, bad_address=bool(row.email))
        else:
            if row.unsubscribed:
                yield Result(row.id, Event.WITHHELD, None, UNSUBSCRIBED)
            elif not may_write_to(batch.settings, address):
                yield Result(row.id, Event.WITHHELD, None, "not on UMTHI_MAIL_ALLOW")
    envelopes = _envelopes(batch, sender, addresses)
    for _ in range(DIALS):
        if all(row.id in batch.done for row in batch.people):
            return
        try:
            line = Conversation(batch.settings.smtp_url, sender.address)
        except Broken as broken:
            left = [row.id for row in batch.people if row.id not in batch.done]
            yield from (Result(id, Event.UNTRIED, None, str(broken), provider_fault=True) for id in left)
            return
        try:
            yield from line.send(envelopes())
            line.quit()
            return
        except Broken as broken:
            line.close()
            yield from broken.results


def _envelopes(batch: Batch, sender: Sender, addresses: Mapping[UUID, str]) -> Callable[[], Iterator[Envelope]]:
    """What makes the letters of those who have no result yet, each when it is asked for."""
    shown, reply_to = sender.shown_as(batch.school), reply_address(batch.reply_to)
    letters = {
        language: Letter(
            subject=text.subject, text=text.body_text, html_text=text.body_html,
            sender=shown, host=sender.host, reply_to=reply_to, one_click=not batch.urgent,
        )
        for language, text in batch.texts.items()
    }  # fmt: skip

    def envelopes() -> Iterator[Envelope]:
        for row in batch.people:
            if batch.time_left() <= 0:
                return
            if row.id not in batch.done:
                letter, to = letters.get(row.language) or letters[DEFAULT], addresses[row.id]
                leave = unsubscribe_link(batch.settings, batch.school_id, row.person_id)
                reference = f"{row.id.hex}.{batch.school_id}"
                content = letter.fill(
                    reference=reference, name=row.name, address=to, link=batch.link_of(row), unsubscribe=leave
                )
                yield Envelope(row.id, to, content)

    return envelopes
