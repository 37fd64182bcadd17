"""A route that changes rows and records nothing fails in every test; here are planted ones."""

from dataclasses import replace

import pytest
from flask import Blueprint
from sqlalchemy import select, text, update

from app.access.gate import signed_in
from app.area import Area
from app.audit.record import record, record_platform
from app.config import Environment
from app.factory import create_app
from app.models.person import Person
from app.models.user import User
from app.tenancy.changes import changed_tables
from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for, outside
from blueprints import AREAS
from tests.conftest import Browser


def _by_orm():
    db.session.add(Person(kind="staff", name="Sipho", sort_key="sipho"))


def _by_text():
    db.session.execute(text("UPDATE person SET phone = '1'"))


def _with_a_word():
    _by_orm()
    record("people.add", None, label="Sipho")


def _by_lock():
    db.session.scalars(select(Person).with_for_update()).all()


def _nothing():
    db.session.execute(update(Person).where(Person.name == "nobody of this name").values(phone="1"))


def _across(record_too=False):
    with outside(), across_schools("test", routine=True) as session:
        session.execute(update(User).values(theme="dusk"))
        if record_too:
            record("people.add", None, label="Sipho")
        session.commit()


def _in_two_transactions():
    _across()
    record_platform("people.add", None, label="Sipho")


ACROSS = {"across": _across, "across and recorded": lambda: _across(record_too=True), "in two": _in_two_transactions}
DEEDS = ACROSS | {"orm": _by_orm, "text": _by_text, "recorded": _with_a_word, "lock": _by_lock, "nothing": _nothing}


@pytest.fixture(scope="module")
def planted(settings):
    """The application with an area that forgets."""
    pages = Blueprint("planted", __name__)

    @pages.post("/planted/<deed>")
    @signed_in
    def do(deed):
        DEEDS[deed]()
        return "done"

    return create_app([*AREAS, Area(pages)], settings)


@pytest.fixture
def post(app, planted, cast):
    """Post to the planted area as an admin; returns the status."""
    with planted.app_context():
        yield lambda deed: Browser(planted).as_(cast.thaba.admin).post(f"/planted/{deed}", check=False).status
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.parametrize("deed", ["orm", "text"])
def test_a_change_without_an_event_fails_and_is_undone(post, sql, caplog, deed):
    before = sql.execute("SELECT count(*), count(phone) FROM person").fetchone()
    assert post(deed) == 500
    assert "POST planted.do changed person and recorded nothing" in caplog.text
    assert sql.execute("SELECT count(*), count(phone) FROM person").fetchone() == before


def test_a_change_of_the_platforms_rows_without_an_event_fails_too(post, caplog):
    assert post("across") == 500
    assert "POST planted.do changed app_user and recorded nothing" in caplog.text


@pytest.mark.parametrize("deed", ["recorded", "lock", "nothing", "across and recorded", "in two"])
def test_what_is_recorded_or_changes_nothing_passes(post, deed):
    assert post(deed) == 200


def test_production_does_not_ask_at_each_commit(settings):
    quiet = create_app(AREAS, replace(settings, environment=Environment.LOCAL))
    assert "vigilance" not in quiet.extensions


def test_what_a_transaction_changed_is_known_table_by_table(app, cast):
    with acting_for(cast.thaba.id) as session:
        assert changed_tables() == set()
        _by_lock()
        assert changed_tables() == set()
        _with_a_word()
        session.flush()
        assert changed_tables() == {"person", "person_word", "audit_event", "audit_value"}
        session.rollback()
        assert changed_tables() == set()
