"""A whole website as one validated document: how it looks, its languages, its pages and their blocks.

`SiteDocument.read` takes a draft (a dict) and `from_bytes` a published version; both refuse what does not fit the schema, and
both give the same frozen object. `written` is its canonical JSON: the same document is the same bytes, wherever it is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from app.domain.site.blocks import KINDS, pictures_in
from app.domain.site.looks import DEFAULT_TEMPLATE, DEFAULT_THEME, PALETTES, TEMPLATES, Palette, palette_of
from app.domain.site.shapes import COLOUR, KEY, Texts
from app.i18n.languages import LANGUAGES

FORMAT = 1
MOST_PAGES, MOST_BLOCKS = 20, 40
LARGEST = 400_000  # bytes of a document: a draft may not grow beyond it
LONGEST_SLUG = 60
#: first parts of addresses below /s/<slug>/ that are no pages
RESERVED = frozenset(
    {
        *LANGUAGES, "lead", "review", "reviews", "pictures", "preview", "sitemap", "robots", "notices", "events", "logo",
        "static", "frame", "referral", "r", "api", "feed",
    }
)  # fmt: skip
SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"


class BadDocument(ValueError):
    """A document that does not fit: `errors` say where and why, as marshmallow does."""

    def __init__(self, errors: Any) -> None:
        super().__init__(json.dumps(errors, ensure_ascii=False, default=str)[:2_000])
        self.errors = errors


@dataclass(frozen=True)
class Block:
    """A block of a page: its `key` is its own in the whole document, `content` has every field of its kind."""

    key: str
    kind: str
    content: Mapping[str, Any]

    @property
    def pictures(self) -> tuple[str, ...]:
        """The ids of the pictures that it shows."""
        return tuple(pictures_in(self.kind, self.content))

    @property
    def fingerprint(self) -> str:
        """What changes whenever something in it does."""
        return hashlib.sha256(canonical({"kind": self.kind, "content": self.content})).hexdigest()[:16]


@dataclass(frozen=True)
class Page:
    """A page: the home has the slug ''. A hidden one is nowhere to be seen; `in_menu` says whether the menu names it."""

    key: str
    slug: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    is_hidden: bool
    in_menu: bool
    blocks: tuple[Block, ...]

    @property
    def hero(self) -> Block | None:
        """The block whose heading is the heading of the page; None: its title is."""
        return next((block for block in self.blocks if block.kind == "hero"), None)


@dataclass(frozen=True)
class SiteDocument:
    """A website. `languages` are those it is shown in, the first is its own; `title` and `description` are for search engines.

    `options` are those of the template; `accent` and `ground` are colours of the school's own as #rrggbb, '' for the theme's.
    """

    template: str
    options: Mapping[str, str]
    theme: str
    accent: str
    ground: str
    languages: tuple[str, ...]
    title: Mapping[str, str]
    description: Mapping[str, str]
    pages: tuple[Page, ...]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> SiteDocument:
        """The document in a dict, as a draft is kept. Raises BadDocument."""
        try:
            loaded = _DOCUMENT.load(data)
        except ValidationError as error:
            raise BadDocument(error.messages) from None
        loaded.pop("format")
        pages = tuple(_page(page) for page in loaded.pop("pages"))
        document = cls(**loaded | {"languages": tuple(loaded["languages"])}, pages=pages)
        if errors := _wrong_as_a_whole(document):
            raise BadDocument(errors)
        return document

    @classmethod
    def from_bytes(cls, written: bytes) -> SiteDocument:
        """The document of a version. Raises BadDocument."""
        try:
            data = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise BadDocument({"_schema": [str(error)]}) from None
        return cls.read(data)

    def as_dict(self) -> dict[str, Any]:
        """The dict that `read` takes: what a draft is kept as, and what is edited."""
        return {
            "format": FORMAT, "template": self.template, "options": dict(self.options), "theme": self.theme,
            "accent": self.accent, "ground": self.ground, "languages": list(self.languages), "title": dict(self.title),
            "description": dict(self.description), "pages": [_told(page) for page in self.pages],
        }  # fmt: skip

    @property
    def written(self) -> bytes:
        """Its canonical bytes: JSON in UTF-8, keys in order, no spaces."""
        return canonical(self.as_dict())

    @property
    def sha256(self) -> str:
        """Of its canonical bytes, hexadecimal."""
        return hashlib.sha256(self.written).hexdigest()

    @property
    def palette(self) -> Palette:
        """Its colours."""
        return palette_of(self.theme, self.accent, self.ground)

    @property
    def home(self) -> Page:
        """The page at the address of the site itself."""
        return next(page for page in self.pages if not page.slug)

    @property
    def shown(self) -> tuple[Page, ...]:
        """The pages that are not hidden."""
        return tuple(page for page in self.pages if not page.is_hidden)

    @property
    def navigation(self) -> tuple[Page, ...]:
        """The pages that the menu names, in its order."""
        return tuple(page for page in self.shown if page.in_menu)

    def page(self, key: str) -> Page | None:
        """The page of a key."""
        return next((page for page in self.pages if page.key == key), None)

    def page_at(self, slug: str) -> Page | None:
        """The page that strangers find at a slug ('' is the home): never a hidden one."""
        return next((page for page in self.shown if page.slug == slug), None)

    def places(self) -> Iterator[tuple[Page, Block]]:
        """Every block with its page."""
        return ((page, block) for page in self.pages for block in page.blocks)

    def place(self, block_key: str) -> tuple[Page, Block] | None:
        """A block with its page, by the block's key."""
        return next((place for place in self.places() if place[1].key == block_key), None)


