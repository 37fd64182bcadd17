"""What can be done with assets. Making one draws it at once; what was drawn before stays until somebody removes it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.audit.record import Actor, Target, record
from app.domain.promotion.making import Around, Design, made
from app.i18n.catalogue import N_
from app.models.promotion import PromotionAsset, PromotionDrawing
from app.tenancy.database import db


class IsNewest(Exception):
    """The newest drawing goes only with its asset."""

    message = N_("This is the newest drawing of its language. It is removed together with the poster, flyer or card.")


def add_asset(design: Design, around: Around, *, by: Actor) -> PromotionAsset:
    """Keep a new asset and draw it in its languages. Raises TooLong."""
    asset = PromotionAsset(**_columns(design), by_name=by.name)
    db.session.add(asset)
    db.session.flush()
    record("promotion.add", asset, label=design.title, after=_facts(design), by=by)
    _draw(asset.id, design, around, by)
    return asset


def edit_asset(asset: PromotionAsset, design: Design, around: Around, *, by: Actor) -> bool:
    """Change an asset and draw it anew; False if nothing is different. Raises TooLong."""
    before = design_of(asset)
    if before == design:
        return False
    for name, value in _columns(design).items():
        setattr(asset, name, value)
    asset.changed_at = clock.now()
    record("promotion.edit", asset, label=design.title, before=_facts(before), after=_facts(design), by=by)
    _draw(asset.id, design, around, by)
    return True


def draw_again(asset: PromotionAsset, around: Around, *, by: Actor) -> int:
    """Draw an asset as it would look now; returns the number of the new drawings. Raises TooLong."""
    number = _draw(asset.id, design_of(asset), around, by)
    record("promotion.draw", asset, label=asset.title, after={"number": number}, by=by)
    return number


def remove_asset(asset: PromotionAsset, *, by: Actor) -> None:
    """Remove an asset and all its drawings. What was printed stays, and its code still leads to the school."""
    record("promotion.remove", asset, label=asset.title, by=by)
    db.session.delete(asset)


def remove_drawing(drawing: PromotionDrawing, *, by: Actor) -> UUID:
    """Remove an old drawing; returns the id of its asset. Raises IsNewest."""
    asset = db.session.scalars(
        select(PromotionAsset).where(PromotionAsset.id == drawing.asset_id).with_for_update()
    ).one()  # fmt: skip
    last = select(func.max(PromotionDrawing.number)).where(
        PromotionDrawing.asset_id == asset.id, PromotionDrawing.language == drawing.language
    )
    if drawing.number == db.session.scalar(last) and drawing.language in design_of(asset).languages:
        raise IsNewest
    told = {"number": drawing.number, "language": drawing.language}
    record("promotion.remove_drawing", Target("promotion_drawing", drawing.id), label=asset.title, before=told, by=by)
    db.session.delete(drawing)
    return asset.id


def held(asset_id: UUID) -> PromotionAsset | None:
    """An asset of the current school, held until the transaction ends."""
    return db.session.scalars(select(PromotionAsset).where(PromotionAsset.id == asset_id).with_for_update()).one_or_none()


def drawing(drawing_id: UUID) -> PromotionDrawing | None:
    """A drawing of the current school."""
    return db.session.scalars(select(PromotionDrawing).where(PromotionDrawing.id == drawing_id)).one_or_none()


def design_of(asset: PromotionAsset) -> Design:
    """What somebody decided about an asset."""
    return Design(asset.kind, asset.title, asset.leads_to, asset.theme, asset.texts)


def _draw(asset_id: UUID, design: Design, around: Around, by: Actor) -> int:
    last = db.session.scalar(select(func.max(PromotionDrawing.number)).where(PromotionDrawing.asset_id == asset_id)) or 0
    for language in design.languages:
        drawn = made(design, around, language)
        row = PromotionDrawing(asset_id=asset_id, number=last + 1, language=language, by_name=by.name, **drawn._asdict())
        db.session.add(row)
    db.session.flush()
    return last + 1


def _columns(design: Design) -> dict[str, object]:
    return {**design._asdict(), "texts": {code: dict(texts) for code, texts in design.texts.items()}}


def _facts(design: Design) -> dict[str, object]:
    """What the audit keeps: the texts are on the drawings."""
    headlines = {code: design.texts[code]["headline"] for code in design.languages}
    return {"kind": design.kind, "leads_to": design.leads_to, "theme": design.theme, **headlines}
