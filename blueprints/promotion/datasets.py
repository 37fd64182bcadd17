"""What can be taken out of assets: what there is, and where its codes lead."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.promotion.kinds import KINDS
from app.domain.promotion.making import TARGETS
from app.domain.promotion.palettes import THEMES
from app.exports.dataset import Column, Dataset, Kind
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.promotion import PromotionAsset

KIND_WORDS = {key: kind.label for key, kind in KINDS.items()}


class _Row(NamedTuple):
    title: str
    kind: str
    leads_to: str
    theme: str
    headline_en: str | None
    headline_af: str | None
    headline_zu: str | None
    by_name: str
    created_at: dt.datetime
    changed_at: dt.datetime


_ALL = select(
    PromotionAsset.title, PromotionAsset.kind, PromotionAsset.leads_to, PromotionAsset.theme,
    *(PromotionAsset.texts[code]["headline"].astext.label(f"headline_{code}") for code in ("en", "af", "zu")),
    PromotionAsset.by_name, PromotionAsset.created_at, PromotionAsset.changed_at,
).order_by(PromotionAsset.created_at.desc(), PromotionAsset.id.desc())  # fmt: skip
ASSETS = Dataset(
    "promotion_assets", N_("Posters and cards"), Permission.MARKETING_MANAGE,
    (
        Column("title", N_("Name of the campaign")),
        Column("kind", N_("Kind"), Kind.WORD, KIND_WORDS),
        Column("leads_to", N_("The code leads to"), Kind.WORD, TARGETS),
        Column("theme", N_("Colours"), Kind.WORD, THEMES),
        Column("headline_en", N_("Headline in English")),
        Column("headline_af", N_("Headline in Afrikaans")),
        Column("headline_zu", N_("Headline in isiZulu")),
        Column("by_name", N_("By")),
        Column("created_at", N_("Made"), Kind.MOMENT),
        Column("changed_at", N_("Changed"), Kind.MOMENT),
    ),
    selected(_ALL, _Row),
)  # fmt: skip
DATASETS = (ASSETS,)
