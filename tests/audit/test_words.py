"""Every action that the code records has words, and so has the part of the product that it belongs to."""

import ast
from functools import cache
from pathlib import Path

from blueprints.audit.words import ACTIONS, AREA_NAMES

HOUSE = Path(__file__).parents[2]
RECORDERS = {"record_deed", "record", "record_platform", "record_read", "record_both", "add_event"}
#: what stands before the action in their arguments
BEFORE = {"record_deed": 2, "record_both": 2, "add_event": 1}
#: where an action is passed on that somebody else has said: the audit itself
PASSES_ON = {"app/audit/record.py", "app/audit/both.py", "app/audit/mirror.py"}


class Unsaid(Exception):
    """An action that does not stand in the source where it is recorded."""


def recorded(source: str) -> set[str]:
    """The actions that one source records."""
    return recorded_in({"source": source})


def recorded_in(sources: dict[str, str]) -> set[str]:
    """The actions that modules record, by dotted name: they say them themselves or tell a function, their own or an imported one."""
    trees = {module: ast.parse(source) for module, source in sources.items()}
    calls = {module: _calls(tree) for module, tree in trees.items()}
    taken = {module: _imported(tree) for module, tree in trees.items()}
    told = dict.fromkeys(RECORDERS, 0) | BEFORE
    passing: dict[tuple[str, str], int] = {}
    found: set[str] = set()
    is_more = True
    while is_more:
        is_more = False
        for module in sources:
            here = {mine: place for (home, mine), place in passing.items() if home == module}
            there = {mine: passing[origin] for mine, origin in taken[module].items() if origin in passing}
            for name, place in {**told, **there, **here}.items():
                for function, call in calls[module].get(name, ()):
                    argument = _argument(call, place)
                    if isinstance(argument, ast.Name) and argument.id in (parameters := [a.arg for a in function.args.args]):
                        is_more |= (module, function.name) not in passing
                        passing[module, function.name] = parameters.index(argument.id)
                    else:
                        found |= _said(argument, function)
    return found


def _imported(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """The name here of what a module takes from others -> the other module and the name there."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }  # fmt: skip


def _calls(tree: ast.Module) -> dict[str, list[tuple[ast.FunctionDef, ast.Call]]]:
    """The calls of plain functions by name, each with the function that it stands in."""
    found: dict[str, list[tuple[ast.FunctionDef, ast.Call]]] = {}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found.setdefault(node.func.id, []).append((function, node))
    return found


def _argument(call: ast.Call, place: int) -> ast.expr:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "action"]
    return named[0] if named else call.args[place]


def _said(argument: ast.expr, function: ast.FunctionDef) -> set[str]:
    """The texts that an argument can be: a text, a choice between texts, or a name that was given such."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return {argument.value}
    if isinstance(argument, ast.IfExp):
        return _said(argument.body, function) | _said(argument.orelse, function)
    if isinstance(argument, ast.Name):
        given = [
            node.value for node in ast.walk(function)
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == argument.id for t in node.targets)
        ]  # fmt: skip
        if given:
            return set().union(*(_said(value, function) for value in given))
    raise Unsaid(f"line {argument.lineno}: {ast.unparse(argument)}")


@cache
def every_action() -> set[str]:
    paths = (path.relative_to(HOUSE) for part in ("app", "blueprints") for path in (HOUSE / part).glob("**/*.py"))
    return recorded_in({
        ".".join(path.with_suffix("").parts): (HOUSE / path).read_text() for path in paths if str(path) not in PASSES_ON
    })  # fmt: skip


def test_every_action_that_is_recorded_has_words():
    assert every_action() - ACTIONS.keys() == set()


def test_no_words_are_kept_for_what_is_never_recorded():
    assert ACTIONS.keys() - every_action() == set()


def test_every_part_of_the_product_that_records_has_a_name():
    assert {action.partition(".")[0] for action in ACTIONS} - AREA_NAMES.keys() == set()


def test_the_search_finds_what_is_said_in_each_way():
    """Planted: an action in every form that there is, and one that hides."""
    source = """
def plainly():
    record("a.one", None, label="")
def chosen(x):
    action = "a.two" if x else "a.three"
    record(action, None, label="")
def told():
    note("a.four", 1)
def note(action, what):
    record_both(what, 1, action, None, label="")
def elsewhere(session):
    add_event(session, "a.five", None, label="")
"""
    assert recorded(source) == {"a.one", "a.two", "a.three", "a.four", "a.five"}
    keeper = "def keep(site, action, *, by):\n    record(action, site, label='')\n"
    route = "from app.keeper import keep as hold\ndef change(site):\n    hold(site, 'a.six', by=1)\n"
    assert recorded_in({"blueprints.route": route, "app.keeper": keeper}) == {"a.six"}
    hidden = "def f(x):\n    record(f'a.{x}', None, label='')\n"
    try:
        recorded(hidden)
    except Unsaid:
        return
    raise AssertionError("an action that nobody can find was let through")
