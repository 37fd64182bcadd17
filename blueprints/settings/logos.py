"""What can be done about the logo of a school. A new picture has a new address: nobody sees the old one from a cache."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select

from app.audit.record import Actor, Target, record
from app.models.school import School, SchoolLogo
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from blueprints.settings.pictures import Picture


def change_logo(picture: Picture | None, *, alt: str, by: Actor) -> bool:
    """Put a picture in the place of the one that there is, or with None give that one other words.

    False if nothing is different.
    """
    school = _held()
    before = db.session.scalars(select(SchoolLogo)).one_or_none()
    if picture is None and (before is None or before.alt == alt):
        return False
    was = _facts(before)
    if picture is None:
        assert before is not None  # see above
        before.alt = alt
        made = before
    else:
        db.session.execute(delete(SchoolLogo))
        made = SchoolLogo(image=picture.png, width=picture.width, height=picture.height, alt=alt)
        db.session.add(made)
    db.session.flush()
    record("settings.change_logo", made, label=school.name, by=by, before=was, after=_facts(made))
    return True


def remove_logo(*, by: Actor) -> bool:
    """Show the name alone from now on; False where there is no logo."""
    school = _held()
    before = db.session.scalars(select(SchoolLogo)).one_or_none()
    if before is None:
        return False
    db.session.delete(before)
    record("settings.remove_logo", Target("school_logo", before.id), label=school.name, before=_facts(before), by=by)
    return True


def image_of(logo_id: UUID) -> bytes | None:
    """The PNG of a logo of the current school, None for one that is no longer used."""
    return db.session.scalar(select(SchoolLogo.image).where(SchoolLogo.id == logo_id))


def _held() -> School:
    """The school, held until the transaction ends: of two pictures at once one follows the other."""
    return db.session.scalars(select(School).where(School.id == current_school_id()).with_for_update()).one()


def _facts(logo: SchoolLogo | None) -> dict[str, object]:
    return {} if logo is None else {"alt": logo.alt, "size": f"{logo.width} × {logo.height}"}
