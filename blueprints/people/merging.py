"""Two records of one person become one: what refers to the duplicate moves, it ends, and it leads to the one that is kept.

What the school may only add to stays where it was written: messages that were sent and their deliveries, invitations, and the
frozen months of billing. So does what is found by all records of somebody (`app.domain.personal_data.merged`).
The events of a register are copied, so that the kept learner's marks have their whole history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app import clock
from app.audit.record import Actor, record
from app.domain.gate import Day, Seen, fold
from app.domain.names import sort_key
from app.i18n.catalogue import N_
from app.models.attendance import AbsenceAlert, AbsenceInquiry, AbsenceReport, AttendanceEvent, AttendanceMark
from app.models.classes import ClassTeacher, Enrolment
from app.models.contact import ContactPreference, PushSubscription
from app.models.export import Export
from app.models.follow_up import MarketingSetting
from app.models.gate import GateScan, GateState
from app.models.lead import Lead
from app.models.learner import Guardianship, Learner, MedicalNote
from app.models.notice import Notice
from app.models.person import Kind, Person
from app.models.progress import Progress
from app.models.promotion import Review
from app.models.referral import ReferralCode
from app.models.user import Membership
from app.tenancy.database import db
from blueprints.people.operations import PeopleError, refuse_owners, revoke_invitation

#: fields of which one record's value wins, in the order of the page, with their labels; the last four everybody has
OF_LEARNERS = {
    "first_name": N_("First names"),
    "last_name": N_("Surname"),
    "known_as": N_("Known as"),
    "birth_date": N_("Date of birth"),
    "number": N_("Learner number"),
    "photo_consent": N_("Photo consent"),
}
OF_ALL = {"email": N_("Email address"), "phone": N_("Phone number"), "language": N_("Language")}
OF_ADULTS = {"name": N_("Name"), **OF_ALL}
KEPT, OTHER = "kept", "other"


class NotTwo(PeopleError):
    message = N_("These are not two records of the same kind.")


class KeptHasLeft(PeopleError):
    """The account of somebody who is here would go over to a record that is archived, and open the school for it."""

    message = N_("This record is archived and the other one is not. Bring it back first, or keep the other one.")


def fields_of(kind: str) -> dict[str, str]:
    """The fields of a kind of people whose value can be chosen, with their labels."""
    return {**OF_LEARNERS, **OF_ALL} if kind == Kind.LEARNER else OF_ADULTS


def merge(kept: Person, duplicate: Person, chosen: Mapping[str, str], *, role: str | None, by: Actor) -> None:
    """Make one record of two. `chosen` names for each field whose value wins, KEPT unless it says OTHER.

    Both have to be held. Raises NotTwo, KeptHasLeft, and OnlyOwners where somebody with another `role` would merge an owner
    away.
    """
    if kept.id == duplicate.id or kept.kind != duplicate.kind or kept.merged_into or duplicate.merged_into:
        raise NotTwo
    if kept.ended_at and not duplicate.ended_at:
        raise KeptHasLeft
    refuse_owners(duplicate, role)
    refuse_owners(kept, role)
    old, new = duplicate.id, kept.id
    winning = {field for field, side in chosen.items() if side == OTHER and field in fields_of(kept.kind)}
    moved = {"guardianships": _move_family(old, new)}
    if kept.kind == Kind.LEARNER:
        moved |= _move_learner(old, new)
        _choose_of_learner(kept, duplicate, winning)
    else:
        moved["classes"] = _move_once(ClassTeacher, ClassTeacher.person_id, old, new, ClassTeacher.class_id)
        moved |= _move_marketing(old, new)
    _choose(kept, duplicate, winning)
    moved |= _move_account(duplicate, old, new)
    if not duplicate.ended_at:
        duplicate.ended_at = clock.now()
    duplicate.merged_into = new
    _run(update(Person).where(Person.merged_into == old).values(merged_into=new))
    record(
        "people.merge", kept, label=kept.name, by=by, before={"duplicate": duplicate.name},
        after={"duplicate_id": str(old), "moved": {name: number for name, number in moved.items() if number}},
    )  # fmt: skip


def _move_family(old: UUID, new: UUID) -> int:
    """Guardianships on both sides of the record; a no-contact on either of two that become one stays in force."""
    number = 0
    for mine, theirs in (
        (Guardianship.learner_id, Guardianship.guardian_id), (Guardianship.guardian_id, Guardianship.learner_id),
    ):  # fmt: skip
        strict = aliased(Guardianship)
        same = select(strict.id).where(
            getattr(strict, mine.key) == old, getattr(strict, theirs.key) == theirs, strict.no_contact
        )
        none = {"no_contact": True, "may_collect": False}
        none |= {"hears_attendance": False, "hears_notices": False, "hears_billing": False}
        _run(update(Guardianship).where(mine == new, same.exists()).values(**none))
        number += _move_once(Guardianship, mine, old, new, theirs)
    return number


def _move_learner(old: UUID, new: UUID) -> dict[str, int]:
    """What refers to a learner: classes, marks, their events, absences and steps about them, scans, the medical note."""
    moved = {"enrolments": _move_places(old, new)}
    ours = aliased(AttendanceMark)
    theirs = select(ours.id).where(ours.learner_id == new, ours.register_id == AttendanceMark.register_id).exists()
    free = AttendanceMark.learner_id == old, ~theirs
    registers = select(AttendanceMark.register_id).where(*free)
    names = ("register_id", "status", "reason", "minutes", "note", "at", "by_id", "by_name", "why")
    columns = [getattr(AttendanceEvent, name) for name in names]
    copies = select(AttendanceEvent.school_id, literal(new), *columns).where(
        AttendanceEvent.learner_id == old, AttendanceEvent.register_id.in_(registers)
    )
    _run(insert(AttendanceEvent).from_select(["school_id", "learner_id", *names], copies.order_by(AttendanceEvent.id)))
    moved["marks"] = _run(update(AttendanceMark).where(*free).values(learner_id=new))
    moved["absences"] = _run(update(AbsenceReport).where(AbsenceReport.learner_id == old).values(learner_id=new))
    moved["inquiries"] = _run(update(AbsenceInquiry).where(AbsenceInquiry.learner_id == old).values(learner_id=new))
    alert = aliased(AbsenceAlert)
    told = select(alert.id).where(alert.learner_id == new, alert.on_date == AbsenceAlert.on_date).exists()
    _run(update(AbsenceAlert).where(AbsenceAlert.learner_id == old, ~told).values(learner_id=new))
    moved["enquiries"] = _run(update(Lead).where(Lead.learner_id == old).values(learner_id=new))
    moved["scans"] = _move_gate(old, new)
    _move_note(old, new)
    return moved


def _move_places(old: UUID, new: UUID) -> int:
    """Enrolments. Of two that go on in the same class one stays, from the earlier of their days."""
    mine = {row.class_id: row for row in _places(new)}
    for row in _places(old):
        if other := mine.get(row.class_id):
            other.starts_on = min(other.starts_on, row.starts_on)
            if row.state == "active":
                other.state = row.state
            db.session.delete(row)
    db.session.flush()
    return _run(update(Enrolment).where(Enrolment.learner_id == old).values(learner_id=new))


def _places(learner_id: UUID) -> list[Enrolment]:
    open_ones = select(Enrolment).where(Enrolment.learner_id == learner_id, Enrolment.ends_on.is_(None)).with_for_update()
    return list(db.session.scalars(open_ones))


def _move_gate(old: UUID, new: UUID) -> int:
    """Scans, folded anew on the days that they come to; the state is that of the last day."""
    days = set(db.session.scalars(select(GateScan.on_date).where(GateScan.learner_id == old).distinct()))
    moved = _run(update(GateScan).where(GateScan.learner_id == old).values(learner_id=new))
    folded = {day: _fold(new, day) for day in sorted(days)}
    states = {state.id: state for state in db.session.scalars(select(GateState).where(GateState.id.in_((old, new))))}
    if theirs := states.get(old):
        db.session.delete(theirs)
    ours, last = states.get(new), max(days, default=None)
    if last is not None and (ours is None or ours.on_date <= last):
        values = {"on_site": folded[last].on_site, "since": folded[last].since, "on_date": last}
        if ours is None:
            db.session.add(GateState(id=new, **values))
        else:
            ours.on_site, ours.since, ours.on_date = folded[last].on_site, folded[last].since, last
            ours.revision += 1
    db.session.flush()
    return moved


def _fold(learner_id: UUID, day: dt.date) -> Day:
    """A learner's day at the gate from all its scans, which are told anew what they came to."""
    of_day = select(GateScan).where(GateScan.learner_id == learner_id, GateScan.on_date == day)
    scans = db.session.scalars(of_day, execution_options={"populate_existing": True}).all()
    folded = fold(Seen(scan.id, scan.code, scan.scanned_at) for scan in scans)
    for scan in scans:
        scan.direction = folded.outcomes[scan.id].direction.value
    return folded


