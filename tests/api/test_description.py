"""The description of the API is the API: whatever is in the URL map is in it, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from app.access.api_tokens import SCOPES, Scope
from app.access.gate import by_token
from app.area import Area
from app.factory import create_app
from app.web.api.declared import Undescribed
from app.web.api.problems import PROBLEMS
from blueprints import AREAS
from blueprints.api.describing import description
from tests.api.arranged import Program

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


def differences(app: Flask, told: dict) -> list[str]:
    """What stands in the URL map and not in the description, and the other way round."""
    served = {
        (re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, methods in told["paths"].items() for method in methods}
    return sorted(f"{method} {path}" for path, method in served ^ described)


def test_it_describes_every_route_and_no_other(app):
    assert differences(app, description(app)) == []


def test_a_route_that_is_missing_from_it_is_found(app):
    told = description(app)
    del told["paths"]["/api/v1/learners"]
    told["paths"]["/api/v1/never"] = {"get": {}}
    assert differences(app, told) == ["get /api/v1/learners", "get /api/v1/never"]


def test_a_route_that_says_nothing_is_refused(settings):
    planted = Blueprint("planted", __name__, url_prefix="/api/v1")
    planted.add_url_rule("/silent", "silent", by_token(Scope.GATE_READ)(lambda: {}))
    with pytest.raises(Undescribed, match=r"planted\.silent"):
        description(create_app((*AREAS, Area(planted)), settings))


def test_every_reference_in_it_leads_somewhere(app):
    told = description(app)
    names = set(re.findall(r"#/components/schemas/(\w+)", str(told)))
    assert names
    assert names <= told["components"]["schemas"].keys()


def test_each_operation_is_named_once_and_says_what_it_needs(app):
    told = description(app)
    operations = [each for methods in told["paths"].values() for each in methods.values()]
    ids = [each["operationId"] for each in operations]
    assert len(ids) == len(set(ids))
    for each in operations:
        assert each["responses"].keys() - {"400", "401", "403", "404", "409", "413", "415", "422", "429", "503"}, each
        if each.get("security") != []:
            assert re.search(r"Scope: `([\w.]+)`", each["description"])[1] in SCOPES
            assert {"401", "403", "429"} <= each["responses"].keys()
        if "requestBody" in each:
            assert {"400", "415", "422"} <= each["responses"].keys()


def test_everybody_may_read_it(app):
    answer = Program(app, None).get("openapi.json")
    assert answer.get_json()["openapi"] == "3.1.0"
    assert answer.get_json()["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_the_names_of_problems_are_explained(app):
    told = {row["name"]: row for row in Program(app, None).get("problems").get_json()["data"]}
    assert told.keys() == PROBLEMS.keys()
    assert told["too-many-requests"]["status"] == 429


def test_what_is_public_of_it_needs_no_scope_and_nothing_else_is(app):
    told = description(app)
    opened = {path for path, methods in told["paths"].items() for each in methods.values() if each.get("security") == []}
    assert opened == {"/api/v1/openapi.json", "/api/v1/problems"}


def test_the_guide_names_every_scope_every_list_and_every_problem(app):
    text = GUIDE.read_text()
    for name in (*Scope, *PROBLEMS):
        assert f"`{name}`" in text, name
    for path in description(app)["paths"]:
        assert path.removeprefix("/api/v1") in text, path
