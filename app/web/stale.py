"""A form that was opened in one school and sent while another is active changes nothing, and nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask import Flask, current_app, request
from wtforms.fields.core import UnboundField

from app.access.accounts import about_accounts, schools_of
from app.access.next_page import safe_next
from app.access.sessions import CSRF
from app.access.who import Who, who
from app.i18n.languages import LANGUAGES
from app.web import csrf
from app.web.badges import WORDS
from app.web.csrf import SAFE
from app.web.forms import Form
from app.web.guards import FORMS
from app.web.page import render

FORM_SCHOOL, PATH = "_school", "_path"
#: a field whose name ends with `key`, holds one of these, or is one of those, opens something: no page shows it again
SECRET, SECRETS = ("password", "token", "secret"), (CSRF, "current", "code", "otp", FORM_SCHOOL, PATH)
OUTSIDE = "blueprints_outside_schools"


class Kept(NamedTuple):
    """One field as it was typed. `label` is a message, or the field's own name.

    `language` is that of a text which is kept per language, `word` what a choice is called; None for other fields.
    """

    name: str
    value: str
    label: str
    language: str | None
    word: str | None


def init_app(app: Flask, outside: frozenset[str]) -> None:
    """Refuse stale forms, in every blueprint but those `outside` schools, whose forms are about the person.

    Before the right is judged: what somebody may do in the active school says nothing about a form of another.
    """
    app.extensions[OUTSIDE] = outside
    app.before_request(refuse_stale)


def refuse_stale() -> tuple[str, int] | None:
    """409 with both schools' names, what was typed and the way back, if the form was rendered for another school."""
    person = who()
    if person is None or request.method in SAFE or request.endpoint is None or request.blueprint in _outside():
        return None
    if request.mimetype not in FORMS:  # `request.form` takes its time to be empty
        return None
    form_school = request.form.get(FORM_SCHOOL)
    if form_school in (None, str(person.school_id)) or not csrf.holds(request.form.get(CSRF, "")):
        return None
    return render(
        "web/stale.html",
        form_school=_name_of(form_school, person),
        form_school_id=form_school,
        active_school=person.school,
        kept=list(_kept()),
        path=request.full_path.rstrip("?"),
        stay=None if request.view_args else safe_next(request.path),
    ), 409


def way_on(path: str | None) -> str | None:
    """The address of a form of ours, in a school, to which `path` leads by POST; None for anything else."""
    return safe_next(path, method="POST", without=_outside())


def _outside() -> frozenset[str]:
    outside: frozenset[str] = current_app.extensions[OUTSIDE]
    return outside


def _name_of(form_school: str, person: Who) -> str | None:
    """The name of the form's school, if it is one of the person's: a number in a form must not name others."""
    with about_accounts("stale form") as session:
        schools = {str(school.school_id): school.name for school in schools_of(session, person.user_id)}
    return schools.get(form_school)


def _kept() -> Iterator[Kept]:
    """What was typed, in the order of the form, without what proves who somebody is."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name and not _is_hidden(name)]
    labels = _labels_for({name for name, _ in fields})
    for name, value in fields:
        language = name.rpartition("_")[2]
        yield Kept(name, value, labels.get(name, name), language if language in LANGUAGES else None, WORDS.get(value))


def _is_hidden(name: str) -> bool:
    return name in SECRETS or name.lower().endswith("key") or any(part in name.lower() for part in SECRET)


def _labels_for(names: set[str]) -> dict[str, str]:
    """What the form calls its fields: of all forms of the product, the one that most of these names belong to."""
    forms = (_labels(form) for form in _forms(Form))
    return max(forms, key=lambda labels: (len(names & labels.keys()), -len(labels)), default={})


def _forms(base: type[Form]) -> Iterator[type[Form]]:
    for form in base.__subclasses__():
        yield form
        yield from _forms(form)


def _labels(form: type[Form]) -> dict[str, str]:
    """The labels of a form's fields by name, its own and those of the forms it is made from."""
    declared = (pair for kind in reversed(form.__mro__) for pair in vars(kind).items())
    fields = {name: field for name, field in declared if isinstance(field, UnboundField)}
    labels = {name: field.kwargs.get("label") or next(iter(field.args), None) for name, field in fields.items()}
    return {name: label for name, label in labels.items() if isinstance(label, str)}
