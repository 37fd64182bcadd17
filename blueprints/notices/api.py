"""Notices for programs: scheduled by the same operation as a person's, in the name of whoever made the token."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, Response, url_for
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.access.api_tokens import Scope
from app.access.gate import by_token
from app.access.visits import person_here
from app.audit.record import current_actor
from app.domain.reach import TEXT_CHANNELS
from app.i18n.languages import LANGUAGES
from app.models.notice import Audience
from app.web.api import answering
from app.web.api.asking import Moment, Words, one_of, refuse, said
from app.web.api.declared import described
from app.web.api.repeating import repeatable
from app.web.moment_field import YEARS
from blueprints.notices import operations, queries
from blueprints.notices.forms import LONGEST_MESSAGE, LONGEST_TITLE, one_line
from blueprints.notices.operations import NoticeDraft

api = Blueprint("notices_api", __name__, url_prefix="/api/v1")


class NoticeMadeRow(NamedTuple):
    """A notice that was scheduled; its sending is queued for `starts_at`, or for now if that has come."""

    id: UUID
    starts_at: dt.datetime
    revision: int


class Texts(fields.Dict):
    """A text by language."""

    def __init__(self, most: int, **options: Any) -> None:
        keys = fields.String(validate=validate.OneOf(list(LANGUAGES)))
        super().__init__(keys=keys, values=Words(most, least=1), required=True, validate=validate.Length(1), **options)


def _in_years(moment: dt.datetime) -> None:
    if moment.year not in YEARS:
        raise ValidationError("Not a moment of a school.")


class NoticeIn(Schema):
    """A notice as it shall be."""

    title = Texts(LONGEST_TITLE, metadata={"description": "By language: `en`, `af`, `zu`. At least one of them."})
    message = Texts(LONGEST_MESSAGE, metadata={"description": "In the languages of the title."})
    starts_at = Moment(required=True, validate=_in_years, metadata={"description": "Now or past: it goes out at once."})
    ends_at = Moment(allow_none=True, load_default=None, validate=_in_years)
    audience = one_of(*Audience, load_default=Audience.EVERYONE.value)
    class_id = fields.UUID(allow_none=True, load_default=None, metadata={"description": "Of the audience `class`."})
    channel = one_of(*TEXT_CHANNELS, allow_none=True, load_default=None)
    urgent = fields.Boolean(load_default=False, truthy={True}, falsy={False})

    @validates_schema
    def hang_together(self, said: Mapping[str, Any], **_: Any) -> None:
        if said["title"].keys() != said["message"].keys():
            raise ValidationError("It has the languages of the title.", "message")
        if said["ends_at"] and said["ends_at"] <= said["starts_at"]:
            raise ValidationError("The end must be after the start.", "ends_at")
        if (said["audience"] == Audience.CLASS) != bool(said["class_id"]):
            raise ValidationError("Name a class for the audience `class`, and for no other.", "class_id")


NOTICE = NoticeIn()


@api.post("/notices")
@by_token(Scope.NOTICES_WRITE)
@described("Schedule a notice", "Messages", body=NOTICE, answer=NoticeMadeRow, status=201, repeats=True)
@repeatable
def schedule() -> Response:
    wanted = said(NOTICE)
    if wanted["class_id"] and wanted["class_id"] not in {group.id for group in queries.groups()}:
        raise refuse("/class_id", "Not a class of the school that goes on.")
    title = {code: str(one_line(text)) for code, text in wanted.pop("title").items()}
    notice = operations.schedule_notice(NoticeDraft(title=title, **wanted), author_id=person_here(), by=current_actor())
    made = NoticeMadeRow(notice.id, notice.starts_at, 1)
    return answering.one(made, 201, location=url_for("api.show_notices", notice_id=notice.id))
