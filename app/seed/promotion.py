"""Posters, flyers and cards of the demo schools, drawn in their languages; one of them is out of date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.domain.promotion.making import Around, Design, made
from app.extensions import current_settings
from app.ids import uuid7
from app.models.promotion import PromotionAsset, PromotionDrawing
from app.models.school import School, SchoolLogo
from app.models.user import Role
from app.seed.karoo import KAROO
from app.seed.known import known_id
from app.seed.plans import SchoolPlan
from app.seed.thaba import THABA

Texts = Mapping[str, Mapping[str, str]]


class Sheet(NamedTuple):
    """An asset of a school, made so many `days` ago; `was` is what the school was called when it was drawn."""

    design: Design
    days: int
    was: str | None = None


OPEN_DAY: Texts = {
    "en": {
        "headline": "Come and see where your child will grow", "call": "Scan and tell us that you are coming", "alt": "",
        "body": "Open day: small classes, teachers who know every child by name, and a gate that tells you they are safe.",
    },
    "af": {
        "headline": "Kom kyk waar u kind sal groei", "call": "Skandeer en sê vir ons dat u kom", "alt": "",
        "body": "Opedag: klein klasse, onderwysers wat elke kind op die naam ken, en ’n hek wat u laat weet hulle is"
        " veilig.",
    },
    "zu": {
        "headline": "Woza ubone lapho ingane yakho izokhula khona", "call": "Skena usitshele ukuthi uyeza", "alt": "",
        "body": "Usuku oluvulekile: amakilasi amancane, othisha abazi ingane ngayinye ngegama, nesango elikwazisa ukuthi"
        " iphephile.",
    },
}  # fmt: skip
GRADE_R: Texts = {
    "en": {
        "headline": "Grade R starts here", "call": "Scan and ask us anything", "alt": "",
        "body": "We teach in isiZulu and English from the first day.\n\nSchool begins at 07:30 and ends at 13:30, with"
        " aftercare until five. There is lunch every day, and a bus from the taxi rank.\n\nBring your child along on any"
        " Thursday morning. You are welcome, and so are your questions.",
    },
    "af": {
        "headline": "Graad R begin hier", "call": "Skandeer en vra ons enigiets", "alt": "",
        "body": "Ons gee van die eerste dag af in isiZulu en Engels skool.\n\nDie skool begin om 07:30 en eindig om 13:30, met"
        " nasorg tot vyfuur. Daar is elke dag middagete, en ’n bus van die taxistaanplek af.\n\nBring u kind enige"
        " Donderdagoggend saam. U is welkom, en u vrae ook.",
    },
    "zu": {
        "headline": "Ibanga R liqala lapha", "call": "Skena usibuze noma yini", "alt": "",
        "body": "Sifundisa ngesiZulu nangesiNgisi kusukela ngosuku lokuqala.\n\nIsikole siqala ngo-07:30 siphele ngo-13:30,"
        " izingane zinganakekelwa kuze kube ngu-5. Kukhona ukudla kwasemini nsuku zonke, nebhasi elisuka erenki.\n\nWoza"
        " nengane yakho noma ngaluphi uLwesine ekuseni. Wamukelekile, nemibuzo yakho.",
    },
}  # fmt: skip
PLACES: Texts = {
    "en": {
        "headline": "Places are open for next year", "call": "Ask us", "alt": "",
        "body": "Grade R to Grade 7. We answer within a school day.",
    },
    "af": {
        "headline": "Daar is plek vir volgende jaar", "call": "Vra ons", "alt": "",
        "body": "Graad R tot Graad 7. Ons antwoord binne ’n skooldag.",
    },
    "zu": {
        "headline": "Zikhona izikhala zonyaka ozayo", "call": "Sibuze", "alt": "",
        "body": "Kusukela eBangeni R kuya ku-7. Siphendula lungakapheli usuku lwesikole.",
    },
}  # fmt: skip
SHEETS: tuple[tuple[SchoolPlan, tuple[Sheet, ...]], ...] = (
    (
        THABA,
        (
            Sheet(Design("poster", "Open day", "lead", "fynbos", OPEN_DAY), 16),
            Sheet(Design("flyer", "Grade R", "lead", "jacaranda", GRADE_R), 9),
            Sheet(Design("card", "Places for next year", "lead", "fynbos", PLACES), 2),
        ),
    ),
    (
        KAROO,
        (
            Sheet(Design("poster", "Opedag", "site", "atlantic", OPEN_DAY), 30, was="Karoo Laerskool"),
            Sheet(Design("card", "Plek vir volgende jaar", "lead", "granite", {"af": PLACES["af"]}), 5),
        ),
    ),
)


def top_up(session: Session) -> int:
    """Add the assets of the demo schools that are missing, with their drawings; returns how many assets.

    The schools have to have their logos: they stand on what is drawn.
    """
    schools = {row.slug: row for row in session.scalars(select(School).where(School.slug.in_([p.slug for p, _ in SHEETS])))}
    there = set(session.scalars(select(PromotionAsset.id)))
    added = 0
    for plan, sheets in SHEETS:
        for number, sheet in enumerate(sheets):
            if (key := known_id(plan.slug, "promotion asset", number)) not in there:
                _add(session, schools[plan.slug], key, sheet, plan.accounts[Role.OWNER])
                added += 1
    return added


def _add(session: Session, school: School, key: object, sheet: Sheet, by: str) -> None:
    at = clock.now() - dt.timedelta(days=sheet.days)
    texts = {code: dict(said) for code, said in sheet.design.texts.items()}
    session.add(
        PromotionAsset(
            school_id=school.id, id=key, **{**sheet.design._asdict(), "texts": texts}, by_name=by, created_at=at, changed_at=at
        )
    )
    session.flush()
    logo = session.scalars(select(SchoolLogo).where(SchoolLogo.school_id == school.id)).one_or_none()
    around = Around(
        current_settings().public_url, school.slug, sheet.was or school.name, school.contact_phone, school.contact_email,
        school.contact_address, logo.id if logo else None, bytes(logo.image) if logo else None,
    )  # fmt: skip
    session.add_all(
        PromotionDrawing(
            school_id=school.id, id=uuid7(), asset_id=key, number=1, language=language, by_name=by, drawn_at=at,
            **made(sheet.design, around, language)._asdict(),
        )
        for language in sheet.design.languages
    )  # fmt: skip
