"""What `pg_catalog` says of the walls: every breach, by name. A test wants the list empty."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, TextClause, text

from app.tenancy.roles import APP, BACKUP, OWNER, PLATFORM

_ROLES = {"{APP}": APP, "{BACKUP}": BACKUP, "{OWNER}": OWNER, "{PLATFORM}": PLATFORM}
_LISTS = ("platform_tables", "append_only", "definers", "expiring")

# `tenant` is any table with a school_id; `walled` are those and the school itself, whose own number is the school.
_TABLES = """
walled AS (
  SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, a.attnum, a.attname
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
    AND a.attname = CASE c.relname WHEN 'school' THEN 'id' ELSE 'school_id' END
  WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace),
tenant AS (SELECT * FROM walled WHERE attname = 'school_id'),
acl AS (
  SELECT c.oid, c.relname, c.relname::text AS place, c.relowner, NULL::text AS attname, x.grantee, x.privilege_type AS verb
  FROM pg_class c, aclexplode(c.relacl) x WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT c.oid, c.relname, c.relname || '.' || a.attname, c.relowner, a.attname, x.grantee, x.privilege_type
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x
  WHERE c.relnamespace = 'public'::regnamespace)
"""

# Each query returns what breaches. The policy's expression is as PostgreSQL prints it.
_CHECKS: Mapping[str, str] = {
    "has no ENABLE and FORCE ROW LEVEL SECURITY": """
      SELECT relname FROM walled WHERE NOT (relrowsecurity AND relforcerowsecurity)""",
    "has other policies than the two": """
      SELECT relname FROM walled WHERE ARRAY[
        '{PLATFORM}|*|t|true|',
        '{APP}|*|t|(' || attname || $$ = (NULLIF(current_setting('app.school_id'::text, true), ''::text))::integer)|$$
      ]::text[] IS DISTINCT FROM (
        SELECT array_agg(concat_ws('|', (SELECT string_agg(rolname, ',') FROM pg_roles
                 WHERE oid = ANY (polroles)), polcmd, polpermissive, pg_get_expr(polqual, polrelid),
                 coalesce(pg_get_expr(polwithcheck, polrelid), '')) ORDER BY polname)
        FROM pg_policy WHERE polrelid = walled.oid AND NOT (relname = ANY (:expiring) AND polname ~ '^expired_'
          AND polroles = ARRAY['{OWNER}'::regrole::oid] AND polcmd IN ('r', 'd') AND pg_get_expr(polqual, polrelid) IS NOT NULL
          AND (pg_get_expr(polqual, polrelid) <> 'true' OR polcmd = 'r')))""",
    "has another primary key than (school_id, id)": """
      SELECT relname FROM tenant WHERE ARRAY['school_id', 'id']::text[] IS DISTINCT FROM (
        SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_constraint p,
          unnest(p.conkey) WITH ORDINALITY k(attnum, place) JOIN pg_attribute a USING (attnum)
        WHERE p.conrelid = tenant.oid AND p.contype = 'p' AND a.attrelid = tenant.oid)""",
    "is unique, or excludes, across schools": """
      SELECT i.indexrelid::regclass::text FROM pg_index i JOIN tenant ON tenant.oid = i.indrelid
      WHERE (i.indisunique OR i.indisexclusion) AND i.indkey[0] <> tenant.attnum""",
    "refers to another table's row without school_id": """
      SELECT t.relname || '.' || f.conname FROM pg_constraint f
      JOIN tenant t ON t.oid = f.conrelid JOIN tenant other ON other.oid = f.confrelid
      WHERE f.contype = 'f' AND NOT EXISTS (
        SELECT FROM unnest(f.conkey, f.confkey) k(mine, theirs)
        WHERE k.mine = t.attnum AND k.theirs = other.attnum)""",
    "is not owned by {OWNER}": """
      SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relkind IN ('r', 'p', 'v', 'm', 'S') AND relowner <> '{OWNER}'::regrole""",
    "has no school_id and is not a known table of the platform": """
      SELECT relname FROM pg_class c WHERE relkind IN ('r', 'p', 'f', 'm')
        AND relnamespace = 'public'::regnamespace AND relname <> ALL (:platform_tables)
        AND oid NOT IN (SELECT oid FROM walled)""",
    "is a materialised view, which no wall stands before": """
      SELECT relname FROM pg_class WHERE relkind = 'm' AND relnamespace = 'public'::regnamespace""",
    "is a schema beside public": """
      SELECT nspname FROM pg_namespace WHERE nspname NOT IN ('public', 'information_schema') AND nspname !~ '^pg_'""",
    "is a view without security_invoker": """
      SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
        AND NOT coalesce(reloptions && '{security_invoker=true,security_invoker=on}', false)""",
    "is a SECURITY DEFINER function that is not listed": """
      SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
        AND proname <> ALL (:definers)""",
    "is a SECURITY DEFINER function that looks for names where its caller can put some": """
      SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
        AND NOT coalesce('search_path=pg_catalog, public, pg_temp' = ANY (proconfig), false)""",
    "is not append-only": """
      SELECT grantee::regrole || ' on ' || place || ': ' || verb FROM acl
      WHERE relname = ANY (:append_only) AND grantee <> relowner AND NOT (
        verb = 'SELECT' OR verb = 'INSERT' AND attname NOT IN ('seq', 'at')
        AND grantee IN ('{APP}'::regrole, '{PLATFORM}'::regrole))
        OR relname = ANY (:append_only) AND verb = 'INSERT' AND attname IS NULL AND grantee <> relowner
      UNION ALL SELECT name || ', which lacks the trigger ' || wanted || ','
      FROM unnest(:append_only) name, unnest('{stamp,refuse,refuse_truncate}'::text[]) wanted WHERE NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = to_regclass(name) AND tgname = wanted AND tgenabled IN ('O', 'A'))""",
    "may do more than it should": """
      SELECT grantee::regrole || ' on ' || place || ': ' || verb FROM acl
      WHERE grantee = 0 OR verb IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') AND grantee <> relowner
      UNION ALL SELECT r.rolname || ' CREATE on public' FROM pg_roles r
      WHERE r.rolname IN ('{APP}', '{PLATFORM}')
        AND has_schema_privilege(r.oid, 'public', 'CREATE')""",
    "is more than a reader": """
      SELECT b.rolname || ' on ' || relname || ': ' || wanted
      FROM pg_roles b, pg_class c, unnest('{INSERT,UPDATE,DELETE,TRUNCATE}'::text[]) wanted
      WHERE b.rolname = '{BACKUP}' AND relkind IN ('r', 'p', 'v') AND relnamespace = 'public'::regnamespace
        AND has_table_privilege(b.oid, c.oid, wanted)
      UNION ALL SELECT rolname FROM pg_roles
      WHERE rolname = '{BACKUP}' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication)""",
    "is a role that can step over the walls": """
      SELECT rolname FROM pg_roles WHERE rolname IN ('{OWNER}', '{APP}', '{PLATFORM}')
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
      UNION ALL SELECT member::regrole || ', who may become ' || roleid::regrole || ','
      FROM pg_auth_members WHERE member IN ('{APP}'::regrole, '{PLATFORM}'::regrole)
        OR member = '{OWNER}'::regrole AND roleid <> '{PLATFORM}'::regrole
      UNION ALL SELECT '{OWNER}, who inherits {PLATFORM},'
      WHERE pg_has_role('{OWNER}', '{PLATFORM}', 'USAGE')""",
}
_RIGHTS = """
SELECT acl.relname, r.rolname, verb, string_agg(a.attname, ', ' ORDER BY a.attnum)
FROM acl JOIN pg_roles r ON r.oid = grantee JOIN pg_class c ON c.oid = acl.oid AND c.relkind IN ('r', 'p')
LEFT JOIN pg_attribute a ON a.attrelid = acl.oid AND a.attname = acl.attname
WHERE r.rolname IN ('{APP}', '{PLATFORM}') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


