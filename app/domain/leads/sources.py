"""How leads come, in words."""

from __future__ import annotations

from collections.abc import Mapping

from app.i18n.catalogue import N_
from app.models.lead import Source

SOURCES: Mapping[str, str] = {
    Source.FORM.value: N_("Enquiry form"),
    Source.SITE.value: N_("The school’s website"),
    Source.REFERRAL.value: N_("Referred by a family"),
    Source.PHONE.value: N_("Telephone"),
    Source.WALK_IN.value: N_("Came to the school"),
    Source.EVENT.value: N_("At an event"),
    Source.IMPORT.value: N_("Imported list"),
    Source.OTHER.value: N_("Something else"),
}
#: those that somebody can choose who enters a lead by hand
BY_HAND = (Source.PHONE.value, Source.WALK_IN.value, Source.EVENT.value, Source.REFERRAL.value, Source.OTHER.value)
