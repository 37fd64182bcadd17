"""What a table of a school looks like: its key, and references that cannot leave the school."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.ids import uuid7
from app.tenancy.scope import current_school_id


class Tenant:
    """Mix in before `db.Model`: primary key (school_id, id), filtered by the ORM wall."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-8)

    @declared_attr
    def school_id(cls) -> Mapped[int]:  # noqa: N805  it is called on the class
        return mapped_column(ForeignKey("school.id"), primary_key=True, default=current_school_id, sort_order=-9)

    def __init__(self, **values: Any) -> None:
        values.setdefault("id", uuid7())  # known before the flush: audit rows and jobs name it
        super().__init__(**values)


def school_key(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """The foreign key from `column` to a row of the same school in `table`.

    `ondelete="SET NULL"` empties `column` alone, never school_id (PostgreSQL 15).
    """
    if ondelete == "SET NULL":
        ondelete = f"SET NULL ({column})"
    return ForeignKeyConstraint(
        ["school_id", column],
        [f"{table}.school_id", f"{table}.id"],
        name=f"{column}_fkey",
        ondelete=ondelete,
    )


class _InSchool:
    """A relationship that compares school and id, but writes only the id column.

    SQLAlchemy's own reading of a composite key would write school_id too: two of them warn of
    overlaps, and setting one to None tries to blank out the primary key.
    """

    def __init__(self, target: str, join: str, options: dict[str, Any]) -> None:
        self.target, self.join, self.options = target, join, options

    def __set_name__(self, owner: type[Any], name: str) -> None:
        """Become the relationship, now that the model it stands in has a name."""
        join = self.join.format(mine=owner.__name__, theirs=self.target)
        join = f"and_({owner.__name__}.school_id == remote({self.target}.school_id), {join})"
        setattr(owner, name, relationship(self.target, primaryjoin=join, **self.options))


def belongs_to(target: str, column: str, **options: Any) -> Any:
    """The one row of `target` (a model's name) that `column` of this model refers to."""
    join = f"foreign({{mine}}.{column}) == remote({{theirs}}.id)"
    return _InSchool(target, join, options)


def has_many(target: str, column: str, **options: Any) -> Any:
    """The rows of `target` (a model's name) whose `column` refers to this row.

    What becomes of them when this row goes is the foreign key's business (`ondelete`).
    """
    join = f"{{mine}}.id == remote(foreign({{theirs}}.{column}))"
    return _InSchool(target, join, {"passive_deletes": True} | options)
