"""`python -m app.local.schema`: do the migrations, forth, back and forth again, make exactly the tables of the models?"""

from __future__ import annotations

import sys

from alembic.util import CommandError

from app.local import migrate
from app.local.testing import Run


def main() -> int:
    """Try it on a throw-away server. Returns the exit status: 1 when models and migrations differ."""
    run = Run.begin()
    try:
        owner = run.copy("schema").owner
        migrate.downgrade(owner, "base")
        migrate.upgrade(owner)
        migrate.check(owner)
    except CommandError as difference:
        print(f"schema: {difference}", file=sys.stderr)
        return 1
    finally:
        run.drop("schema")
        run.finish()
    print("schema: the migrations make what the models say, and take it back")
    return 0


if __name__ == "__main__":
    sys.exit(main())
