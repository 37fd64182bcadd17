"""The people of the tests: two schools, each with every role, one person in both, and those who belong to none."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from uuid import UUID

import argon2
import psycopg

from app.domain.names import parts
from app.ids import uuid7
from app.models.school import name_key

PASSWORD = "password123"
ROLES = {
    "owner": "staff",
    "admin": "staff",
    "teacher": "staff",
    "officer": "staff",
    "guardian": "guardian",
    "student": "learner",
}


@dataclass
class Someone:
    """A user; `token` is that of a session in their school which the database already holds."""

    email: str
    name: str
    role: str | None = None
    school: int | None = None
    language: str | None = None
    platform_role: str | None = None
    user_id: UUID = field(default_factory=uuid7)
    person_id: UUID | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    csrf: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass
class SchoolCast:
    """One school and its people by role."""

    id: int
    slug: str
    name: str
    language: str
    owner: Someone
    admin: Someone
    teacher: Someone
    officer: Someone
    guardian: Someone
    student: Someone

    def everyone(self) -> list[Someone]:
        return [getattr(self, role) for role in ROLES]


@dataclass
class Cast:
    """`multi` is admin of both schools, `nobody` belongs to none."""

    thaba: SchoolCast
    karoo: SchoolCast
    multi: Someone
    nobody: Someone
    operator: Someone
    superuser: Someone


def make_cast() -> Cast:
    """The cast, with new ids; `store` writes it."""

    def school(number: int, slug: str, name: str, language: str, names: dict[str, str]) -> SchoolCast:
        people = {role: Someone(f"{role}@{slug}.example.com", names[role], role, number) for role in ROLES}
        return SchoolCast(number, slug, name, language, **people)

    thaba = school(1, "thaba", "Thaba Nkulu Primary", "zu", {
        "owner": "Nomvula Khumalo", "admin": "Naledi Mokoena", "teacher": "Lerato Dlamini", "officer": "Sipho Ndlovu",
        "guardian": "Ayanda <Dube>", "student": "Thandeka Zungu",
    })  # fmt: skip
    karoo = school(2, "karoo", "Laerskool Karoo", "af", {
        "owner": "Pieter van Wyk", "admin": "Riaan O'Reilly", "teacher": "Johan & Anna Botha", "officer": "Fatima Patel",
        "guardian": "Elsabé Nel", "student": "Ruan de Klerk",
    })  # fmt: skip
    return Cast(
        thaba, karoo,
        multi=Someone("multi@example.com", "Zanele Botha", "admin", 1, language="en"),
        nobody=Someone("nobody@example.com", "Sipho Alleen", language="en"),
        operator=Someone("operator@example.com", "Olive Operator", platform_role="operator", language="en"),
        superuser=Someone("superuser@example.com", "Sam Superuser", platform_role="superuser", language="en"),
    )  # fmt: skip


def store(cast: Cast, admin_url: str) -> None:
    """Write schools, users, people, memberships and a session for each; as a superuser, past both walls."""
    hashed = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)
    with psycopg.connect(admin_url) as db:
        for school in (cast.thaba, cast.karoo):
            db.execute(
                "INSERT INTO school (id, slug, name, name_key, state, timezone, close_time, language, money, currency, contact_email, contact_phone)"
                " OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s, %s, 'active', 'Africa/Johannesburg', '17:00', %s, %s, 'ZAR', %s, '+27 36 555 0101')",
                (school.id, school.slug, school.name, name_key(school.name), school.language, "af" if school.language == "af" else "en_ZA", f"kantoor@{school.slug}.example.com"),
            )  # fmt: skip
        db.execute("SELECT setval(pg_get_serial_sequence('school', 'id'), 2)")
        for one in [*cast.thaba.everyone(), *cast.karoo.everyone(), cast.multi, cast.nobody, cast.operator, cast.superuser]:
            db.execute(
                "INSERT INTO app_user (id, email, name, password_hash, language, theme, mode, platform_role) VALUES (%s, %s, %s, %s, %s, 'fynbos', 'auto', %s)",
                (one.user_id, one.email, one.name, hashed, one.language, one.platform_role),
            )
            if one.school:
                for number in (1, 2) if one is cast.multi else (one.school,):
                    person = add_person(db, number, one.name, ROLES[one.role or "admin"], one.email, one.language)
                    if number == one.school:
                        one.person_id = person
                    db.execute(
                        "INSERT INTO membership (school_id, id, user_id, person_id, role) VALUES (%s, %s, %s, %s, %s)",
                        (number, uuid7(), one.user_id, person, one.role),
                    )
            db.execute(
                "INSERT INTO login_session (id, token_hash, user_id, active_school, data, expires_at)"
                " VALUES (%s, %s, %s, %s, jsonb_build_object('csrf_token', %s::text), now() + interval '1 day')",
                (uuid7(), hashlib.sha256(one.token.encode()).digest(), one.user_id, one.school, one.csrf),
            )


def add_person(
    db: psycopg.Connection, school: int, name: str, kind: str, email: str | None, language: str | None = None
) -> UUID:
    """One more person of a school, without a user."""
    person = uuid7()
    db.execute(
        "INSERT INTO person (school_id, id, kind, name, sort_key, language, email) VALUES (%s, %s, %s, %s, lower(%s), %s, %s)",
        (school, person, kind, name, name, language, email),
    )
    if kind == "learner":
        db.execute(
            "INSERT INTO learner (school_id, id, first_name, last_name) VALUES (%s, %s, %s, %s)", (school, person, *parts(name))
        )
    return person
