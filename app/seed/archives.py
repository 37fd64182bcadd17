"""An archive of the baseline: everything of Thaba Nkulu in one file, made as the product makes it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from app.exports.archive import places
from app.exports.archive.finishing import finish
from app.exports.archive.writing import write
from app.i18n.speech import speech_for
from app.models.archive import Archive
from app.models.person import Person
from app.models.school import School
from app.models.user import Role
from app.seed.known import known_id
from app.seed.plans import SchoolPlan
from app.seed.thaba import THABA
from app.tenancy.database import db
from app.tenancy.scope import current_school_id


def add_archives(plan: SchoolPlan, accounts: Mapping[str, UUID]) -> int:
    """Make the archive of Thaba Nkulu, of what is committed of it, unless it has one; returns how many were made."""
    if plan.slug != THABA.slug or db.session.scalar(select(Archive.id).limit(1)):
        return 0
    school = db.session.get_one(School, current_school_id())
    by_id = accounts[f"{Role.OWNER.value}@{plan.host}"]
    by_name = db.session.scalars(select(Person.name).where(Person.id == by_id)).one()
    archive = Archive(
        id=known_id(plan.slug, "archive", "first"), school_id=school.id, by_id=by_id, by_name=by_name, language=school.language
    )
    voice = speech_for(school.language, str(school.timezone), school.money, school.currency)
    written = write(school.id, places.unfinished(school.id, archive.id), voice=voice)
    db.session.add(archive)
    finish(archive, written)
    return 1
