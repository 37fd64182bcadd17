"""The import contracts of setup.cfg are kept, and each is broken by a planted import, also by one that hides in a function."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")
IN_A_FUNCTION = "\n\ndef _hidden():\n    {}\n"

#: what is planted -> the contract that it breaks
PLANTED = {
    "house": ("app/web/page.py", "import blueprints"),
    "house, in a function": ("app/domain/notices.py", IN_A_FUNCTION.format("from blueprints.notices import queries")),
    "core": ("app/models/person.py", "import app.access.who"),
    "core, two steps down": ("app/clock.py", "import app.tenancy.scope"),
    "core, in a function": ("app/tenancy/scope.py", IN_A_FUNCTION.format("import app.models.person")),
    "core, side by side": ("app/config.py", "import app.clock"),
    "core, exports and delivery apart": ("app/exports/dataset.py", "import app.delivery.states"),
    "core, a part without a place": ("app/helpers.py", ""),
    "areas": ("blueprints/audit/queries.py", "import blueprints.notices.queries"),
    "areas, in a function": ("blueprints/portal/routes.py", IN_A_FUNCTION.format("import blueprints.operator.routes")),
    "anatomy": ("blueprints/notices/queries.py", "import blueprints.notices.operations"),
    "anatomy, forms": ("blueprints/notices/operations.py", "import blueprints.notices.forms"),
    "plain": ("blueprints/notices/operations.py", "import flask"),
    "plain, forms": ("blueprints/audit/queries.py", "from wtforms import Form"),
    "local": ("app/local/postgres.py", "import app.web.page"),
    "without_local": ("app/work/relay.py", "import app.local.postgres"),
}


def _lint(house: Path) -> tuple[int, str]:
    done = subprocess.run([LINTER, "--no-cache", "--no-logo"], cwd=house, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _names() -> dict[str, str]:
    """The contracts by their key."""
    settings = configparser.ConfigParser()
    settings.read(HOUSE / "setup.cfg")
    prefix = "importlinter:contract:"
    return {key.removeprefix(prefix): settings[key]["name"] for key in settings.sections() if key.startswith(prefix)}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources alone, to plant in."""
    house = tmp_path_factory.mktemp("house")
    shutil.copy(HOUSE / "setup.cfg", house)
    for package in ("app", "blueprints"):
        shutil.copytree(
            HOUSE / package, house / package, ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".py")]
        )
    return house


def test_the_contracts_are_kept() -> None:
    code, said = _lint(HOUSE)
    assert code == 0, said


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_import_breaks_its_contract(plant: str, copy: Path) -> None:
    place, line = PLANTED[plant]
    name = _names()[plant.partition(",")[0]]
    file = copy / place
    before = file.read_text() if file.exists() else None
    file.write_text(f"{before or ''}\n{line}\n")
    try:
        code, said = _lint(copy)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before)
    assert code == 1, said
    assert f"{name} BROKEN" in re.sub(r"\s+", " ", said)


def test_every_contract_has_a_planted_violation() -> None:
    assert {plant.partition(",")[0] for plant in PLANTED} == set(_names())


def test_nothing_imports_the_composition_root() -> None:
    """The linter knows packages only, and wsgi is a module."""
    sources = [*HOUSE.glob("app/**/*.py"), *HOUSE.glob("blueprints/**/*.py")]
    assert [s for s in sources if re.search(r"^\s*(?:from|import) wsgi\b", s.read_text(), re.MULTILINE)] == []
