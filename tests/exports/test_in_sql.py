"""What PostgreSQL writes as CSV reads as what Python writes: texts are tamed alike, and every kind of value is the same."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Date, DateTime, Text, bindparam, case, func, select

from app.access.permissions import Permission
from app.exports.cells import shown
from app.exports.copied_csv import BLANKS, SAID, harmless_sql, write_copied
from app.exports.csv_writer import harmless, write_csv
from app.exports.dataset import Column, Dataset, Kind, datasets_of
from app.exports.selected import Selected, selected
from app.exports.writing import Format, write
from app.i18n.speech import speaking, speech_for
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.doors import acting_for
from app.tenancy.reading import reading
from tests.samples import sample_ids  # noqa: F401  a fixture

EN = speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")
AF = speech_for("af", "America/St_Johns", "en_ZA", "ZAR")
ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
SHARP = "=+-@＝＋－＠;;\t\r\n\"' ,x\x1c\x85\u2028\\"
#: any text, and those made of what the taming is about
TEXTS = st.one_of(st.text(ANY, max_size=40), st.text(st.sampled_from(SHARP), max_size=12))


def tamed(sql, texts):
    """The texts as PostgreSQL tames them, in one statement."""
    expression = harmless_sql("t")
    statement = f"SELECT {expression} FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS u (t, n) ORDER BY n"
    return [row[0] for row in sql.execute(statement, {**SAID, "texts": texts})]


@pytest.fixture(scope="module")
def server(test_run):
    """A connection that outlives an example."""
    return test_run.line()


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=20))
def test_postgresql_tames_a_text_exactly_as_python_does(server, texts):
    assert tamed(server, texts) == [harmless(text) for text in texts]


def test_a_long_run_of_separators_takes_no_time(server):
    texts = [";" * 100_000, ";" * 100_000 + "=1", ("; " * 50_000) + "x;=1"]
    assert tamed(server, texts) == [harmless(text) for text in texts]


def test_the_blanks_are_those_of_python():
    assert set(BLANKS) == {chr(code) for code in range(0x110000) if re.match(r"\s", chr(code))}


def test_the_taming_is_seen_to_fail_without_a_separator(server, monkeypatch):
    monkeypatch.setitem(SAID, "separators", "\t\r\n")
    assert tamed(server, ["x;=1"]) != [harmless("x;=1")]


class _Values(NamedTuple):
    text: str | None
    word: str | None
    number: int | None
    at: dt.datetime | None
    cents: int | None
    tenths: int | None
    day: dt.date | None


COLUMNS = (
    Column("text", "Text"), Column("word", "Word", Kind.WORD, {"sent": "Sent", "=": "=1"}), Column("number", "Number", Kind.INTEGER),
    Column("at", "At", Kind.MOMENT), Column("cents", "Money", Kind.MONEY), Column("tenths", "Share", Kind.SHARE),
    Column("day", "Day", Kind.DAY),
)  # fmt: skip
#: one row of values that are given
GIVEN = Dataset(
    "given", "Given", Permission.EXPORTS_VIEW, COLUMNS,
    selected(
        select(
            bindparam("text", type_=Text).label("text"), bindparam("word", type_=Text).label("word"),
            bindparam("number", type_=BigInteger).label("number"),
            bindparam("at", type_=DateTime(timezone=True)).label("at"),
            bindparam("cents", type_=BigInteger).label("cents"), bindparam("tenths", type_=BigInteger).label("tenths"),
            bindparam("day", type_=Date).label("day"),
        ).select_from(School).where(School.id == bindparam("school")),
        _Values, {name: case((func.now().is_not(None), True), else_=False) for name in (*_Values._fields, "school")},
    ),
)  # fmt: skip
MOMENTS = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
INTEGERS = st.integers(-(2**62), 2**62)


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        _Values, st.none() | TEXTS, st.none() | st.sampled_from(["sent", "=", "other", "=other"]), st.none() | INTEGERS,
        st.none() | MOMENTS, st.none() | INTEGERS, st.none() | INTEGERS,
        st.none() | st.dates(dt.date(1000, 1, 1), dt.date(9999, 12, 31)),
    ),
    st.sampled_from([EN, AF]),
)  # fmt: skip
def test_every_kind_of_value_is_the_same_from_both(one_app, values, voice):
    given_values = {**values._asdict(), "school": 1}
    with one_app.app_context(), acting_for(1):
        copied, written = io.BytesIO(), io.BytesIO()
        assert write_copied(copied, GIVEN, given_values, voice, tick=lambda _: None) == 1
        write_csv(written, COLUMNS, [values], voice)
    assert read(copied) == read(written)


@pytest.fixture(scope="module")
def one_app(_application, _laundry, _cast_template):
    """The application on a database with the cast, for all examples of a property."""
    with _application.app_context():
        _laundry.fresh(_cast_template[1])
        for engine in db.engines.values():
            engine.dispose()
    return _application


def read(file):
    """The cells of a CSV, as a program reads them."""
    return list(csv.reader(io.StringIO(file.getvalue().decode(), newline="")))


def test_each_dataset_that_is_one_select_gives_the_same_file_from_both(app, cast, sample_ids):  # noqa: F811
    compared = 0
    for dataset in datasets_of(app).values():
        if not isinstance(dataset.rows, Selected):
            continue
        with acting_for(cast.thaba.id), speaking(AF):
            copied, written = io.BytesIO(), io.BytesIO()
            write_copied(copied, dataset, {}, AF, bom=True, tick=lambda _: None)
            with reading() as cursor:
                write_csv(written, dataset.columns, dataset.rows(cursor, {}), AF, bom=True)
        assert read(copied) == read(written), dataset.name
        compared += len(read(copied)) > 1
    assert compared > 5


def test_a_file_that_is_left_early_leaves_a_connection_that_works(app, cast):
    class Stop(Exception):
        pass

    def stop(_):
        raise Stop

    dataset = datasets_of(app)["learners"]
    with acting_for(cast.thaba.id):
        for _ in range(20):  # more than the pool has
            with pytest.raises(Stop):
                write(dataset, {}, io.BytesIO(), to=Format.CSV, voice=EN, folder=None, tick=stop)
        assert write(dataset, {}, io.BytesIO(), to=Format.CSV, voice=EN, folder=None) > 0


def test_words_that_only_python_knows_are_refused(app, cast):
    dataset = Dataset("x", "X", Permission.EXPORTS_VIEW, (Column("r", "R", Kind.WORD),), GIVEN.rows)
    with acting_for(cast.thaba.id), pytest.raises(TypeError):
        write_copied(io.BytesIO(), dataset, {}, EN, tick=lambda _: None)
    assert shown(dataset.columns, EN)
