"""Every table of a school is declared: what becomes of it in an archive of everything, and which dataset shows it."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, MetaData, Table, Uuid

from app.exports.archive import declared, tables
from app.exports.archive.declared import SCHOOL_STAYS, TABLES, Fate
from app.exports.dataset import datasets_of
from app.tenancy.database import db

ACCOUNT = "app_user"


def undeclared(metadata: MetaData, sql) -> list[str]:
    """Tables with a school, of the models and of the database, that nobody has declared."""
    walled = sql.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'school_id' AND a.attnum > 0"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    )
    known = {table.name for table in metadata.sorted_tables if "school_id" in table.c} | {name for (name,) in walled}
    return sorted(known ^ TABLES.keys())


def test_every_table_of_a_school_is_declared_and_nothing_else(sql):
    assert undeclared(db.metadata, sql) == []


def test_a_planted_table_is_found(sql):
    sql.execute("CREATE TABLE planted (school_id int, id uuid)")
    try:
        assert undeclared(db.metadata, sql) == ["planted"]
    finally:
        sql.execute("DROP TABLE planted")
    beside = MetaData()
    Table("forgotten", beside, Column("school_id", Uuid), Column("id", Uuid))
    assert "forgotten" in undeclared(beside, sql)


def without_a_reason(registry, known) -> list[str]:
    """What is neither shown by a dataset that there is nor says why not, and what stays or is an annex without a reason."""
    return [
        name
        for name, each in registry.items()
        if (each.shown and each.shown not in known)
        or not (each.shown or each.unshown)
        or (each.fate is not Fate.CARRIED and len(each.why) < 12)
        or (bool(each.only) != bool(each.why_only))
    ]


def test_each_is_shown_by_a_dataset_or_says_why_none_does(app):
    assert without_a_reason(TABLES, datasets_of(app)) == []


def test_a_dataset_that_is_gone_and_a_missing_reason_are_found(app):
    planted = {"a": declared.carried("never"), "b": declared.carried(), "c": declared.annex("short", "learners")}
    assert without_a_reason(planted, datasets_of(app)) == ["a", "b", "c"]


def loose_ends(names) -> list[str]:
    """Columns of tables that are brought in and refer to what is not: a platform's row, or a table that stays."""
    found = []
    for name in names:
        each = TABLES[name]
        for key in db.metadata.tables[name].foreign_key_constraints:
            columns = {column.name for column in key.columns} - {"school_id"}
            target = key.referred_table.name
            if target == "school" or columns <= set(each.stays) or (target == ACCOUNT and columns <= set(each.accounts)):
                continue
            if target not in tables.order():
                found.append(f"{name}.{', '.join(sorted(columns))} -> {target}")
    return found


def test_nothing_that_is_brought_in_refers_to_what_is_not():
    assert loose_ends([name for name in tables.order() if name != tables.SCHOOL]) == []


def test_a_loose_end_is_found():
    assert loose_ends(["delivery"]) == ["delivery.batch_id -> outbox"]


def test_tables_come_behind_what_they_refer_to():
    order = tables.order()
    for name in order[1:]:
        for key in db.metadata.tables[name].foreign_key_constraints:
            target = key.referred_table.name
            assert target not in order or order.index(target) <= order.index(name), f"{name} comes before {target}"


def test_what_stays_of_a_school_is_named_and_the_rest_travels():
    columns = {column.name for column in db.metadata.tables["school"].columns}
    assert SCHOOL_STAYS.keys() <= columns
    assert {column.name for column in tables.columns(tables.SCHOOL)} == columns - SCHOOL_STAYS.keys()


def test_columns_that_stay_behind_can_be_left_out():
    for name, each in TABLES.items():
        for column in each.stays:
            found = db.metadata.tables[name].c[column]
            assert each.fate is not Fate.CARRIED or found.nullable or found.server_default is not None


@pytest.mark.parametrize("name", [name for name, each in TABLES.items() if each.fate is not Fate.EXEMPT])
def test_no_secret_travels(name):
    if TABLES[name].file:
        return  # the sealed audit, which keeps hashes with a salt for each
    for column in tables.columns(name):
        assert not {"hash", "secret", "token", "password", "p256dh", "auth"} & set(column.name.split("_")), column
