"""The forms of passkeys."""

from __future__ import annotations

from wtforms import EmailField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from app.access.proofs import Required
from app.audit.retention import FEWEST, MOST
from app.i18n.catalogue import N_
from app.web.forms import Form, an_address, at_most, one_line, required

LONGEST_NAME, LONGEST_REASON, LONGEST_ADDRESS = 60, 300, 254
TOO_LONG = N_("Too long: at most %(limit)s characters")
RULES = {
    Required.OFF: N_("Nobody has to: a password is enough for those who have no passkey"),
    Required.SCHOOLS: N_("Owners and admins of schools"),
    Required.EVERYBODY: N_("Owners and admins of schools, and those who run the platform"),
}


class AddForm(Form):
    """A passkey as the browser made it, and what its owner calls it."""

    name = StringField(N_("Name of the passkey"), [at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line])
    credential = HiddenField(validators=[required(N_("Your device made no passkey. Press the button and try again."))])


class RenameForm(Form):
    name = StringField(
        N_("Name of the passkey"), [required(N_("Enter a name")), at_most(LONGEST_NAME, TOO_LONG)], filters=[one_line]
    )


class FallbackForm(Form):
    """Whom a password is enough for a day, and why."""

    email = EmailField(
        N_("Email address"), [required(N_("Enter an email address")), at_most(LONGEST_ADDRESS, TOO_LONG), an_address]
    )
    reason = TextAreaField(
        N_("Reason"), [required(N_("Say why, and how you know that it is them")), at_most(LONGEST_REASON, TOO_LONG)]
    )


def longer(text: str) -> dict[int, int]:
    """The years of schools by their number, from lines of `number: years`. Raises ValueError for a line that is none."""
    found = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        school, _, years = line.partition(":")
        found[int(school)] = int(years)
        if not FEWEST <= int(years) <= MOST:
            raise ValueError(line)
    return found


def _longer(_form: Form, field: TextAreaField) -> None:
    try:
        longer(field.data or "")
    except ValueError:
        raise ValidationError(
            N_("Write each school on a line of its own: its number, a colon, and from 2 to 100 years")
        ) from None


class SettingsForm(Form):
    """Of whom the platform asks a passkey, and for how many years the audit is kept: everywhere, and in schools for longer."""

    required = RadioField(
        N_("Who must confirm with a passkey"), [required(N_("Choose one"))],
        choices={rule.value: text for rule, text in RULES.items()},
    )  # fmt: skip
    audit_years = IntegerField(
        N_("Years for which the audit is kept"),
        [InputRequired(N_("Enter a number of years")), NumberRange(FEWEST, MOST, N_("From 2 to 100 years"))],
    )
    audit_longer = TextAreaField(N_("Schools in which it is kept for longer"), [_longer])
