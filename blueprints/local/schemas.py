"""A kept mail as JSON."""

from __future__ import annotations

from marshmallow import Schema, fields


class MailSchema(Schema):
    """`to` and `from` are the envelope's, `date` the moment at which it came, `headers` those of the mail itself."""

    to = fields.String()
    sender = fields.String(data_key="from")
    subject = fields.String()
    message_id = fields.String()
    at = fields.AwareDateTime(data_key="date")
    text = fields.String()
    html = fields.String()
    headers = fields.Dict(keys=fields.String(), values=fields.String())
