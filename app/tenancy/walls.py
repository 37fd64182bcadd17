"""The database wall: what makes a table a school's or the platform's. Migrations say it in one line a table."""

from collections.abc import Iterator

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import CreateTableOp, MigrationScript

from app.tenancy.roles import APP, PLATFORM

SCHOOL = "nullif(current_setting('app.school_id', true), '')::int"


ALL = "SELECT, INSERT, UPDATE, DELETE"


def walls(table: str, column: str, rights: str, platform_rights: str) -> Iterator[str]:
    """The statements that make `table` one of the school named in `column`."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY school ON {table} TO {APP} USING ({column} = {SCHOOL})"
    yield f"CREATE POLICY platform ON {table} TO {PLATFORM} USING (true)"
    if rights:  # some rows are about a school, and not for it
        yield f"GRANT {rights} ON {table} TO {APP}"
    yield f"GRANT {platform_rights} ON {table} TO {PLATFORM}"


@Operations.register_operation("tenant_table")
class TenantTableOp(MigrateOperation):
    """`op.tenant_table("notice")`, the line after `op.create_table("notice", …)`."""

    def __init__(self, table: str, column: str = "school_id", rights: str = ALL, platform_rights: str = ALL) -> None:
        self.table, self.column = table, column
        self.rights, self.platform_rights = rights, platform_rights

    @classmethod
    def tenant_table(
        cls, operations: Operations, table: str, *, column: str = "school_id", rights: str = ALL, platform_rights: str = ALL
    ) -> None:
        """Put `table` behind the wall; `rights` is what umthi_app may do, `platform_rights` what umthi_platform may."""
        operations.invoke(cls(table, column, rights, platform_rights))


@Operations.implementation_for(TenantTableOp)
def _build(operations: Operations, operation: TenantTableOp) -> None:
    for statement in walls(operation.table, operation.column, operation.rights, operation.platform_rights):
        operations.execute(statement)


@Operations.register_operation("platform_table")
class PlatformTableOp(MigrateOperation):
    """`op.platform_table("person")`: a table of no school, by default closed to umthi_app."""

    @classmethod
    def platform_table(cls, operations: Operations, table: str, *, app: str = "", platform: str = ALL) -> None:
        """Give `table` to umthi_platform with the rights in `platform`; `app` is what every school may do."""
        operations.execute(f"GRANT {platform} ON {table} TO {PLATFORM}")
        if app:
            operations.execute(f"GRANT {app} ON {table} TO {APP}")


@renderers.dispatch_for(TenantTableOp)
def _render(_context: AutogenContext, operation: TenantTableOp) -> str:
    return f"op.tenant_table({operation.table!r})"


def add_walls(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
    """For `process_revision_directives`: autogenerate writes the line by itself."""
    for script in scripts:
        for upgrade in script.upgrade_ops_list:
            for operation in tuple(upgrade.ops):
                if isinstance(operation, CreateTableOp) and any(
                    getattr(column, "name", "") == "school_id" for column in operation.columns
                ):
                    place = upgrade.ops.index(operation) + 1
                    upgrade.ops.insert(place, TenantTableOp(operation.table_name))
