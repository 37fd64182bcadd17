"""The form of how Umthi looks."""

from __future__ import annotations

from wtforms import Field, RadioField

from app.i18n.catalogue import N_
from app.web.forms import Form, required, says
from app.web.looks import MODES, THEMES, Look

NO_MODE, NO_THEME = N_("Choose light, dark, or as your device is set"), N_("Choose a theme")


class AppearanceForm(Form):
    mode = RadioField(N_("Light or dark"), [required(NO_MODE)], choices=MODES, validate_choice=False)
    theme = RadioField(
        N_("Theme"),
        [required(NO_THEME)],
        choices={key: called for key, (called, _) in THEMES.items()},
        validate_choice=False,
    )

    def validate_mode(self, field: Field) -> None:
        if field.data not in MODES:
            raise says(NO_MODE)

    def validate_theme(self, field: Field) -> None:
        if field.data not in THEMES:
            raise says(NO_THEME)

    @property
    def look(self) -> Look:
        """What was chosen."""
        return Look(self.mode.data, self.theme.data)
