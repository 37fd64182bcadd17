"""Every action that the code records has words, and so has the part of the product that it belongs to."""

import ast
from collections.abc import Iterator
from pathlib import Path

from blueprints.audit.words import ACTIONS, AREA_NAMES

HOUSE = Path(__file__).parents[2]
RECORDERS = {"record", "record_platform", "record_read", "record_both", "add_event"}
#: what stands before the action in their arguments
BEFORE = {"record_both": 2, "add_event": 1}
#: where an action is passed on that somebody else has said: the audit itself
PASSES_ON = {"app/audit/record.py", "app/audit/both.py", "app/audit/mirror.py"}


class Unsaid(Exception):
    """An action that does not stand in the source where it is recorded."""


def recorded(source: str) -> set[str]:
    """The actions that a source records, whether it says them itself or by a function of its own that is told."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    told = dict(BEFORE)
    found: set[str] = set()
    names, done = set(RECORDERS), set()
    while names - done:
        name = min(names - done)
        done.add(name)
        for function, call in _calls(functions, name):
            argument = _argument(call, told.get(name, 0))
            if isinstance(argument, ast.Name) and argument.id in (parameters := [a.arg for a in function.args.args]):
                names.add(function.name)
                told[function.name] = parameters.index(argument.id)
            else:
                found |= _said(argument, function)
    return found


def _calls(functions: list[ast.FunctionDef], name: str) -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
    for function in functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield function, node


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


def every_action() -> set[str]:
    sources = {
        str(path.relative_to(HOUSE)): path.read_text()
        for part in ("app", "blueprints")
        for path in (HOUSE / part).glob("**/*.py")
    }
    return set().union(*(recorded(text) for name, text in sources.items() if name not in PASSES_ON))


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
    hidden = "def f(x):\n    record(f'a.{x}', None, label='')\n"
    try:
        recorded(hidden)
    except Unsaid:
        return
    raise AssertionError("an action that nobody can find was let through")