def _move_note(old: UUID, new: UUID) -> None:
    """The medical note; two of them stand one below the other, for neither may be lost and nobody need have read them."""
    notes = {
        note.learner_id: note for note in db.session.scalars(select(MedicalNote).where(MedicalNote.learner_id.in_((old, new))))
    }
    theirs, ours = notes.get(old), notes.get(new)
    if theirs is None:
        return
    if ours is None:
        theirs.learner_id = new
    else:
        if theirs.note.strip() not in ours.note:
            ours.note = f"{ours.note}\n\n{theirs.note}"
        db.session.delete(theirs)
    db.session.flush()


def _move_marketing(old: UUID, new: UUID) -> dict[str, int]:
    """Enquiries that somebody looks after or came by, the code of a family, and reviews that they were asked for.

    A family has one open code: that of the duplicate is closed where the kept record has one, and what came by it counts on. Of
    two reviews for one milestone that of the kept record stays theirs.
    """
    _run(update(MarketingSetting).where(MarketingSetting.owner_id == old).values(owner_id=new))
    open_one = aliased(ReferralCode)
    has_one = select(open_one.id).where(open_one.guardian_id == new, open_one.closed_at.is_(None)).exists()
    theirs = ReferralCode.guardian_id == old
    _run(update(ReferralCode).where(theirs, ReferralCode.closed_at.is_(None), has_one).values(closed_at=clock.now()))
    own = aliased(Review)
    asked = select(own.id).where(own.person_id == new, own.milestone == Review.milestone).exists()
    return {
        "enquiries": _run(update(Lead).where(Lead.owner_id == old).values(owner_id=new))
        + _run(update(Lead).where(Lead.guardian_id == old).values(guardian_id=new)),
        "codes": _run(update(ReferralCode).where(theirs).values(guardian_id=new)),
        "reviews": _run(update(Review).where(Review.person_id == old, ~asked).values(person_id=new)),
    }


