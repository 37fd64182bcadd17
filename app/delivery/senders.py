"""Which function sends on which channel: a batch in, results out one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.delivery.batch import Batch
from app.delivery.mailing import send_mail
from app.delivery.pushing import send_push
from app.delivery.states import Channel, Result
from app.delivery.texting import send_text

SENDERS: dict[str, Callable[[Batch], Iterator[Result]]] = {
    Channel.EMAIL: send_mail,
    Channel.PUSH: send_push,
    Channel.SMS: send_text,
    Channel.WHATSAPP: send_text,
}
