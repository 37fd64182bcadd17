"""Taking out what schools sent: the rows of the page, as a file, audited with their number."""

from __future__ import annotations

from io import BytesIO

from app.audit.record import Actor, Target, record
from app.domain.reasons import NAMES
from app.exports.csv_writer import write_csv
from app.exports.dataset import Column, Kind
from app.i18n.catalogue import N_
from app.i18n.speech import Speech
from app.models.delivery import Channel
from app.tenancy.doors import across_schools
from app.web.badges import STATES, WORDS
from blueprints.platform_health import channel_usage

CHANNELS = {channel.value: NAMES.get(channel.value, WORDS[channel.value]) for channel in Channel}
LABEL = N_("Channel usage")
COLUMNS = (
    Column("school", N_("School")),
    Column("month", N_("Month")),
    Column("channel", N_("Channel"), Kind.WORD, CHANNELS),
    *(Column(result, STATES[result][1], Kind.INTEGER) for result in channel_usage.RESULTS),
)


def take_out_usage(month: str, *, search: str, voice: Speech, by: Actor) -> bytes:
    """What schools sent in a month as CSV, narrowed as the page is; a row for each school and channel."""
    file = BytesIO()
    with across_schools(N_("What schools send, as a file")) as session:
        found = channel_usage.every(session, month, search=search)
        rows = ((row.school, month, row.usage.channel, *row.usage[1:]) for row in found)
        number = write_csv(file, COLUMNS, rows, voice)
        taken = {"format": "csv", "rows": number, "month": month, "search": search}
        record("exports.download", Target("export", "usage"), label=voice.gettext(LABEL), by=by, after=taken)
        session.commit()
    return file.getvalue()
