"""How a request, a sign-in, a command and a download get their school."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import click
import pytest
from flask import Flask
from flask import session as cookie
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, current_user, login_user
from sqlalchemy import func, select

from app.models.person import Person
from app.models.user import Membership, User
from app.tenancy import database as tenancy
from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for, crossed
from app.tenancy.entry import enter_for_requests, school_command
from app.tenancy.scope import OutsideSchool, scope_or_none
from tests.tenancy.conftest import Cast, Place


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """Who is signed in: plain values, taken along from the platform's session."""

    id: UUID
    email: str
    schools: tuple[int, ...]


def look_up(user_id: str) -> SignedIn | None:
    """Flask-Login's user loader: no school is known yet, so the platform's role looks."""
    with across_schools("who is signed in", routine=True) as session:
        person = session.get(User, UUID(user_id))
        if person is None:
            return None
        mine = select(Membership.school_id).where(Membership.user_id == person.id)
        return SignedIn(person.id, person.email, tuple(session.scalars(mine)))


def active_school() -> int | None:
    """The active school of the cookie, as long as the person still belongs to it."""
    school_id = cookie.get("school")
    return school_id if current_user.is_authenticated and school_id in current_user.schools else None


NEW = {"kind": "learner", "name": "half", "sort_key": "half"}
current_cast: list[Cast] = []


@pytest.fixture(scope="module")
def web(place: Place, app: Flask) -> Iterator[Flask]:
    web = Flask(__name__)
    web.config.update(SECRET_KEY="test", TESTING=True)
    tenancy.init_app(web, app_url=place.addresses.app, platform_url=place.addresses.platform)
    LoginManager(web).user_loader(look_up)
    enter_for_requests(web, active_school)

    @web.post("/sign-in")
    def sign_in() -> str:
        user = look_up(str(current_cast[0].user))
        assert user
        login_user(user)
        return "ok"

    @web.post("/school/<int:school_id>")
    def choose(school_id: int) -> str:
        cookie["school"] = school_id
        return "ok"

    @web.get("/learners")
    def learners() -> list[str]:
        return list(db.session.scalars(select(Person.name)))

    @web.get("/broken")
    def broken() -> str:
        db.session.add(Person(**NEW))
        db.session.flush()
        raise ZeroDivisionError

    @web.get("/download")
    def download() -> Iterator[str]:
        school_id = cookie["school"]

        def rows() -> Iterator[str]:  # runs after the request has left its school
            assert scope_or_none() is None
            with acting_for(school_id) as session:
                yield from session.scalars(select(Person.name).execution_options(yield_per=100))

        return rows()

    yield web
    with web.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def client(web: Flask, cast: Cast) -> FlaskClient:
    current_cast[:] = [cast]
    client = web.test_client()
    client.post("/sign-in")
    return client


def test_a_request_gets_the_active_school_and_switching_is_the_next_request(client: Any) -> None:
    for school in (1, 2, 1):
        client.post(f"/school/{school}")
        assert client.get("/learners").json == [f"of {school}"]


def test_no_school_or_one_that_is_not_mine_is_an_error_for_the_view(client: Any) -> None:
    for school in (None, 3):
        if school:
            client.post(f"/school/{school}")
        with pytest.raises(OutsideSchool):
            client.get("/learners")


def test_a_request_does_not_inherit_the_school_of_what_calls_it(client: Any, cast: Cast) -> None:
    client.post("/school/2")
    with acting_for(cast.thaba) as session:
        assert client.get("/learners").json == ["of 2"]
        assert session.scalars(select(Person.name)).all() == ["of 1"]
    assert not session.in_transaction(), "a transaction outlives its door when a request ends within it"


def test_a_request_that_fails_leaves_nothing_behind(client: Any, cast: Cast) -> None:
    client.post("/school/1")
    with pytest.raises(ZeroDivisionError):
        client.get("/broken")
    assert scope_or_none() is None
    with acting_for(cast.thaba) as session:
        assert session.scalar(select(func.count(Person.id))) == 1


def test_a_download_enters_by_itself(client: Any) -> None:
    client.post("/school/2")
    assert client.get("/download").text == "of 2"


def test_looking_up_who_is_signed_in_is_not_announced(client: Any) -> None:
    heard: list[Any] = []
    with crossed.connected_to(heard.append):
        client.post("/school/1")
        client.get("/learners")
    assert heard == []


def test_a_command_names_its_school(web: Flask, cast: Cast) -> None:
    @web.cli.command("count")
    @school_command
    @click.option("--twice", is_flag=True)
    def count(twice: bool) -> None:
        click.echo(db.session.scalars(select(Person.name)).one() * (1 + twice))

    run = web.test_cli_runner().invoke
    assert run(args=["count", "--school", "2"]).output == "of 2\n"
    assert "Missing option '--school'" in run(args=["count"]).output