def _choose_of_learner(kept: Person, duplicate: Person, winning: set[str]) -> None:
    """The fields of the profile. A number is one learner's, so that of the duplicate is given up first."""
    ours = db.session.get_one(Learner, (kept.school_id, kept.id))
    theirs = db.session.get_one(Learner, (duplicate.school_id, duplicate.id))
    number = theirs.number
    if "number" in winning:
        theirs.number = None
        db.session.flush()
        ours.number = number
    for field in sorted(winning & {"first_name", "last_name", "known_as", "birth_date"}):
        setattr(ours, field, getattr(theirs, field))
    if "photo_consent" in winning:
        ours.photo_consent, ours.photo_consent_at = theirs.photo_consent, theirs.photo_consent_at
    name = f"{ours.first_name} {ours.last_name}".strip()
    if name != kept.name:
        kept.name, kept.sort_key = name, sort_key(name)
    db.session.flush()


def _choose(kept: Person, duplicate: Person, winning: set[str]) -> None:
    if "name" in winning and kept.kind != Kind.LEARNER:
        kept.name, kept.sort_key = duplicate.name, duplicate.sort_key
    if "email" in winning:
        kept.email, kept.email_flagged_at = duplicate.email, duplicate.email_flagged_at
    for field in ("phone", "language"):
        if field in winning:
            setattr(kept, field, getattr(duplicate, field))


def _move_account(duplicate: Person, old: UUID, new: UUID) -> dict[str, int]:
    """Accounts, devices, what somebody chose for themselves, wrote and waits for; an open invitation is taken back."""
    revoke_invitation(duplicate)
    preference = aliased(ContactPreference)
    own = select(preference.id).where(preference.person_id == new).exists()
    _run(update(ContactPreference).where(ContactPreference.person_id == old, ~own).values(person_id=new))
    _run(update(Notice).where(Notice.author_id == old).values(author_id=new))
    _run(update(Export).where(Export.person_id == old).values(person_id=new))
    _run(update(Progress).where(Progress.person_id == old).values(person_id=new))
    _run(update(PushSubscription).where(PushSubscription.person_id == old).values(person_id=new))
    return {
        "accounts": _run(update(Membership).where(Membership.person_id == old).values(person_id=new)),
        "reports": _run(update(AbsenceReport).where(AbsenceReport.person_id == old).values(person_id=new)),
    }


def _move_once(
    model: Any, mine: InstrumentedAttribute[UUID], old: UUID, new: UUID, theirs: InstrumentedAttribute[UUID]
) -> int:  # fmt: skip
    """Move the rows of a table that has each pair once; what the kept record has already goes. Returns how many moved."""
    there = aliased(model)
    same = select(there.id).where(getattr(there, mine.key) == new, getattr(there, theirs.key) == theirs).exists()
    _run(delete(model).where(mine == old, same))
    return _run(update(model).where(mine == old).values({mine.key: new}))


def _run(statement: Any) -> int:
    done: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(done.rowcount)
