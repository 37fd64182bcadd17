"""Every route of the API, with every kind of token, for things of one's own school, of another one, and that never were."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Blueprint

from app.access.api_tokens import Scope
from app.access.gate import by_token
from app.area import Area
from app.factory import create_app
from app.tenancy.database import db
from app.web.api.declared import routes_of
from blueprints import AREAS
from tests.access.sweeping import NEVER, THINGS, Sweep, _path
from tests.api.arranged import add_token

BODY = {"PUT": {}, "POST": {}, "GET": None, "DELETE": None, "PATCH": {}}


def complaints(app, cast, sql, *, only: str = "") -> Iterator[str]:
    """What a route of the API answered otherwise than it declares."""
    sweep, everything = Sweep(app, cast, sql), list(Scope)
    own, _ = add_token(sql, cast.thaba.owner)
    refused = {
        "revoked": (add_token(sql, cast.thaba.owner, revoked=True)[0], 401),
        "expired": (add_token(sql, cast.thaba.owner, days=-1)[0], 401),
        "unknown": ("umthi_" + "x" * 43, 401),
        "of a teacher": (add_token(sql, cast.thaba.teacher)[0], 403),
    }
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        if not rule.rule.startswith("/api/") or access is None or access.scope is None or only not in rule.rule:
            continue
        lacking, _ = add_token(sql, cast.thaba.owner, [scope for scope in everything if scope != access.scope])
        for method in sorted((rule.methods or set()) & BODY.keys()):
            path = _path(rule, sweep.own)
            for name, (token, status) in {**refused, "without the scope": (lacking, 403)}.items():
                if (answer := _ask(app, token, method, path)).status_code != status:
                    yield f"{method} {path} answered {answer.status_code} to a token that is {name}, not {status}"
            answers = {which: _ask(app, own, method, _path(rule, values)) for which, values in _things(sweep).items()}
            if rule.arguments & THINGS.keys():
                if answers["own"].status_code in (401, 403, 404) and not _is_of_another_kind(rule.rule):
                    yield f"{method} {path} answered {answers['own'].status_code} to its own school"
                bodies = {which: answers[which].get_data() for which in ("foreign", "never")}
                if method == "GET" and not all(answers[which].status_code in (404, 422) for which in bodies):
                    yield f"{method} {path} gives away what is another school's"
                if bodies["foreign"] != bodies["never"]:
                    yield f"{method} {path}: another school's is not answered like one that never was"
            elif answers["own"].status_code in (401, 403, 404):
                yield f"{method} {path} answered {answers['own'].status_code}"
            for which, answer in answers.items():
                if answer.status_code >= 500:
                    yield f"{method} {path} ({which}) answered {answer.status_code}"
                if answer.status_code == 200 and (leaked := _leaks(answer.get_data(as_text=True), sweep)):
                    yield f"{method} {path} ({which}) tells of another school: {leaked}"


def test_every_route_answers_as_it_declares(app, cast, sql):
    assert list(complaints(app, cast, sql)) == []


def test_the_sweep_reaches_every_route(app):
    routes = [route for route in routes_of(app) if route.access.scope]
    assert len(routes) > 20
    assert {route.access.scope for route in routes} == set(Scope)


def test_the_sweep_finds_what_is_wrong(app, cast, sql, settings):
    """Planted: a thing of anybody's, and an answer that tells whether it is somebody's."""
    planted = Blueprint("planted", __name__, url_prefix="/api/v1/planted")

    @planted.get("/leak/<uuid:learner_id>")
    @by_token(Scope.LEARNERS_READ)
    def leak(learner_id):
        return {"id": str(cast.karoo.student.person_id)}

    @planted.get("/tell/<uuid:learner_id>")
    @by_token(Scope.LEARNERS_READ)
    def tell(learner_id):
        return {"there": learner_id != NEVER}, 404

    faulty = create_app((*AREAS, Area(planted)), settings)
    with faulty.app_context():
        try:
            found = "\n".join(complaints(faulty, cast, sql, only="planted"))
        finally:
            for engine in db.engines.values():
                engine.dispose()
    assert "/planted/leak/" in found
    assert "gives away what is another school's" in found
    assert f"tells of another school: {cast.karoo.student.person_id}" in found
    assert "another school's is not answered like one that never was" in found


def _things(sweep: Sweep):
    return {"own": sweep.own, "foreign": sweep.foreign, "never": dict.fromkeys(THINGS, NEVER)}


def _is_of_another_kind(rule: str) -> bool:
    """The person of the sweep is a guardian, and no member of staff; a register is asked for with its day."""
    return rule.startswith("/api/v1/staff/") or rule.endswith("/register")


def _ask(app, token, method, path):
    body = {} if BODY[method] is None else {"data": "{}", "content_type": "application/json"}
    return app.test_client().open(path, method=method, headers={"Authorization": f"Bearer {token}"}, **body)


def _leaks(body: str, sweep: Sweep) -> str:
    """An id of the other school in an answer."""
    foreign = {str(each) for each in sweep.foreign.values()}
    foreign |= {str(someone.person_id) for someone in sweep.cast.karoo.everyone()}
    return ", ".join(sorted(foreign & set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", body))))
