"""The forms of the portal."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField

from app.web.forms import Form


class SwitchForm(Form):
    """A button a school: nothing is typed, so whatever is no school of the person is simply not found."""

    school = IntegerField()

    @property
    def school_id(self) -> int | None:
        """The number of the school that was chosen, None for what is no number of any."""
        number: Any = self.school.data
        return number if isinstance(number, int) and 0 < number < 2**31 else None
