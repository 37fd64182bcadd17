"""Retention of the audit by signed checkpoints, a mark of how far each chain of seals has come, and details of account mails."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

MOMENT = sa.DateTime(timezone=True)
KEPT = ("audit_event", "platform_event", "audit_seal", "platform_seal")
CHECKPOINTS = ("audit_checkpoint", "platform_checkpoint")
#: what the owner of the tables sees of a school, through its forced wall: nothing, and what a checkpoint lets go
EXPIRED = {
    "audit_event": """EXISTS (SELECT FROM audit_checkpoint c WHERE c.school_id = audit_event.school_id
        AND (audit_event.xid, audit_event.seq) < (c.until_xid, c.until_seq))""",
    "audit_seal": """EXISTS (SELECT FROM audit_checkpoint c WHERE c.school_id = audit_seal.school_id
        AND audit_seal.number <= c.seal)""",
    "audit_value": """EXISTS (SELECT FROM audit_event e WHERE e.school_id = audit_value.school_id
        AND e.id = audit_value.event_id)""",  # which the owner sees only where it has expired
}
REFUSE = """
CREATE FUNCTION audit_refuse_unless_expired() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    CASE TG_TABLE_NAME
      WHEN 'audit_event' THEN PERFORM FROM audit_checkpoint c
        WHERE c.school_id = OLD.school_id AND (OLD.xid, OLD.seq) < (c.until_xid, c.until_seq);
      WHEN 'platform_event' THEN PERFORM FROM platform_checkpoint c WHERE (OLD.xid, OLD.seq) < (c.until_xid, c.until_seq);
      WHEN 'audit_seal' THEN PERFORM FROM audit_checkpoint c WHERE c.school_id = OLD.school_id AND OLD.number <= c.seal;
      WHEN 'platform_seal' THEN PERFORM FROM platform_checkpoint c WHERE OLD.number <= c.seal;
    END CASE;
    IF FOUND THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'insufficient_privilege';
END $$
"""
# A checkpoint stands at a seal as it is in the chain, after the one before, and never at one of the last year.
FITS = """
CREATE FUNCTION audit_checkpoint_fits() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE last bigint; last_seal bigint;
BEGIN
  IF TG_TABLE_NAME = 'audit_checkpoint' THEN
    SELECT max(c.number), max(c.seal) INTO last, last_seal FROM audit_checkpoint c WHERE c.school_id = NEW.school_id;
    PERFORM FROM audit_seal s WHERE s.school_id = NEW.school_id AND s.number = NEW.seal AND s.hash = NEW.head
      AND (s.until_xid, s.until_seq) = (NEW.until_xid, NEW.until_seq) AND s.at = NEW.until_at
      AND s.at < clock_timestamp() - interval '1 year';
  ELSE
    SELECT max(c.number), max(c.seal) INTO last, last_seal FROM platform_checkpoint c;
    PERFORM FROM platform_seal s WHERE s.number = NEW.seal AND s.hash = NEW.head
      AND (s.until_xid, s.until_seq) = (NEW.until_xid, NEW.until_seq) AND s.at = NEW.until_at
      AND s.at < clock_timestamp() - interval '1 year';
  END IF;
  IF NOT FOUND OR NEW.number <> coalesce(last, 0) + 1 OR NEW.seal <= coalesce(last_seal, 0) THEN
    RAISE EXCEPTION 'no checkpoint of the audit can stand here' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""
# One seal a call, with its events and their values: what is left is a whole log after each. NULL where nothing is left to remove.
EXPIRE = """
CREATE FUNCTION audit_expire(of_school integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE low record; gone bigint;
BEGIN
  IF of_school IS NULL THEN
    SELECT s.number, s.until_xid, s.until_seq INTO low FROM platform_seal s
      WHERE s.number <= (SELECT max(c.seal) FROM platform_checkpoint c) ORDER BY s.number LIMIT 1;
    IF low IS NULL THEN
      RETURN NULL;
    END IF;
    DELETE FROM platform_value v USING platform_event e
      WHERE v.event_id = e.id AND (e.xid, e.seq) < (low.until_xid, low.until_seq);
    DELETE FROM platform_event e WHERE (e.xid, e.seq) < (low.until_xid, low.until_seq);
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM platform_seal s WHERE s.number = low.number;
  ELSE
    SELECT s.number, s.until_xid, s.until_seq INTO low FROM audit_seal s WHERE s.school_id = of_school
      AND s.number <= (SELECT max(c.seal) FROM audit_checkpoint c WHERE c.school_id = of_school) ORDER BY s.number LIMIT 1;
    IF low IS NULL THEN
      RETURN NULL;
    END IF;
    DELETE FROM audit_value v USING audit_event e WHERE v.school_id = of_school AND e.school_id = of_school
      AND v.event_id = e.id AND (e.xid, e.seq) < (low.until_xid, low.until_seq);
    DELETE FROM audit_event e WHERE e.school_id = of_school AND (e.xid, e.seq) < (low.until_xid, low.until_seq);
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM audit_seal s WHERE s.school_id = of_school AND s.number = low.number;
  END IF;
  RETURN gone;
END $$
"""
# What was sealed until now is marked by the migration; the owner sees no school's rows, so it becomes the platform for it.
MARK = """
INSERT INTO audit_mark (stream, number, until_xid, hash)
SELECT DISTINCT ON (school_id) 'school:' || school_id, number, until_xid, hash FROM audit_seal ORDER BY school_id, number DESC
"""
MARK_PLATFORM = """
INSERT INTO audit_mark (stream, number, until_xid, hash)
SELECT 'platform', number, until_xid, hash FROM platform_seal ORDER BY number DESC LIMIT 1
"""


