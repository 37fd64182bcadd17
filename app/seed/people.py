"""The people of a school: families who share a surname, and the staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.names import plain, sort_key
from app.models.person import Kind
from app.seed.known import known_id
from app.seed.plans import SchoolPlan
from app.seed.pools import Community

# With the accounts of the school these are 300 learners, 400 guardians and 25 members of staff.
STAFF = 20
TWO_LEARNERS, FAMILIES = 61, 238
TWO_GUARDIANS = 161
#: of 100 guardians: who has no address, whose address a mail server has refused, and (the last of them) who has no phone
WITHOUT_ADDRESS, FLAGGED, WITHOUT_PHONE = 4, 1, 9
OTHER_SURNAME = 0.3  # of second guardians: a grandmother, a mother under her own name
LEARNERS_WITH_ADDRESS = 0.02
MOBILES = ("71", "72", "73", "74", "76", "78", "79", "81", "82", "83", "84")
SINCE = dt.timedelta(days=400)


def person(
    plan: SchoolPlan, key: str, kind: Kind, name: str, now: dt.datetime, *,
    language: str | None = None, email: str | None = None, phone: str | None = None, flagged_at: dt.datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One person as a row. `key` tells them from everybody else of the school, at every run."""
    return {
        "id": known_id(plan.slug, "person", key), "kind": kind.value, "name": name, "sort_key": sort_key(name),
        "language": language, "email": email, "email_flagged_at": flagged_at, "phone": phone, "created_at": now - SINCE,
    }  # fmt: skip


class People(NamedTuple):
    """Persons as rows, and the families among them: the ids of the learners and of the guardians of each."""

    rows: list[dict[str, Any]]
    families: list[tuple[list[UUID], list[UUID]]]


def people(plan: SchoolPlan, *, now: dt.datetime, flagged_at: dt.datetime) -> People:
    """Everybody but those with an account: the same at every run. `flagged_at` is when addresses were refused."""
    register = _Register(plan, now, flagged_at)
    rows = list(register.rows())
    return People(rows, register.families)


class _Register:
    """Draws names, addresses and numbers by a seed of the school's own, and none twice."""

    def __init__(self, plan: SchoolPlan, now: dt.datetime, flagged_at: dt.datetime) -> None:
        self.plan, self.now, self.flagged_at = plan, now, flagged_at
        self.random = Random(plan.slug)  # noqa: S311  not a secret
        self.taken = set(plan.accounts.values())
        self.families: list[tuple[list[UUID], list[UUID]]] = []

    def rows(self) -> Iterator[dict[str, Any]]:
        for number in range(STAFF):
            community = self._community()
            name = self._name(self.random.choice((community.women, community.women, community.men)), community.surnames)
            yield self._row(f"staff-{number}", Kind.STAFF, name, language=self._language(community), email=self._email(name))
        numbers = list(range(FAMILIES))
        self.random.shuffle(numbers)
        guardians = 0
        for family, place in enumerate(numbers):
            community = self._community()
            surname = self.random.choice(community.surnames)
            learners: list[UUID] = []
            adults_of: list[UUID] = []
            self.families.append((learners, adults_of))
            for n in range(2 if place < TWO_LEARNERS else 1):
                row = self._learner(f"learner-{family}-{n}", self._name(community.children, (surname,)))
                learners.append(row["id"])
                yield row
            adults = [(community.women, surname), (community.men, surname)]
            self.random.shuffle(adults)
            if self.random.random() < OTHER_SURNAME:
                adults[1] = (community.women, self.random.choice(community.surnames))
            for first_names, last_name in adults[: 2 if place >= FAMILIES - TWO_GUARDIANS else 1]:
                row = self._guardian(guardians, self._name(first_names, (last_name,)), self._language(community))
                adults_of.append(row["id"])
                yield row
                guardians += 1

    def _learner(self, key: str, name: str) -> dict[str, Any]:
        has_one = self.random.random() < LEARNERS_WITH_ADDRESS
        return self._row(key, Kind.LEARNER, name, email=self._email(name) if has_one else None, phone=None)

    def _guardian(self, number: int, name: str, language: str | None) -> dict[str, Any]:
        of_hundred = number % 25 * 4 + number // 25 % 4  # spread over the families, each value once in 100
        flagged = WITHOUT_ADDRESS <= of_hundred < WITHOUT_ADDRESS + FLAGGED
        row = self._row(
            f"guardian-{number}", Kind.GUARDIAN, name, language=language,
            email=None if of_hundred < WITHOUT_ADDRESS else self._email(name), flagged_at=self.flagged_at if flagged else None,
        )  # fmt: skip
        return row if of_hundred < 100 - WITHOUT_PHONE else {**row, "phone": None}

    def _row(self, key: str, kind: Kind, name: str, **more: Any) -> dict[str, Any]:
        return person(self.plan, key, kind, name, self.now, **{"phone": self._phone(), **more})

    def _community(self) -> Community:
        return self.random.choices([one for one, _ in self.plan.communities], [weight for _, weight in self.plan.communities])[
            0
        ]

    def _language(self, community: Community) -> str | None:
        return self.random.choices(list(community.languages), list(community.languages.values()))[0]

    def _name(self, first_names: tuple[str, ...], surnames: tuple[str, ...]) -> str:
        """A name that nobody of the school has yet; a second first name where the pools are too small for that."""
        for _ in range(20):
            name = f"{self.random.choice(first_names)} {self.random.choice(surnames)}"
            if name not in self.taken:
                break
        else:
            first, second = self.random.sample(first_names, 2)
            name = f"{first} {second} {self.random.choice(surnames)}"
        self.taken.add(name)
        return name

    def _email(self, name: str) -> str:
        """An address of their own: 'pieter.van.der.merwe@…', in ASCII."""
        address = ".".join(plain(name).split())
        number = 1
        while (candidate := f"{address}{number if number > 1 else ''}@{self.plan.host}") in self.taken:
            number += 1
        self.taken.add(candidate)
        return candidate

    def _phone(self) -> str:
        """A mobile number in E.164, in the range 555 of its operator."""
        return f"+27{self.random.choice(MOBILES)}555{self.random.randrange(10_000):04}"
