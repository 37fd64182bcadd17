"""What a school decides about its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select

from app import clock
from app.audit.record import Actor, record
from app.domain.leads.asking import AT_FIRST, CHOSEN, CONSENT, WORDS, usual
from app.domain.school_face import written_languages
from app.models.lead_form import LeadConsentText, LeadForm
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id


class Asking(NamedTuple):
    """What is asked, how fast nobody can be (seconds), and how many one network address may send in a quarter of an hour."""

    fields: Mapping[str, str]
    min_seconds: int
    per_address: int


def change_asking(wanted: Asking, *, by: Actor) -> bool:
    """Decide what the form asks; False where that stands already."""
    form = _held()
    fields = {name: wanted.fields[name] for name in CHOSEN}
    before = {**form.fields, "min_seconds": form.min_seconds, "per_address": form.per_address}
    after = {**fields, "min_seconds": wanted.min_seconds, "per_address": wanted.per_address}
    if before == after:
        return False
    form.fields, form.min_seconds, form.per_address = fields, wanted.min_seconds, wanted.per_address
    return _changed(form, before, after, by=by)


def change_wording(wanted: Mapping[str, Mapping[str, str]], *, by: Actor) -> bool:
    """Decide what the form says in each language; what is empty, or as it comes, is said in the product's words."""
    form, name = _held(), _school_name()
    said = {
        code: {word: text for word, text in words.items() if text and text != usual(word, code, name)}
        for code, words in wanted.items()
    }
    wordings = {code: words for code, words in said.items() if words}
    if form.wordings == wordings:
        return False
    before, form.wordings = form.wordings, wordings
    return _changed(form, {"wordings": before}, {"wordings": wordings}, by=by)


def change_origins(wanted: tuple[str, ...], *, by: Actor) -> bool:
    """Decide which other sites may show the form."""
    form = _held()
    if form.origins == list(wanted):
        return False
    before, form.origins = form.origins, list(wanted)
    return _changed(form, {"origins": before}, {"origins": list(wanted)}, by=by)


def publish_consent(wanted: Mapping[str, str], *, by: Actor) -> LeadConsentText | None:
    """Ask for another consent from now on: a new version, None where the newest says the same."""
    _held()
    newest = _newest()
    texts = {code: text for code, text in wanted.items() if text}
    if newest is not None and newest.texts == texts:
        return None
    return _publish(texts, (newest.version if newest else 0) + 1, by=by)


def set_open(is_open: bool, *, by: Actor) -> bool:
    """Open the form, or close it; False where it is so. Opened without a text of consent it begins with the usual one."""
    form = _held()
    if form.is_open == is_open:
        return False
    if is_open and _newest() is None:
        name = _school_name()
        _publish({code: usual(CONSENT, code, name) for code in written_languages()}, 1, by=by)
    form.is_open, form.changed_at = is_open, clock.now()
    record("lead_form.open" if is_open else "lead_form.close", form, label=_school_name(), by=by)
    return True


def _publish(texts: Mapping[str, str], version: int, *, by: Actor) -> LeadConsentText:
    row = LeadConsentText(version=version, texts=dict(texts), by_name=by.name, published_at=clock.now())
    db.session.add(row)
    record("lead_form.publish_consent", row, label=str(version), by=by, after={"texts": dict(texts)})
    return row


def _held() -> LeadForm:
    """The school's form, held until the end of the transaction; made as it comes where there is none yet."""
    # Held first, so that two who begin at the same moment make one.
    db.session.execute(select(School.id).where(School.id == current_school_id()).with_for_update(key_share=True))
    form = db.session.scalars(select(LeadForm).with_for_update()).one_or_none()
    if form is None:
        form = LeadForm(
            fields=dict(AT_FIRST), wordings={}, origins=[], is_open=False, min_seconds=3, per_address=20, telling=False
        )
        db.session.add(form)
        db.session.flush()
    return form


def _newest() -> LeadConsentText | None:
    newest = select(func.max(LeadConsentText.version)).scalar_subquery()
    return db.session.scalars(select(LeadConsentText).where(LeadConsentText.version == newest)).one_or_none()


def _changed(form: LeadForm, before: Mapping[str, object], after: Mapping[str, object], *, by: Actor) -> bool:
    form.changed_at = clock.now()
    record("lead_form.change", form, label=_school_name(), by=by, before=before, after=after)
    return True


def _school_name() -> str:
    return db.session.scalars(select(School.name).where(School.id == current_school_id())).one()


#: the words of the form that a school may say in its own way
WORDED = tuple(word for word in WORDS if word != CONSENT)
