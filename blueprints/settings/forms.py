"""The forms of a school's settings."""

from __future__ import annotations

import re

from flask_wtf.file import FileField
from wtforms import BooleanField, EmailField, Field, PasswordField, SelectField, StringField, TelField, TextAreaField
from wtforms.widgets import PasswordInput

from app.delivery.gateways import fill
from app.delivery.outward import Forbidden, place_of
from app.delivery.sender import reply_address
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.models.school import name_key
from app.web.clock_field import ClockField
from app.web.forms import Form, an_address, at_most, one_line, required, says, strip
from app.web.quiet_hours import QuietHoursForm
from app.web.timezone_field import TimezoneField
from blueprints.settings.details import LABELS, Details
from blueprints.settings.operations import GatewayDraft, is_readable, key_is_needed
from blueprints.settings.queries import Connected, Contacting

LONGEST = 500
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_PHONE, LONGEST_PLACE, LONGEST_ALT = 120, 254, 40, 300, 120
TOO_LONG = N_("Too long: at most %(limit)s characters")
ADDRESS = (at_most(LONGEST, N_("Use at most %(limit)s characters for an address")),)
SECRET = (at_most(LONGEST, N_("Use at most %(limit)s characters")),)
AROUND_HOST = re.compile("(//|[/?#])")
VISIBLE = re.compile(r"[!-~]*")
SENDER = re.compile(r"\+?[A-Za-z0-9][A-Za-z0-9 .&-]{1,19}")
NO_KEY = N_("Enter the key that the gateway gave you")
ANOTHER_HOST = N_("The address has another host than before. Enter the key too, so that the old one is not sent there.")
#: what is wrong with an address -> what to do
WRONG = {
    "malformed": N_("Enter a whole address, like https://gateway.example/messages"),
    "insecure": N_("The address must begin with https://"),
    "private": N_("This address leads into a private network. Enter one that is reached over the internet."),
}


class DetailsForm(Form):
    """What the school is. Its languages are a box each."""

    name = StringField(
        LABELS["name"], [required(N_("Enter the name of the school")), at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line]
    )
    language = SelectField(LABELS["language"], [required(N_("Choose a language"))], validate_choice=False)
    writes_en = BooleanField(LANGUAGES["en"].spoken)
    writes_af = BooleanField(LANGUAGES["af"].spoken)
    writes_zu = BooleanField(LANGUAGES["zu"].spoken)
    timezone = TimezoneField(LABELS["timezone"])
    close_time = ClockField(LABELS["close_time"], [required(N_("Enter when the campus closes, like 17:00"))])
    contact_email = EmailField(LABELS["contact_email"], [at_most(LONGEST_ADDRESS, TOO_LONG), an_address])
    contact_phone = TelField(LABELS["contact_phone"], [at_most(LONGEST_PHONE, TOO_LONG)])
    contact_address = TextAreaField(LABELS["contact_address"], [at_most(LONGEST_PLACE, TOO_LONG)])
    reply_to = EmailField(LABELS["reply_to"], [at_most(LONGEST_ADDRESS, TOO_LONG), an_address])

    def __init__(self, now: Details) -> None:
        super().__init__(data=now._asdict() | {f"writes_{code}": code in now.languages for code in LANGUAGES})
        self.language.choices = [(language.code, speech().gettext(language.spoken)) for language in LANGUAGES.values()]

    @property
    def boxes(self) -> list[Field]:
        """The box of each language."""
        return [self[f"writes_{code}"] for code in LANGUAGES]

    def validate_name(self, field: Field) -> None:
        if not name_key(field.data):
            raise says(N_("Enter a name with letters or digits"))

    def validate_language(self, field: Field) -> None:
        if field.data not in LANGUAGES:
            raise says(N_("Choose a language"))
        if not self[f"writes_{field.data}"].data:
            raise says(N_("The default language is one of those that the school writes in. Tick it, or choose another"))

    def validate_reply_to(self, field: Field) -> None:
        """An address that a header can carry."""
        if field.data and reply_address(field.data) is None:
            raise says(N_("Enter an address that every mail program can answer: letters, digits and signs without accents"))

    @property
    def wanted(self) -> Details:
        """What a valid form says."""
        assert self.close_time.data is not None  # it is required
        return Details(
            self.name.data, self.timezone.data, self.close_time.data, self.language.data,
            tuple(code for code in LANGUAGES if self[f"writes_{code}"].data), self.contact_email.data or None,
            self.contact_phone.data or None, _lines(self.contact_address.data) or None, self.reply_to.data or None,
        )  # fmt: skip


