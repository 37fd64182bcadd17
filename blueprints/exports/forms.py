"""The form that asks what is to be taken out: a field for each filter of the dataset, the format and the language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import Field, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from app.exports.dataset import Dataset
from app.exports.filters import Asks, Filter
from app.exports.writing import Format
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.web.day_field import DayField
from app.web.forms import Form, required
from blueprints.exports.queries import ClassRow

FORMATS = {
    Format.XLSX: N_("Excel (XLSX)"),
    Format.CSV: N_("CSV"),
    Format.JSON_LINES: N_("JSON lines"),
}
ANY = N_("All")


class ExportForm(Form):
    """What is taken out, and how. The fields of the filters are called as these are."""

    format = RadioField(
        N_("Format"), choices=[SelectChoice(key.value, text) for key, text in FORMATS.items()], default=Format.XLSX.value,
        validators=[required(N_("Choose a format"))],
    )  # fmt: skip
    language = SelectField(
        N_("Language of the headings"), choices=[SelectChoice(key, LANGUAGES[key].name) for key in LANGUAGES],
        validators=[required(N_("Choose a language"))],
    )  # fmt: skip
    filters: dict[str, Filter]

    @property
    def narrowing(self) -> list[Field]:
        """The fields of the filters."""
        return [self[name] for name in self.filters]

    @property
    def asked(self) -> dict[str, str]:
        """The filters that are set, as they stand in an address."""
        return {name: str(self[name].data) for name in self.filters if self[name].data}


def form_for(dataset: Dataset, classes: Sequence[ClassRow], **values: Any) -> ExportForm:
    """The form of a dataset; `values` are what it shows at first."""
    filters = {name: each for name, each in dataset.filters.items() if isinstance(each, Filter)}
    fields = {name: _field(each, classes) for name, each in filters.items()}
    made: type[ExportForm] = type("ExportFormOfDataset", (ExportForm,), {**fields, "filters": filters})
    return made(data=values)


def _field(asked: Filter, classes: Sequence[ClassRow]) -> Any:
    match asked.asks:
        case Asks.DAY:
            return DayField(asked.label)
        case Asks.CHOICE:
            options = list(asked.choices.items())
        case Asks.CLASS:
            options = [(str(row.id), f"{row.name} ({row.year})") for row in classes]
    return SelectField(asked.label, choices=[SelectChoice("", ANY), *(SelectChoice(*each) for each in options)], default="")
