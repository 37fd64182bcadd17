"""What the pages and files about members call how somebody stands, and how they sign in."""

from __future__ import annotations

from app.i18n.catalogue import N_
from blueprints.members.queries import Stand

STANDS = {
    Stand.SIGNED_IN.value: N_("Has signed in"),
    Stand.NEVER.value: N_("Has not signed in"),
    Stand.INVITED.value: N_("Invited"),
    Stand.EXPIRED.value: N_("Expired"),
    Stand.REVOKED.value: N_("Revoked"),
    Stand.DISABLED.value: N_("Disabled"),
    Stand.MOVED.value: N_("Moved away"),
    Stand.NONE.value: N_("Not invited"),
}
METHODS = {
    "password": N_("Password"),
    "passkey": N_("Passkey"),
    "both": N_("Password and passkey"),
    "none": N_("None yet"),
    "": N_("No account"),
}
