"""`people.search`: finding people of one school as somebody types, against looking the same rows up by their keys.

Both are the select of the list, with its columns, walls and order; one is given words, the other the ids that the words found.
What is measured is the CPU of this process and of the database's processes (p10 of rounds), each search on its own; the worst
ratio is the figure.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Callable
from uuid import UUID

import psycopg
from sqlalchemy import any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.person_search import prefixes
from app.models.person import Person
from app.tenancy.doors import acting_for, outside
from app.tenancy.reading import Prepared, reading
from bench.console_flat import spending
from bench.figure import Figure, figure, is_full
from bench.platform import Platform, log_to_nowhere, platform
from blueprints.people import queries
from blueprints.people.queries import PersonRow, Wanted

GOAL = 3.0
SCHOOL, OF_SCHOOL = 1, 5_000  # which is searched, and how many learners each school has
SEARCHES = ("than", "nkosi", "tha nko", "2026012", "van der m")
SETTLE, ROUNDS, TIMES = 30, 20, 10
DAY = dt.date(2026, 11, 2)
NAMES = """
    ARRAY['Thabo', 'Thandeka', 'Sipho', 'Lerato', 'Nomvula', 'Anna', 'Pieter', 'Johan', 'Zanele', 'Ayanda', 'Mia', 'Ruan',
          'Elsabé', 'Fatima', 'Kagiso', 'Bongani', 'Lindiwe', 'Naledi', 'Riaan', 'Yusuf', 'Sanele', 'Carla', 'Olive'] first,
    ARRAY['Nkosi', 'Dlamini', 'Botha', 'van der Merwe', 'Khumalo', 'Patel', 'Zulu', 'Mokoena', 'Nel', 'Jacobs', 'Naidoo',
          'Sithole', 'de Klerk', 'Mahlangu', 'Adams', 'Gumede', 'Vorster', 'Mthembu', 'Ndlovu'] last
"""
PEOPLE = f"""
INSERT INTO person (school_id, id, kind, name, sort_key)
SELECT s, md5('learner' || s || '-' || n)::uuid, 'learner', first[n %% 23 + 1] || ' ' || last[n %% 19 + 1],
    lower(last[n %% 19 + 1] || ' ' || first[n %% 23 + 1])
FROM generate_series(%(since)s::int, %(schools)s::int) s, generate_series(1, %(each)s::int) n, (SELECT {NAMES}) t
"""
LEARNERS = f"""
INSERT INTO learner (school_id, id, first_name, last_name, number)
SELECT s, md5('learner' || s || '-' || n)::uuid, first[n %% 23 + 1], last[n %% 19 + 1], '2026' || lpad(n::text, 5, '0')
FROM generate_series(%(since)s::int, %(schools)s::int) s, generate_series(1, %(each)s::int) n, (SELECT {NAMES}) t
"""
CHUNK = 10  # schools a statement


def measure() -> list[Figure]:
    """The worst of the searches, as a multiple of the look-up of what it found."""
    log_to_nowhere()
    learners = 1_000_000 if is_full() else 50_000
    place = platform()
    fill(place, learners // OF_SCHOOL)
    application = place.application()
    ratios: dict[str, float] = {}
    with application.app_context(), outside(), acting_for(SCHOOL):
        for text in SEARCHES:
            ids = found(text)
            with psycopg.connect(place.superuser, autocommit=True) as watcher:
                search(text)
                spent = spending(watcher)
                both = {"search": lambda text=text: search(text), "look_up": lambda ids=ids: look_up(ids)}
                if [row.id for row in both["search"]()] != [row.id for row in both["look_up"]()]:
                    raise SystemExit(f"{text!r} does not find what its look-up gives")
                taken = compare(both, spent)
            ratios[text] = taken["search"] / taken["look_up"]
            print(f"{text!r}: {len(ids)} found, {taken['search']:.2f} against {taken['look_up']:.2f} ms", flush=True)
    worst = max(ratios, key=ratios.__getitem__)
    told = ", ".join(f"{text}: {ratio:.2f}" for text, ratio in ratios.items())
    against = f"the same rows by key, in a school of {OF_SCHOOL:,} among {learners:,} learners"
    return [figure("people.search", ratios[worst], goal=GOAL, against=against, detail=told)]


def fill(place: Platform, schools: int) -> None:
    """Have so many schools of OF_SCHOOL learners; the words of a search come by the database's own triggers."""
    place.grow(schools, first=1, others=1)
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        for since in range(1, schools + 1, CHUNK):
            values = {"since": since, "schools": min(since + CHUNK - 1, schools), "each": OF_SCHOOL}
            connection.execute(PEOPLE, values)
            connection.execute(LEARNERS, values)
        connection.execute("VACUUM ANALYZE")


def search(text: str) -> list[PersonRow]:
    """What the page does."""
    return list(queries.people(Wanted(text=text), day=DAY).rows)


def found(text: str) -> list[UUID]:
    """The ids of the rows that a search shows."""
    if not prefixes(text):
        raise SystemExit(f"{text!r} has no words")
    return [UUID(row.id) for row in search(text)]


def look_up(ids: list[UUID]) -> list[PersonRow]:
    """The same rows with the same columns in the same order, by the primary key."""
    with reading() as cursor:
        return BY_KEY.all(cursor, day=DAY, ids=ids)


def compare(calls: dict[str, Callable[[], object]], spent: Callable[[], float]) -> dict[str, float]:
    """Milliseconds of CPU a call (p10), the calls interleaved."""
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(SETTLE):
            call()
    for _ in range(ROUNDS):
        for name, call in calls.items():
            before = spent()
            for _ in range(TIMES):
                call()
            samples[name].append((spent() - before) / TIMES)
    return {name: statistics.quantiles(values, n=10)[0] for name, values in samples.items()}


BY_KEY = Prepared(queries.people_statement().where(Person.id == any_(bindparam("ids", type_=ARRAY(PG_UUID)))), PersonRow)
