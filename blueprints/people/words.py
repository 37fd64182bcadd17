"""What the pages and the exports of people call the states of a learner and what was done to somebody."""

from __future__ import annotations

from app.i18n.catalogue import N_
from app.models.learner import LearnerStatus, PhotoConsent
from app.models.person import Kind

KINDS = {
    Kind.LEARNER.value: N_("Learner"),
    Kind.GUARDIAN.value: N_("Parent or guardian"),
    Kind.STAFF.value: N_("Staff"),
}
CONSENTS = {
    PhotoConsent.UNKNOWN.value: N_("Not asked yet"),
    PhotoConsent.GIVEN.value: N_("Given"),
    PhotoConsent.REFUSED.value: N_("Refused"),
}
STATUSES = {
    LearnerStatus.APPLIED.value: N_("Applied"),
    LearnerStatus.ENROLLED.value: N_("Enrolled"),
    LearnerStatus.LEFT.value: N_("Left"),
}
#: what stands in a person's own history
DEEDS = {
    "people.add": N_("Added somebody"),
    "people.edit": N_("Changed somebody’s details"),
    "people.consent": N_("Changed the photo consent"),
    "people.archive": N_("Archived somebody"),
    "people.bring_back": N_("Brought somebody back"),
    "people.merge": N_("Merged two records of one person"),
    "people.mend_address": N_("Mended an address"),
    "people.link_guardian": N_("Linked a parent or guardian"),
    "people.edit_guardian": N_("Changed what a parent or guardian may do"),
    "people.unlink_guardian": N_("Unlinked a parent or guardian"),
    "people.read_medical": N_("Read a medical note"),
    "people.write_medical": N_("Changed a medical note"),
    "people.allow_medical": N_("Changed who may read medical notes"),
}
