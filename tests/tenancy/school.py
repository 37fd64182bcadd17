"""The product's tables, with the relationships that a careful and a careless author would give them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, column_property, relationship

from app.models.message import Message
from app.models.outbox import Outbox
from app.models.person import Person
from app.tenancy.models import has_many


class Pupil(Person):
    """A Person (the same table) that knows what was sent to them."""

    messages: Mapped[list[Message]] = has_many("Message", "person_id")
    # A relationship written by someone who did not know better: it forgets the school.
    loose: Mapped[list[Outbox]] = relationship(primaryjoin="Pupil.id == foreign(Outbox.subject)", viewonly=True)


Pupil.message_count = column_property(
    select(func.count(Message.id)).correlate_except(Message).scalar_subquery(), deferred=True
)  # which forgets the school, too