class LogoForm(Form):
    """A picture, and the words in its place."""

    file = FileField(N_("Picture"))
    alt = StringField(
        N_("Words in its place"),
        [required(N_("Enter what the logo shows")), at_most(LONGEST_ALT, TOO_LONG)],
        filters=[one_line],
    )

    def refuse(self, message: str) -> None:
        """Say what is wrong with the file, in the reader's language."""
        self.file.errors = [speech().gettext(message)]


class ContactingForm(QuietHoursForm):
    """When the school sends nothing, and to whom it writes what."""

    names_on_push = BooleanField(N_("Show learners’ names on lock screens"))
    writes_to_students = BooleanField(N_("Write to learners who have an address of their own"))

    @property
    def wanted(self) -> Contacting:
        """What a valid form says."""
        return Contacting(
            self.quiet_from.data, self.quiet_until.data, self.names_on_push.data, self.writes_to_students.data
        )  # fmt: skip


def typed_secret(label: str) -> PasswordField:
    """A field for a secret: what is stored never gets into it, what was just typed is not lost over an error elsewhere."""
    return PasswordField(label, SECRET, filters=[strip], widget=PasswordInput(hide_value=False))


class GatewayForm(Form):
    """The gateway of a channel. `row` is the one that is connected, None for a new one."""

    url = StringField(N_("Address for messages"), [required(N_("Enter the address for messages")), *ADDRESS])
    key = typed_secret(N_("Key"))
    secret = typed_secret(N_("Secret for signatures"))
    unsign = BooleanField(N_("Do not sign any more"))
    sender = StringField(N_("Sender"))
    ping_url = StringField(N_("Address for checks"), ADDRESS)

    def __init__(self, row: Connected | None) -> None:
        super().__init__(data={"url": row.url, "sender": row.sender, "ping_url": row.ping_url} if row else None)
        self.row = row
        self.has_key = row is not None and is_readable(row)
        self.has_secret = self.has_key and row is not None and row.secret is not None
        self.key.flags.required = not self.has_key
        if not self.has_secret:
            del self.unsign

    def validate_url(self, field: Field) -> None:
        bare = fill(field.data, to="", sender="")
        if "{" in bare or "}" in bare:
            raise says(N_("Only {to} and {sender} may stand in braces"))
        _check(bare)
        if "{" in AROUND_HOST.split(field.data)[2]:
            raise says(WRONG["malformed"])

    def validate_ping_url(self, field: Field) -> None:
        if "{" in (field.data or ""):
            raise says(WRONG["malformed"])
        if field.data:
            _check(field.data)

    def validate_key(self, field: Field) -> None:
        if not VISIBLE.fullmatch(field.data or ""):
            raise says(N_("A key has letters, digits and signs, and no spaces"))
        if field.data:
            return
        try:
            needed = key_is_needed(self.row, url=self.url.data or "", ping_url=self.ping_url.data or None)
        except (Forbidden, ValueError):  # the address says what is wrong with it
            return
        if needed:
            raise says(self.why_a_key)

    def validate_sender(self, field: Field) -> None:
        if field.data and not SENDER.fullmatch(field.data):
            raise says(N_("Enter a number or a name of 2 to 20 letters and digits, like +27825550100 or School"))

    @property
    def why_a_key(self) -> str:
        """What to read where the key has to be entered."""
        return ANOTHER_HOST if self.has_key else NO_KEY

    @property
    def draft(self) -> GatewayDraft:
        """What a valid form says."""
        ends = "unsign" in self and self.unsign.data
        keeps = self.has_secret and not ends and not self.secret.data
        return GatewayDraft(
            url=self.url.data, key=self.key.data or None, secret=None if keeps else ("" if ends else self.secret.data or ""),
            sender=self.sender.data or None, ping_url=self.ping_url.data or None,
        )  # fmt: skip


def _lines(text: str | None) -> str:
    """Text with the line ends of every browser made alike."""
    return (text or "").replace("\r\n", "\n")


def _check(url: str) -> None:
    """Raise what a person should read of an address that we do not go to."""
    try:
        place_of(url, current_settings())
    except Forbidden as reason:
        raise says(WRONG[str(reason)]) from None
