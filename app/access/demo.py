"""The people of the baseline, who exist outside production only: listed on the sign-in page, made by the seed."""

from __future__ import annotations

from typing import NamedTuple

from app.models.user import PlatformRole, Role

PASSWORD = "password123"  # noqa: S105  everybody may know it; production refuses to start with these accounts
PLACES = {"thaba.example.com": "Thaba Nkulu Primary", "karoo.example.com": "Laerskool Karoo"}


class Demo(NamedTuple):
    """One account: where (a school's name, both, or the platform), as what, by which address."""

    place: str
    role: str
    email: str


ACCOUNTS = (
    *(Demo(name, role.value, f"{role.value}@{host}") for host, name in PLACES.items() for role in Role),
    Demo(" + ".join(PLACES.values()), Role.ADMIN.value, "multi@example.com"),
    *(Demo("Umthi", role.value, f"{role.value}@example.com") for role in PlatformRole),
)
#: who else has an account whose password everybody knows, and is not listed: the admin of the suspended school
UNLISTED = ("admin@bergzicht.example.com",)


def by_place() -> dict[str, list[Demo]]:
    """The accounts of each place, in their order."""
    return {place: [one for one in ACCOUNTS if one.place == place] for place in dict.fromkeys(one.place for one in ACCOUNTS)}