def canonical(data: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8 with its keys in order and no spaces: the same data, the same bytes."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


class _PageSchema(Schema):
    class Meta:
        unknown = RAISE

    key = fields.String(required=True, validate=validate.Regexp(f"^(?:{KEY.pattern})$"))
    slug = fields.String(required=True, validate=(validate.Length(max=LONGEST_SLUG), validate.Regexp(f"^(?:{SLUG})?$")))
    title = Texts(80, lines=False, load_default=dict)
    description = Texts(300, lines=False, load_default=dict)
    is_hidden = fields.Boolean(load_default=False)
    in_menu = fields.Boolean(load_default=True)
    blocks = fields.List(fields.Dict(), load_default=list, validate=validate.Length(max=MOST_BLOCKS))


class _DocumentSchema(Schema):
    class Meta:
        unknown = RAISE

    format = fields.Integer(load_default=FORMAT, validate=validate.Equal(FORMAT))
    template = fields.String(load_default=DEFAULT_TEMPLATE, validate=validate.OneOf(list(TEMPLATES)))
    options = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    theme = fields.String(load_default=DEFAULT_THEME, validate=validate.OneOf(list(PALETTES)))
    accent = fields.String(load_default="", validate=validate.Regexp(f"^(?:{COLOUR.pattern})?$"))
    ground = fields.String(load_default="", validate=validate.Regexp(f"^(?:{COLOUR.pattern})?$"))
    languages = fields.List(
        fields.String(validate=validate.OneOf(list(LANGUAGES))),
        required=True,
        validate=validate.Length(min=1, max=len(LANGUAGES)),
    )
    title = Texts(80, lines=False, load_default=dict)
    description = Texts(300, lines=False, load_default=dict)
    pages = fields.List(fields.Nested(_PageSchema), required=True, validate=validate.Length(min=1, max=MOST_PAGES))


_DOCUMENT = _DocumentSchema()


def _page(loaded: dict[str, Any]) -> Page:
    blocks = []
    for number, raw in enumerate(loaded.pop("blocks")):
        kind, key = raw.get("kind"), raw.get("key")
        if kind not in KINDS or not isinstance(key, str) or not KEY.fullmatch(key) or raw.keys() - {"key", "kind", "content"}:
            raise BadDocument({loaded["key"]: {number: ["not a block"]}})
        try:
            blocks.append(Block(key, kind, KINDS[kind].schema.load(raw.get("content", {}))))
        except ValidationError as error:
            raise BadDocument({loaded["key"]: {key: error.messages}}) from None
    return Page(**loaded, blocks=tuple(blocks))


def _told(page: Page) -> dict[str, Any]:
    return {
        "key": page.key, "slug": page.slug, "title": dict(page.title), "description": dict(page.description),
        "is_hidden": page.is_hidden, "in_menu": page.in_menu,
        "blocks": [{"key": block.key, "kind": block.kind, "content": dict(block.content)} for block in page.blocks],
    }  # fmt: skip


def _wrong_as_a_whole(document: SiteDocument) -> dict[str, list[str]]:
    """What no field alone can say. Two pages with one slug are none of it: a draft may have them, `checks` refuses them."""
    wrong: dict[str, list[str]] = {}
    if len(set(document.languages)) < len(document.languages):
        wrong["languages"] = ["twice the same"]
    keys = [page.key for page in document.pages] + [block.key for _, block in document.places()]
    if len(set(keys)) < len(keys):
        wrong["pages"] = ["two parts with one key"]
    homes = [page for page in document.pages if not page.slug]
    if len(homes) != 1 or homes[0].is_hidden:
        wrong["home"] = ["exactly one page has no slug, and it is not hidden"]
    if errors := wrong_options(document.template, document.options):
        wrong["options"] = errors
    if len(document.written) > LARGEST:
        wrong["size"] = [f"more than {LARGEST} bytes"]
    return wrong


def wrong_options(template: str, options: Mapping[str, str]) -> list[str]:
    """What a template does not have among these options: it has each of its own with one of its choices, and no others."""
    known = {option.name: option.choices for option in TEMPLATES[template].options}
    wrong = [f"{name}={value}" for name, value in options.items() if value not in known.get(name, ())]
    return wrong + [f"{name} is missing" for name in known if name not in options]


#: what the home page is called until the school calls it something else
HOME = {"en": "Home", "af": "Tuis", "zu": "Ikhasi eliyisiqalo"}


def blank(school_name: str, language: str, languages: tuple[str, ...], *, key: str) -> SiteDocument:
    """The draft with which a school begins: an empty home page (`key`), in its languages, its own first."""
    order = (language, *(code for code in languages if code != language))
    home = {"key": key, "slug": "", "title": {code: HOME[code] for code in order}}
    return SiteDocument.read(
        {
            "options": TEMPLATES[DEFAULT_TEMPLATE].defaults, "languages": list(order),
            "title": dict.fromkeys(order, school_name[:80]), "pages": [home],
        }
    )  # fmt: skip
