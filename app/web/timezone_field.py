"""A time zone, chosen from those that people live by: Africa's first, then the world's."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from wtforms import SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation

from app.i18n.catalogue import N_
from app.i18n.speech import speech

USUAL = "Africa/Johannesburg"
AFRICA, WORLD = N_("Africa"), N_("Rest of the world")
UNKNOWN = N_("Choose a time zone from the list")
#: the countries of Africa, with their islands, as ISO 3166 has them; also those that others govern
_CODES = (
    "DZ AO BJ BW BF BI CV CM CF TD KM CG CD CI DJ EG GQ ER SZ ET GA GM GH GN GW KE LS LR LY MG MW ML MR MU YT MA MZ NA NE NG RE"
    " RW SH ST SN SC SL SO ZA SS SD TZ TG TN UG EH ZM ZW"
)
AFRICAN = frozenset(_CODES.split())


class TimezoneField(SelectField):
    """A `<select>` in two groups; its data is the name of a zone. One that is stored and not in the list stays choosable."""

    def __init__(self, label: str, **options: object) -> None:
        offered = [SelectChoice(name, optgroup=group) for group, names in zones().items() for name in names]
        super().__init__(label, choices=offered, validate_choice=False, **options)
        self.flags.required = True

    def process_data(self, value: object) -> None:
        super().process_data(value)
        if self.data and not self._is_offered():
            self.choices.append(SelectChoice(self.data, optgroup=WORLD))

    def pre_validate(self, form: object) -> None:
        if not self._is_offered():
            raise StopValidation(speech().gettext(UNKNOWN))

    def _is_offered(self) -> bool:
        return any(self.data == choice.value for choice in self.choices)

    @property
    def zone(self) -> ZoneInfo:
        """What a valid field says."""
        return ZoneInfo(self.data)


@cache
def zones() -> dict[str, tuple[str, ...]]:
    """The zones that people live by (the `zone.tab` of the time zone database), by the two groups, each in order."""
    lines = (files("tzdata.zoneinfo") / "zone.tab").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    africa = {row[2] for row in rows if row[0] in AFRICAN}
    return {AFRICA: tuple(sorted(africa)), WORLD: tuple(sorted({row[2] for row in rows} - africa | {"UTC"}))}
