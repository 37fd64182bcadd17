"""Rules about the sources that no linter knows. Each is seen to fail on a planted violation."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
LONGEST, USUAL = 400, 100  # lines of a file, and of the median file
DRAWERS = {"utils.py", "util.py", "helpers.py", "helper.py", "misc.py", "common.py"}
MONEY = re.compile(r"cents|amount|price|fee|balance|money|total_due|paid", re.I)
FLOATS = {"Float", "REAL", "Double", "DOUBLE_PRECISION"}
Rule = Callable[[Path, str], Iterator[str]]


def sources() -> list[Path]:
    """Every Python file of the product."""
    found = (path for folder in ("app", "blueprints") for path in (ROOT / folder).rglob("*.py"))
    return [*sorted(found), ROOT / "wsgi.py"]


def readable_in_one_sitting(path: Path, source: str) -> Iterator[str]:
    """400 lines is where a file is split along its seams."""
    if (lines := source.count("\n")) > LONGEST:
        yield f"{lines} lines"


def named_for_what_it_holds(path: Path, source: str) -> Iterator[str]:
    """A drawer for the rest is where code goes to be forgotten."""
    if path.name in DRAWERS:
        yield "a drawer"


def no_raw_sql(path: Path, source: str) -> Iterator[str]:
    """`text()` goes past the walls' reading of a statement: only the tenancy, which builds them, and the models' defaults write it."""
    if path.is_relative_to(ROOT / "app" / "tenancy") or path.is_relative_to(ROOT / "app" / "models"):
        return
    names = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(module=str(module), names=imported) if module.startswith("sqlalchemy"):
                names |= {name.asname or name.name for name in imported if name.name == "text"}
            case ast.Call(func=ast.Name(id=name)) if name in names:
                yield f"text() in line {node.lineno}"
            case ast.Call(func=ast.Attribute(attr="text", value=ast.Name(id="sa" | "sqlalchemy" | "db"))):
                yield f"text() in line {node.lineno}"


def money_is_whole_cents(path: Path, source: str) -> Iterator[str]:
    """A float has no cents: 0.1 + 0.2. No float column, no float for what is named like money."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(module=str(module), names=names) if module.startswith("sqlalchemy"):
                yield from (f"the type {name.name}" for name in names if name.name in FLOATS)
            case ast.AnnAssign(target=words, annotation=kind) | ast.arg(arg=words, annotation=ast.AST() as kind):
                name = words if isinstance(words, str) else ast.unparse(words)
                if MONEY.search(name) and "float" in ast.unparse(kind):
                    yield f"{name} is a float"
            case ast.Call(func=ast.Name(id="float"), args=[value]) if MONEY.search(ast.unparse(value)):
                yield f"float() of money in line {node.lineno}"


def imports_on_top(path: Path, source: str) -> Iterator[str]:
    """An import inside a function hides a direction that the import contracts forbid."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom) and _is_ours(inner):
                    yield f"an import of ours inside {node.name}()"


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return any(name.split(".")[0] in ("app", "blueprints") for name in names)


def looks_are_named_for_people(path: Path, source: str) -> Iterator[str]:
    """What an area looks across the schools for stands in the audit, where people read it in their own language."""
    if not path.is_relative_to(ROOT / "blueprints"):
        return
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="across_schools"), args=[ast.Constant(value=reason)], keywords=said):
                if not any(word.arg == "routine" and getattr(word.value, "value", None) is True for word in said):
                    yield f"{reason!r} is no message of the catalogues"


RULES: list[Rule] = [
    readable_in_one_sitting, named_for_what_it_holds, no_raw_sql, money_is_whole_cents, imports_on_top, looks_are_named_for_people,
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_sources_keep_the_rule(rule):
    broken = [f"{path.relative_to(ROOT)}: {what}" for path in sources() for what in rule(path, path.read_text("utf-8"))]
    assert broken == []


def test_the_usual_file_is_short():
    assert median(path.read_text("utf-8").count("\n") for path in sources() if path.stat().st_size) < USUAL


def test_templates_and_styles_are_readable_too():
    files = [*ROOT.glob("app/static/**/*.css"), *ROOT.glob("app/static/**/*.js"), *ROOT.glob("*/**/templates/**/*.html")]
    assert [path.name for path in files if path.read_text("utf-8").count("\n") > LONGEST] == []


@pytest.mark.parametrize(
    ("rule", "file", "bad", "good"),
    [
        (readable_in_one_sitting, "app/a.py", "x = 1\n" * 401, "x = 1\n" * 400),
        (no_raw_sql, "app/a.py", "from sqlalchemy import text\ntext('SELECT 1')", "from words import text\ntext('SELECT 1')"),
        (no_raw_sql, "app/a.py", "from sqlalchemy import text as t\nt('SELECT 1')", "def text(): ...\ntext()"),
        (no_raw_sql, "app/a.py", "import sqlalchemy as sa\nsa.text('SELECT 1')", "page.text('SELECT 1')"),
        (money_is_whole_cents, "app/a.py", "amount: float = 0.1", "amount: int = 10"),
        (money_is_whole_cents, "app/a.py", "def pay(cents: float): ...", "def wait(seconds: float): ..."),
        (money_is_whole_cents, "app/a.py", "float(row.price)", "float(row.seconds)"),
        (money_is_whole_cents, "app/a.py", "from sqlalchemy import Float", "from sqlalchemy import Integer"),
        (
            looks_are_named_for_people,
            "blueprints/a.py",
            "across_schools('operator looks')",
            "across_schools(N_('A school'))\nacross_schools('the relay', routine=True)",
        ),
        (imports_on_top, "app/a.py", "def f():\n    from app.web import page", "def f():\n    import json"),
    ],
)
def test_a_planted_violation_is_found(rule, file, bad, good):
    assert list(rule(ROOT / file, bad))
    assert list(rule(ROOT / file, good)) == []


def test_a_drawer_is_found():
    assert list(named_for_what_it_holds(ROOT / "app" / "utils.py", ""))
    assert not list(named_for_what_it_holds(ROOT / "app" / "ids.py", ""))


def test_the_tenancy_and_the_models_may_write_sql():
    raw = "from sqlalchemy import text\ntext('SELECT 1')"
    assert not list(no_raw_sql(ROOT / "app" / "tenancy" / "session.py", raw))
    assert not list(no_raw_sql(ROOT / "app" / "models" / "outbox.py", raw))
