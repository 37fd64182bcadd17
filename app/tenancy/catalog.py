"""What `pg_catalog` says of the walls: every breach, by name. A test wants the list empty."""

from collections.abc import Collection, Mapping
from itertools import chain

from sqlalchemy import Connection, text

from app.tenancy.roles import APP, OWNER, PLATFORM

# Each query returns (what, why) for every breach. `tenant` is any table with a school_id.
_TABLES = """
tenant AS (
  SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, a.attnum
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'school_id'
  WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped)
"""
# The policy's expression as PostgreSQL prints it, quoted once more.
_OF_THE_SCHOOL = "(school_id = (NULLIF(current_setting(''app.school_id''::text, true), ''''::text))::integer)"
_CHECKS: Mapping[str, str] = {
    "has no ENABLE and FORCE ROW LEVEL SECURITY": """
      SELECT relname FROM tenant WHERE NOT (relrowsecurity AND relforcerowsecurity)""",
    "has other policies than the two": f"""
      SELECT relname FROM tenant WHERE ARRAY[
        '{PLATFORM}|*|t|true|',
        '{APP}|*|t|{_OF_THE_SCHOOL}|'
      ]::text[] IS DISTINCT FROM (
        SELECT array_agg(concat_ws('|', (SELECT string_agg(rolname, ',') FROM pg_roles
                 WHERE oid = ANY (polroles)), polcmd, polpermissive, pg_get_expr(polqual, polrelid),
                 coalesce(pg_get_expr(polwithcheck, polrelid), '')) ORDER BY polname)
        FROM pg_policy WHERE polrelid = tenant.oid)""",
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
    f"is not owned by {OWNER}": f"""
      SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relkind IN ('r', 'p', 'v', 'm', 'S') AND relowner <> '{OWNER}'::regrole""",
    "has no school_id and is not a known table of the platform": """
      SELECT relname FROM pg_class c WHERE relkind IN ('r', 'p', 'f', 'm')
        AND relnamespace = 'public'::regnamespace AND relname <> ALL (:platform_tables)
        AND oid NOT IN (SELECT oid FROM tenant)""",
    "is a view without security_invoker": """
      SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
        AND NOT coalesce(reloptions && '{security_invoker=true,security_invoker=on}', false)""",
    "is a SECURITY DEFINER function that is not listed": """
      SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
        AND proname <> ALL (:definers)""",
    "may do more than it should": f"""
      SELECT grantee::regrole || ' on ' || c.relname || ': ' || privilege_type
      FROM pg_class c, aclexplode(c.relacl)
      WHERE c.relnamespace = 'public'::regnamespace AND (grantee = 0 OR privilege_type IN
        ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') AND grantee <> c.relowner)
      UNION ALL SELECT r.rolname || ' CREATE on public' FROM pg_roles r
      WHERE r.rolname IN ('{APP}', '{PLATFORM}')
        AND has_schema_privilege(r.oid, 'public', 'CREATE')""",
    "is a role that can step over the walls": f"""
      SELECT rolname FROM pg_roles WHERE rolname IN ('{OWNER}', '{APP}', '{PLATFORM}')
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
      UNION ALL SELECT member::regrole || ', who may become ' || roleid::regrole
      FROM pg_auth_members WHERE member IN ('{APP}'::regrole, '{PLATFORM}'::regrole)
      UNION ALL SELECT '{OWNER}, who inherits {PLATFORM},'
      WHERE pg_has_role('{OWNER}', '{PLATFORM}', 'USAGE')""",
}


def breaches(connection: Connection, *, platform_tables: Collection[str], definers: Collection[str] = ()) -> list[str]:
    """One sentence for each thing in the schema that would let a row cross, sorted.

    `platform_tables` are the tables that belong to no school, `definers` the reviewed
    SECURITY DEFINER functions. Any role may ask.
    """
    known = {"platform_tables": list(platform_tables), "definers": list(definers)}
    return sorted(
        chain.from_iterable(
            (f"{what} {why}" for what in connection.scalars(text(f"WITH {_TABLES} {query}"), known))
            for why, query in _CHECKS.items()
        )
    )