class Right(NamedTuple):
    """A role may do `verb` (SELECT, …) with `table`; `columns` names the only ones, None means all of them."""

    table: str
    role: str
    verb: str
    columns: str | None


def breaches(
    connection: Connection,
    *,
    platform_tables: Collection[str],
    append_only: Collection[str] = (),
    definers: Collection[str] = (),
    expiring: Collection[str] = (),
) -> list[str]:
    """One sentence for each thing in the schema that would let a row cross, or an event be changed; sorted.

    `platform_tables` are the tables that belong to no school, `append_only` those whose rows nobody may change, `definers` the
    reviewed SECURITY DEFINER functions, `expiring` the tables on which policies `expired_…` let the owner see and remove what
    has been kept long enough. Any role may ask.
    """
    known = dict(zip(_LISTS, map(list, (platform_tables, append_only, definers, expiring)), strict=True))
    return sorted(
        chain.from_iterable(
            (f"{what} {_named(why)}" for what in connection.execute(*_asked(query, known)).scalars())
            for why, query in _CHECKS.items()
        )
    )


def rights(connection: Connection) -> list[Right]:
    """What the two roles of the running application may do with each table, as the grants say; sorted."""
    return [Right(*row) for row in connection.execute(*_asked(_RIGHTS, {}))]


def _asked(query: str, known: Mapping[str, list[str]]) -> tuple[TextClause, dict[str, list[str]]]:
    """The query with its lists typed, for of an empty one the driver cannot tell what it holds, and the lists that it names."""
    lists = {name: known[name] for name in _LISTS if f":{name}" in query}
    for name in lists:
        query = query.replace(f":{name}", f"CAST(:{name} AS text[])")
    return text(f"WITH {_TABLES} {_named(query)}"), lists


def _named(template: str) -> str:
    for token, role in _ROLES.items():
        template = template.replace(token, role)
    return template