def upgrade() -> None:
    for table, of_school in zip(CHECKPOINTS, (True, False), strict=True):
        op.create_table(
            table,
            *([sa.Column("school_id", sa.Integer(), nullable=False)] if of_school else []),
            sa.Column("id", sa.Uuid(), nullable=False),
            sa.Column("number", sa.BigInteger(), nullable=False),
            sa.Column("seal", sa.BigInteger(), nullable=False),
            sa.Column("until_xid", sa.BigInteger(), nullable=False),
            sa.Column("until_seq", sa.BigInteger(), nullable=False),
            sa.Column("until_at", MOMENT, nullable=False),
            sa.Column("head", sa.LargeBinary(), nullable=False),
            sa.Column("events", sa.BigInteger(), nullable=False),
            sa.Column("digest", sa.LargeBinary(), nullable=False),
            sa.Column("previous", sa.LargeBinary(), nullable=False),
            sa.Column("hash", sa.LargeBinary(), nullable=False),
            sa.Column("key", sa.LargeBinary(), nullable=False),
            sa.Column("signature", sa.LargeBinary(), nullable=False),
            sa.Column("at", MOMENT, nullable=False),
            *([sa.ForeignKeyConstraint(["school_id"], ["school.id"])] if of_school else []),
            sa.PrimaryKeyConstraint(*(["school_id"] if of_school else []), "id"),
            sa.UniqueConstraint(*(["school_id"] if of_school else []), "number", name=f"{table}_number"),
        )
    op.tenant_table("audit_checkpoint", rights="SELECT", platform_rights="SELECT, INSERT")
    op.platform_table("platform_checkpoint", platform="SELECT, INSERT")
    op.create_table(
        "audit_mark",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("until_xid", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream"),
    )
    op.platform_table("audit_mark", platform="SELECT, INSERT, UPDATE")
    op.add_column("account_mail", sa.Column("details", postgresql.JSONB(), nullable=True))
    for statement in (REFUSE, FITS, EXPIRE, *_guards(), *_sights()):
        op.execute(statement)
    op.execute("REVOKE ALL ON FUNCTION audit_expire(integer) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION audit_expire(integer) TO umthi_platform")
    for statement in ("SET LOCAL ROLE umthi_platform", MARK, MARK_PLATFORM, "RESET ROLE"):
        op.execute(statement)


def _guards() -> Iterator[str]:
    """The triggers of the tables that only a checkpoint lets shrink, and of the checkpoints, which nobody changes."""
    for table in KEPT:
        yield f"DROP TRIGGER refuse ON {table}"
        yield (
            f"CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse_unless_expired()"
        )
    for table in CHECKPOINTS:
        yield f"CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        yield f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        yield f"CREATE TRIGGER fits BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION audit_checkpoint_fits()"


def _sights() -> Iterator[str]:
    """What the owner may see and remove: `audit_expire` runs as the owner, and the walls are forced."""
    yield "CREATE POLICY expired_seen ON audit_checkpoint FOR SELECT TO umthi_owner USING (true)"
    for table, expired in EXPIRED.items():
        yield f"CREATE POLICY expired_seen ON {table} FOR SELECT TO umthi_owner USING ({expired})"
        yield f"CREATE POLICY expired_removed ON {table} FOR DELETE TO umthi_owner USING ({expired})"


def downgrade() -> None:
    op.drop_column("account_mail", "details")
    op.execute("DROP FUNCTION audit_expire(integer)")
    for table in EXPIRED:
        op.execute(f"DROP POLICY expired_seen ON {table}")
        op.execute(f"DROP POLICY expired_removed ON {table}")
    for table in KEPT:
        op.execute(f"DROP TRIGGER refuse ON {table}")
        op.execute(f"CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()")
    op.drop_table("audit_mark")
    for table in CHECKPOINTS:
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_refuse_unless_expired(), audit_checkpoint_fits()")
