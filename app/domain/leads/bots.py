"""What tells a program from a person who sends the enquiry form, and what is done about it.

No sign alone refuses anybody for good: a person whose page was old, or who was quick, or whose browser fills in every field, is
shown what they typed and sends it once more. Only a trap that was filled in together with another sign is nobody: it is thanked
like a person, so that it learns nothing, and nothing is stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from app.domain.leads.asking import FormView
from app.domain.leads.entry import Entry
from app.i18n.catalogue import N_

TOKEN, TRAP, CONSENT, STEP = "entry", "subject", "consent", "step"
FRAME, VIA, FROM, REF = "frame", "via", "from", "ref"
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
#: what a page of ours carries along, in its order, before the fields
CARRIED = (TOKEN, FRAME, VIA, FROM, REF, *UTM)


class Reason(StrEnum):
    """Why a post was not taken at once: a sign, or what was found later."""

    TRAP = "trap"
    NO_TOKEN = "no_token"  # noqa: S105  a name, no secret
    OLD = "old"
    QUICK = "quick"
    ORIGIN = "origin"
    SHAPE = "shape"
    REPLAY = "replay"
    RATE = "rate"


#: how the owner reads them
REASONS: Mapping[str, str] = {
    Reason.TRAP.value: N_("Filled in the field that people do not see"),
    Reason.NO_TOKEN.value: N_("Was sent without our page"),
    Reason.OLD.value: N_("Came from a page that was a day old"),
    Reason.QUICK.value: N_("Was sent faster than people type"),
    Reason.ORIGIN.value: N_("Came from a site that is not on the list"),
    Reason.SHAPE.value: N_("Was not put together by a browser"),
    Reason.REPLAY.value: N_("Was sent again with other words"),
    Reason.RATE.value: N_("Too many from one network address"),
}
#: what a person is asked for each
AGAIN: Mapping[str, str] = {
    Reason.TRAP.value: N_("The last field has to stay empty. Empty it and send your enquiry again."),
    Reason.NO_TOKEN.value: N_("One more step: look through what you wrote and send it."),
    Reason.OLD.value: N_("This page was open for a long time. Nothing is lost: look through it and send it again."),
    Reason.QUICK.value: N_("That was very quick. Nothing is lost: look through it and send it again."),
    Reason.ORIGIN.value: N_("One more step: look through what you wrote and send it."),
    Reason.SHAPE.value: N_("One more step: look through what you wrote and send it."),
    Reason.REPLAY.value: N_(
        "We have your enquiry already. If you changed something, send it again: the school gets it as a second enquiry."
    ),
}


class Post(NamedTuple):
    """What was sent: the names of its fields in the order they came, whether one came twice, and where from.

    `origin` is the header, None where there was none; `ours` are the origins that this site has itself.
    """

    names: Sequence[str]
    is_doubled: bool
    trap: str
    origin: str | None
    ours: Collection[str]


def expected(view: FormView) -> list[str]:
    """The names that a browser sends of our page, in the order in which they stand there. The last is sent only if ticked."""
    return [*CARRIED, *(field.name for field, _ in view.fields), TRAP, CONSENT]


def signs(post: Post, entry: Entry | None, view: FormView) -> list[Reason]:
    """What speaks against a person, the gravest first; nothing for a form that a browser sent after somebody had read it."""
    found = []
    if post.trap:
        found.append(Reason.TRAP)
    if entry is None:
        found.append(Reason.NO_TOKEN)
    elif entry.is_old:
        found.append(Reason.OLD)
    elif entry.age() < dt.timedelta(seconds=view.min_seconds):
        found.append(Reason.QUICK)
    if is_foreign(post.origin, post.ours, view.origins):
        found.append(Reason.ORIGIN)
    if entry is not None and _is_misshapen(post, view):
        found.append(Reason.SHAPE)
    return found


def is_foreign(origin: str | None, ours: Collection[str], listed: Collection[str]) -> bool:
    """Whether a post says that it comes from a site that is neither ours nor on the list.

    One that does not say counts as ours: some browsers and networks leave the header out, and the token proves the page.
    """
    return origin is not None and origin != "null" and origin not in ours and origin not in listed


def is_nobody(found: Sequence[Reason]) -> bool:
    """Whether no person can have sent it: the trap is filled in, and something else speaks against them too."""
    return Reason.TRAP in found and len(found) > 1


def _is_misshapen(post: Post, view: FormView) -> bool:
    """Whether the fields are not those of our page in its order: every browser sends all of them, as they stand there (HTML,
    'constructing the entry list')."""
    wanted = expected(view)
    return post.is_doubled or list(post.names) not in (wanted, wanted[:-1])
