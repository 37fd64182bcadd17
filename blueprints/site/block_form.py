"""The form of a block, made from the table of kinds: one group of inputs for each thing that the block has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wtforms import BooleanField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from app.domain.site.blocks import KINDS, BlockKind
from app.domain.site.document import SiteDocument
from app.domain.site.markup import plain
from app.domain.site.pictures import Shown
from app.domain.site.shapes import Field as Part
from app.domain.site.shapes import Shape, cleaned
from app.domain.site.targets import Way, read_target
from app.domain.site.wording import Said, said
from app.i18n.catalogue import N_
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speech
from app.web.forms import Form, at_most
from blueprints.site.words import called

TOO_LONG = N_("Too long: at most %(limit)s characters")
PAGE, GONE = "_page", "_gone"
SHOWN = 160  # characters of a text that stands in for another


@dataclass
class Tongue:
    """The input of a text in one language; `instead` is what its readers get while it is empty."""

    code: str
    input: Field
    instead: Said


@dataclass
class Group:
    """A thing of a block and its inputs: by language, or one; of several rows each is a list of groups."""

    part: Part
    tongues: list[Tongue] = field(default_factory=list)
    input: Field | None = None
    page: Field | None = None
    picture: Shown | None = None
    rows: list[Row] = field(default_factory=list)


@dataclass
class Row:
    """One of several: its groups, the box that removes it, and the value of the button that moves it up ('' for the first)."""

    groups: list[Group]
    gone: Field
    up: str
    is_new: bool


class BlockForm:
    """The form of a block of a kind on a page (its key). `content` is what stands there now; `posted` is the form that came in.

    It carries its kind and its page, so that what was typed has a place also once nothing else of the block is left.
    """

    def __init__(
        self, kind: str, content: Mapping[str, Any], site: SiteDocument, pictures: Sequence[Shown], *, seen: str,
        page: str, posted: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self.kind: BlockKind = KINDS[kind]
        self.site = site
        self.pictures = {str(one.id): one for one in pictures}
        self._posted = list(posted)
        self._data: dict[str, Any] = {"seen": seen, "kind": kind, "on_page": page}
        self._made: dict[str, Any] = {name: HiddenField() for name in self._data}
        for part in self.kind.fields:
            self._declare(part, part.name, content[part.name])
        self.form: Form = type("FieldsOfBlock", (Form,), self._made)(data=self._data)
        for part, name in self._all():
            if part.shape in (Shape.CHOICE, Shape.NUMBER):
                self.form[name].flags.required = True  # there is no leaving it empty

    @property
    def tongues(self) -> tuple[str, ...]:
        """The languages in which texts are written, those of the website first."""
        return (*self.site.languages, *(code for code in LANGUAGES if code not in self.site.languages))

    def validate(self) -> bool:
        """Whether everything that was posted can stand in the block; errors stand with their fields."""
        sound = bool(self.form.validate_on_submit())
        for part, name in self._all():
            sound = self._check(part, name) and sound
        return sound

    def content(self) -> dict[str, Any]:
        """What was posted, as a block keeps it: rows that are empty or to go are left out."""
        content: dict[str, Any] = self.kind.schema.load({part.name: self._value(part, part.name) for part in self.kind.fields})
        return content

    def groups(self) -> list[Group]:
        """The form as its page draws it."""
        return [self._group(part, part.name) for part in self.kind.fields]

    def _declare(self, part: Part, name: str, value: Any) -> None:
        made, data, limit = self._made, self._data, [at_most(part.most, TOO_LONG)]
        match part.shape:
            case Shape.WORDS | Shape.TEXT:
                kind, lines = (StringField, False) if part.shape is Shape.WORDS else (TextAreaField, True)
                for code in LANGUAGES:
                    made[f"{name}_{code}"] = kind(part.label, limit, filters=[_cleans(lines=lines)])
                    data[f"{name}_{code}"] = value.get(code, "")
            case Shape.LINE:
                made[name] = StringField(part.label, limit, filters=[_cleans(lines=False)])
            case Shape.CHOICE:
                made[name] = _select(part.label, _choices(part).items())
            case Shape.FLAG:
                made[name] = BooleanField(part.label)
            case Shape.NUMBER:
                made[name] = _select(part.label, _choices(part).items())
                value = str(value)
            case Shape.PICTURE:
                names = ((key, one.name) for key, one in self.pictures.items())
                made[name] = _select(part.label, [("", N_("No picture")), *names])
            case Shape.TARGET:
                titles = ((f"page:{page.key}", called(self.site, page.title, page.slug)) for page in self.site.pages)
                made[name + PAGE] = _select(part.label, [("", N_("Another address, or none")), *titles])
                made[name] = StringField(N_("Another address"), limit, filters=[_cleans(lines=False)])
                leads_to_page = read_target(value).way is Way.PAGE
                data[name + PAGE], value = (value, "") if leads_to_page else ("", value)
            case Shape.ROWS:
                for number in range(self._count(part, name, len(value))):
                    row = value[number] if number < len(value) else {one.name: one.empty for one in part.rows}
                    made[f"{name}_{number}{GONE}"] = BooleanField(N_("Remove this entry"))
                    for one in part.rows:
                        self._declare(one, f"{name}_{number}_{one.name}", row[one.name])
                return
        if not part.is_by_language:
            data[name] = value

    def _count(self, part: Part, name: str, now: int) -> int:
        """How many rows the form has: those that were posted, else those that there are and one more."""
        if self._posted:
            numbers = [key[len(name) + 1 :].partition("_")[0] for key in self._posted if key.startswith(f"{name}_")]
            now = max((int(number) + 1 for number in numbers if number.isascii() and number.isdigit()), default=0) - 1
        return min(part.most, max(now, 0) + 1)

    def _rows(self, part: Part, name: str) -> list[int]:
        """The numbers of the rows of the form."""
        return list(range(sum(f"{name}_{number}{GONE}" in self._made for number in range(part.most))))

    def _all(self) -> list[tuple[Part, str]]:
        found = []
        for part in self.kind.fields:
            if part.shape is Shape.ROWS:
                found += [(one, f"{part.name}_{n}_{one.name}") for n in self._rows(part, part.name) for one in part.rows]
            else:
                found.append((part, part.name))
        return found

    def _check(self, part: Part, name: str) -> bool:
        """What the schema would refuse, said at the field where it was typed or chosen."""
        fault = None
        if part.is_by_language:
            return True
        chosen = self.form[name].data
        if part.shape is Shape.PICTURE and chosen and chosen not in self.pictures:
            fault = N_("This picture is no longer there. Choose another one.")
        elif part.shape in (Shape.CHOICE, Shape.NUMBER) and chosen not in _choices(part):
            fault = N_("Choose one of these")
        elif part.shape is Shape.TARGET:
            target = self._value(part, name)
            if self._is_two(name):
                fault = N_("Choose a page or type an address, not both")
            elif read_target(target).way is Way.BAD:
                fault = N_("This is no link: use https://…, mailto:…, tel:… or /page for a page of this website")
        if fault:
            self.form[name].errors = [*self.form[name].errors, speech().gettext(fault)]
        return fault is None

    def _is_two(self, name: str) -> bool:
        """Whether a link has a page that was chosen, and an address of something else."""
        chosen, typed = self.form[name + PAGE].data, self.form[name].data
        if not (chosen and typed) or typed == chosen:
            return False
        way, value = read_target(typed)
        page = self.site.page(read_target(chosen).value)
        return not (way is Way.SLUG and page and page.slug == value)

    def _value(self, part: Part, name: str) -> Any:
        form = self.form
        match part.shape:
            case Shape.WORDS | Shape.TEXT:
                return {code: form[f"{name}_{code}"].data or "" for code in LANGUAGES}
            case Shape.NUMBER:
                return int(form[name].data)
            case Shape.TARGET:
                return form[name + PAGE].data or form[name].data or ""
            case Shape.ROWS:
                rows = []
                for number in self._rows(part, name):
                    row = {one.name: self._value(one, f"{name}_{number}_{one.name}") for one in part.rows}
                    is_empty = not any(any(v.values()) if isinstance(v, dict) else v for v in row.values())
                    if not (is_empty or form[f"{name}_{number}{GONE}"].data):
                        rows.append(row)
                return rows
            case Shape.FLAG:
                return bool(form[name].data)
            case _:
                return form[name].data or ""

    def _group(self, part: Part, name: str) -> Group:
        form, group = self.form, Group(part)
        if part.is_by_language:
            texts = {code: form[f"{name}_{code}"].data or "" for code in LANGUAGES}
            for code in self.tongues:
                instead = Said("", "") if texts[code] else said(texts, code, self.site.languages)
                short = plain(instead.text) if part.shape is Shape.TEXT else instead.text
                short = short if len(short) <= SHOWN else short[: SHOWN - 1].rstrip() + "…"
                group.tongues.append(Tongue(code, form[f"{name}_{code}"], Said(short, instead.language)))
        elif part.shape is Shape.ROWS:
            numbers = self._rows(part, name)
            for number in numbers:
                groups = [self._group(one, f"{name}_{number}_{one.name}") for one in part.rows]
                is_new = number == numbers[-1] and not (form[f"{name}_{number}_{part.rows[0].name}"].data)
                gone = form[f"{name}_{number}{GONE}"]
                group.rows.append(Row(groups, gone, f"{name}:{number}" if number and not is_new else "", is_new))
        else:
            group.input = form[name]
            group.page = form[name + PAGE] if part.shape is Shape.TARGET else None
            group.picture = self.pictures.get(form[name].data) if part.shape is Shape.PICTURE else None
        return group


def moved_up(content: Mapping[str, Any], button: str) -> dict[str, Any]:
    """The content with one of several rows before the one that it stood after; `button` names it, as `Row.up` does."""
    name, _, number = button.partition(":")
    rows = list(content.get(name, ())) if isinstance(content.get(name), list) else []
    if number.isascii() and number.isdigit() and 0 < int(number) < len(rows):
        at = int(number)
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
        return {**content, name: rows}
    return dict(content)


def _choices(part: Part) -> Mapping[str, str]:
    """What can be chosen, with what it is called: of a number all that are allowed."""
    return part.choices or {str(number): str(number) for number in range(part.least, part.most + 1)}


def _select(label: str, choices: Iterable[tuple[str, str]]) -> SelectField:
    return SelectField(label, choices=[SelectChoice(*pair) for pair in choices], validate_choice=False)


def _cleans(*, lines: bool) -> Any:
    return lambda text: cleaned(text, lines=lines) if isinstance(text, str) else text
