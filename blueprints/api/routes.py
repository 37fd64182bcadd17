"""The addresses of the API that read. Those that write stand in the areas whose deeds they are (`api.py` there)."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, Response, current_app

from app.access.gate import by_token, public
from app.access.who import asking
from app.web.api import answering
from app.web.api.asking import asked
from app.web.api.declared import described
from app.web.api.noting import note_read
from app.web.api.problems import PROBLEMS, ApiProblem
from blueprints.api import attendance, classes, evidence, gate, messages, people
from blueprints.api.describing import description
from blueprints.api.listing import Listing, page, single

pages = Blueprint("api", __name__, url_prefix="/api/v1")
LISTINGS = (
    *people.LISTINGS, *classes.LISTINGS, *attendance.LISTINGS, *gate.LISTINGS, *messages.LISTINGS, *evidence.LISTINGS,
)  # fmt: skip
ITSELF = "The API itself"


class ProblemRow(NamedTuple):
    """A name that stands behind the # of a problem's `type`, and what to do about it."""

    name: str
    status: int
    title: str
    advice: str


@pages.get("/openapi.json")
@public("a description of the addresses, the same for everybody; nobody's data stands in it")
@described("This description", ITSELF)
def openapi() -> Response:
    return Response(answering.written(description(current_app)), mimetype=answering.KIND)


@pages.get("/problems")
@public("what the names of problems mean; nobody's data stands in it")
@described("What the names of problems mean", ITSELF, answer=ProblemRow, many=True)
def list_problems() -> Response:
    return answering.many([ProblemRow(name, *meaning) for name, meaning in PROBLEMS.items()])


def add(listing: Listing) -> None:
    """Give a list its address and, where its things have one each, theirs."""
    schema = listing.query()

    @by_token(listing.scope)
    @described(
        f"List {listing.things}", listing.group, answer=listing.row, query=listing.query, many=True, detail=listing.detail
    )
    def list_things() -> Response:
        rows, after = page(listing, asked(schema), asking())
        if listing.is_personal:
            note_read(listing.name)
        return answering.listed(rows, after)

    pages.add_url_rule(f"/{listing.name}", f"list_{listing.name}", list_things)
    if not listing.one:
        return

    @by_token(listing.scope)
    @described(f"Read {listing.thing}", listing.group, answer=listing.row)
    def show_thing(**address: UUID) -> Response:
        row = single(listing, address[listing.one], asking())
        if row is None:
            raise ApiProblem("not-found")
        if listing.is_personal:
            note_read(listing.name)
        return answering.told(row)

    pages.add_url_rule(f"/{listing.name}/<uuid:{listing.one}>", f"show_{listing.name}", show_thing)


for each in LISTINGS:
    add(each)
