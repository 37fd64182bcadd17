"""What pages and files call the kinds of referrals and rewards."""

from app.i18n.catalogue import N_

HOW = {"form": N_("By the link or code"), "hand": N_("Entered by the school")}
KINDS = {
    "granted": ("info", N_("Granted")),
    "paid": ("ok", N_("Paid out")),
    "taken_back": ("neutral", N_("Reward taken back")),
}
KIND_WORDS = {kind: word for kind, (_, word) in KINDS.items()}
#: why a referral was withdrawn by the product itself; other reasons are somebody's words
WHY = {"merged": N_("Two enquiries became one")}
