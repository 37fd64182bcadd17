"""Demo schools, and schools in numbers to measure with."""

from __future__ import annotations

import click

from app.commands.command import CannotRun, Command, in_app, the_app
from app.extensions import current_settings
from app.seed.platform import seed as seed_demo
from app.seed.scale import seed as seed_many


@click.group()
def seed() -> None:
    """Fill the database, never in production."""


@seed.command(cls=Command)
@in_app
def baseline() -> None:
    """Make the two demo schools, or add what a newer version brings."""
    _refuse_production()
    click.echo(seed_demo(the_app()))


@seed.command(cls=Command)
@click.option("--schools", type=click.IntRange(1), required=True, help="how many more schools")
@click.option("--learners", type=click.IntRange(1), required=True, help="learners of each school")
@in_app
def scale(schools: int, learners: int) -> None:
    """Add many schools with generated people and notices."""
    _refuse_production()
    click.echo(seed_many(the_app(), schools=schools, learners=learners))


def _refuse_production() -> None:
    if current_settings().is_production:
        raise CannotRun("Demo data is never made in production.")
