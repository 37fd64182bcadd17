"""What the pages of marketing call what they count."""

from __future__ import annotations

from app.i18n.catalogue import N_

#: kind of `lead_event` -> words
HAPPENINGS = {
    "created": N_("Came"),
    "stage": N_("Came to another stage"),
    "note": N_("Note written"),
    "reply": N_("Answered by the school"),
    "step": N_("Next step planned"),
    "assigned": N_("Given to somebody"),
    "merged": N_("Merged with another one"),
    "converted": N_("Became a learner"),
    "unsubscribed": N_("Wants no more messages"),
    "consent": N_("Agreed to messages"),
    "sent": N_("Follow-up sent"),
    "edited": N_("Details changed"),
    "erased": N_("Erased"),
}
#: what a period counts, by `happenings.COUNTED`
COLUMNS = {
    "new": N_("New leads"),
    "answered": N_("Answers"),
    "sent": N_("Follow-ups sent"),
    "appointment": N_("Appointments"),
    "trial": N_("Trials"),
    "converted": N_("Became learners"),
    "referral": N_("Referrals"),
    "review": N_("Reviews"),
}
PERIODS = {"day": N_("By day"), "week": N_("By week"), "month": N_("By month")}
