"""Billing of schools: plans, accounts, subscriptions, invoices, payments, the ledger, and the inbox of providers' events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.tenancy.walls import ALL

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
JSON = postgresql.JSONB()
# The ledger: rows are added and never changed, and what is added in one transaction sums to zero for each of its own.
LEDGER = (
    """
    CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'insufficient_privilege';
    END $$
    """,
    """
    CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      one uuid := CASE TG_TABLE_NAME WHEN 'ledger_entry' THEN (to_jsonb(NEW) ->> 'transaction_id')::uuid ELSE NEW.id END;
      total numeric;
      currencies int;
      entries int;
    BEGIN
      SELECT sum(amount), count(DISTINCT currency), count(*) INTO total, currencies, entries
      FROM public.ledger_entry WHERE school_id = NEW.school_id AND transaction_id = one;
      IF entries < 2 OR total <> 0 OR currencies <> 1 THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero in one currency', one USING ERRCODE = 'check_violation';
      END IF;
      RETURN NULL;
    END $$
    """,
    # A row that is seen, of a transaction of the database in progress, is our own: a savepoint's number is not ours.
    """
    CREATE FUNCTION ledger_entry_joins() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      whole CONSTANT bigint := 4294967296;
      mine bigint := pg_current_xact_id()::text::bigint;
      born bigint;
    BEGIN
      SELECT xmin::text::bigint INTO born
      FROM public.ledger_transaction WHERE school_id = NEW.school_id AND id = NEW.transaction_id;
      IF born IS DISTINCT FROM mine % whole AND born IS NOT NULL THEN
        born := mine - mine % whole + born;
        born := born + CASE WHEN born - mine > whole / 2 THEN -whole WHEN mine - born > whole / 2 THEN whole ELSE 0 END;
        IF born < 3 OR pg_xact_status(born::text::xid8) IS DISTINCT FROM 'in progress' THEN
          RAISE EXCEPTION 'ledger transaction % is complete', NEW.transaction_id USING ERRCODE = 'insufficient_privilege';
        END IF;
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER joins BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_entry_joins()",
    *(
        statement
        for table in ("ledger_transaction", "ledger_entry")
        for statement in (
            f"CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
            f"CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION ledger_balances()",
        )
    ),
)
# What was issued never changes: of an invoice with a number only how it stands, what is paid, and when it is tried again.
# It begins as a draft, so that its lines are there, and are what it says, when it becomes final.
ISSUED = (
    """
    CREATE FUNCTION invoice_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      moving text[] := ARRAY['state', 'paid', 'ended_at', 'retry_at'];
      net_sum bigint;
      vat_sum bigint;
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.finalised_at IS NOT NULL THEN
          RAISE EXCEPTION 'an invoice begins as a draft' USING ERRCODE = 'insufficient_privilege';
        END IF;
      ELSIF OLD.finalised_at IS NOT NULL THEN
        IF TG_OP = 'DELETE' OR NEW.state = 'draft' OR (OLD.state = 'void' AND NEW.state <> 'void')
          OR (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
          RAISE EXCEPTION 'invoice % is final', OLD.number USING ERRCODE = 'insufficient_privilege';
        END IF;
      ELSIF TG_OP = 'UPDATE' AND NEW.finalised_at IS NOT NULL THEN
        SELECT coalesce(sum(net), 0), coalesce(sum(vat), 0) INTO net_sum, vat_sum
        FROM public.invoice_line WHERE school_id = NEW.school_id AND invoice_id = NEW.id;
        IF (net_sum, vat_sum) IS DISTINCT FROM (NEW.net, NEW.vat) THEN
          RAISE EXCEPTION 'invoice % is not the sum of its lines', NEW.number USING ERRCODE = 'check_violation';
        END IF;
      END IF;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    """
    CREATE FUNCTION invoice_line_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      final timestamptz;
    BEGIN
      FOR final IN
        SELECT finalised_at FROM public.invoice
        WHERE school_id IN (OLD.school_id, NEW.school_id) AND id IN (OLD.invoice_id, NEW.invoice_id) FOR SHARE
      LOOP
        IF final IS NOT NULL THEN
          RAISE EXCEPTION 'the lines of an invoice are final with it' USING ERRCODE = 'insufficient_privilege';
        END IF;
      END LOOP;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION invoice_refuse()",
    "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON invoice_line"
    " FOR EACH ROW EXECUTE FUNCTION invoice_line_refuse()",
    "CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON credit_note FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
)


def upgrade() -> None:
    _plans()
    _accounts()
    _invoices()
    _payments()
    _ledger()
    _webhooks()
    for statement in (*LEDGER, *ISSUED):
        op.execute(statement)
    op.execute("GRANT UPDATE (name, address, vat_number, email) ON billing_account TO umthi_app")


#: tables that the database fills itself, or in bulk
OWN_IDS = ("ledger_entry",)


def _tenant(table: str, *columns: sa.Column[object] | sa.Constraint, rights: str = ALL, platform_rights: str = ALL) -> None:
    op.create_table(
        table,
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()") if table in OWN_IDS else None, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table(table, rights=rights, platform_rights=platform_rights)


def _of(column: str, table: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column], [f"{table}.school_id", f"{table}.id"], name=f"{column}_fkey", ondelete=ondelete
    )


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _plans() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("code"),
        sa.Column("name", JSON, nullable=False),
        sa.Column("is_offered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", name="plan_code"),
    )
    op.platform_table("plan", app="SELECT", platform="SELECT, INSERT, UPDATE")
    op.create_table(
        "plan_price",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        _text("interval"),
        _text("currency"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _text("tax_code"),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("interval IN ('week', 'month', 'quarter', 'year')", name="plan_price_interval"),
        sa.CheckConstraint("tax_code IN ('standard', 'zero', 'exempt', 'outside')", name="plan_price_tax_code"),
        sa.CheckConstraint("amount >= 0", name="plan_price_amount"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("plan_id", "interval", "currency", "effective_from", name="plan_price_once"),
    )
    op.platform_table("plan_price", app="SELECT", platform="SELECT, INSERT")


def _accounts() -> None:
    _tenant(
        "billing_account",
        _text("name"),
        _text("address", default=""),
        _text("vat_number", nullable=True),
        _text("email", nullable=True),
        _text("currency", default="ZAR"),
        sa.Column("minimum_reserve", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("terms_days", sa.Integer(), server_default=sa.text("30"), nullable=False),
        sa.Column("dunning_step", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("dunning_due_at", MOMENT, nullable=True),
        sa.Column("past_due_since", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("minimum_reserve >= 0 AND terms_days BETWEEN 0 AND 120", name="billing_account_terms"),
        sa.UniqueConstraint("school_id", name="billing_account_once"),
        rights="SELECT",
        platform_rights="SELECT, INSERT, UPDATE",
    )
    op.create_index(
        "billing_account_dunning", "billing_account", ["dunning_due_at"], postgresql_where=sa.text("dunning_due_at IS NOT NULL")
    )
    _tenant(
        "subscription",
        sa.Column("price_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("discount", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _text("state", default="active"),
        sa.Column("anchor_day", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("cancel_at_end", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("next_price_id", sa.Uuid(), nullable=True),
        sa.Column("next_quantity", sa.Integer(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("state IN ('trial', 'active', 'past_due', 'ended')", name="subscription_state"),
        sa.CheckConstraint("anchor_day BETWEEN 1 AND 31", name="subscription_anchor"),
        sa.CheckConstraint("period_end > period_start", name="subscription_period"),
        sa.CheckConstraint("quantity > 0 AND discount BETWEEN 0 AND 10000", name="subscription_amounts"),
        sa.ForeignKeyConstraint(["next_price_id"], ["plan_price.id"]),
        sa.ForeignKeyConstraint(["price_id"], ["plan_price.id"]),
        rights="SELECT",
        platform_rights="SELECT, INSERT, UPDATE",
    )
    op.create_index(
        "subscription_one", "subscription", ["school_id"], unique=True, postgresql_where=sa.text("state <> 'ended'")
    )
    op.create_index("subscription_to_renew", "subscription", ["period_end"], postgresql_where=sa.text("state <> 'ended'"))


def _invoices() -> None:
    _tenant(
        "invoice",
        _text("number", nullable=True),
        _text("state", default="draft"),
        _text("kind", default="invoice"),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        _text("currency", default="ZAR"),
        sa.Column("net", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("vat", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("seller", JSON, nullable=True),
        sa.Column("buyer", JSON, nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("finalised_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("retry_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'tax_invoice', 'abridged_tax_invoice')", name="invoice_kind"),
        sa.CheckConstraint("state = 'draft' OR finalised_at IS NOT NULL", name="invoice_final"),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'pending', 'paid', 'failed', 'void', 'uncollectible')", name="invoice_state"
        ),
        sa.CheckConstraint("(number IS NULL) = (finalised_at IS NULL)", name="invoice_number_when_final"),
        sa.CheckConstraint("total = net + vat", name="invoice_total"),
        _of("subscription_id", "subscription"),
        sa.UniqueConstraint("school_id", "number", name="invoice_number"),
        rights="SELECT",
    )
    op.create_index("invoice_newest", "invoice", ["school_id", sa.literal_column("id DESC")])
    op.create_index("invoice_of_state", "invoice", ["school_id", "state", sa.literal_column("id DESC")])
    op.create_index(
        "invoice_period",
        "invoice",
        ["school_id", "subscription_id", "period_start"],
        unique=True,
        postgresql_where=sa.text("subscription_id IS NOT NULL AND state <> 'void'"),
    )
    op.create_index("invoice_to_retry", "invoice", ["retry_at"], postgresql_where=sa.text("retry_at IS NOT NULL"))
    op.create_index(
        "invoice_unpaid", "invoice", ["school_id", "due_on"], postgresql_where=sa.text("state IN ('open', 'pending', 'failed')")
    )
    _tenant(
        "invoice_line",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", JSON, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        _text("tax_code"),
        sa.Column("tax_rate", sa.Integer(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("tax_code IN ('standard', 'zero', 'exempt', 'outside')", name="invoice_line_tax_code"),
        sa.CheckConstraint("total = net + vat", name="invoice_line_total"),
        _of("invoice_id", "invoice", ondelete="CASCADE"),
        sa.UniqueConstraint("school_id", "invoice_id", "position", name="invoice_line_position"),
        rights="SELECT",
    )
    _tenant(
        "number_series",
        _text("series"),
        sa.Column("next", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.UniqueConstraint("school_id", "series", name="number_series_once"),
        rights="SELECT",
        platform_rights="SELECT, INSERT, UPDATE",
    )
    _tenant(
        "credit_note",
        _text("number"),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        _text("reason"),
        _text("currency"),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        _text("by_name"),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("total = net + vat AND total > 0", name="credit_note_total"),
        _of("invoice_id", "invoice"),
        sa.UniqueConstraint("school_id", "number", name="credit_note_number"),
        rights="SELECT",
        platform_rights="SELECT, INSERT",
    )
    op.create_index("credit_note_of_invoice", "credit_note", ["school_id", "invoice_id"])
    _tenant(
        "billing_escalation",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        _text("note"),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        _text("by_name"),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        _text("answer", nullable=True),
        _text("answered_by", nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        _of("invoice_id", "invoice"),
        rights="SELECT, INSERT",
        platform_rights="SELECT, INSERT, UPDATE",
    )
    op.create_index(
        "billing_escalation_open",
        "billing_escalation",
        ["school_id", "created_at"],
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def _payments() -> None:
    _tenant(
        "payment",
        _text("provider"),
        _text("reference"),
        _text("state"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _text("currency"),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        _text("reason", nullable=True),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("state IN ('pending', 'succeeded', 'failed', 'reversed')", name="payment_state"),
        sa.CheckConstraint("amount > 0", name="payment_amount"),
        _of("invoice_id", "invoice"),
        sa.UniqueConstraint("school_id", "provider", "reference", name="payment_once"),
        rights="SELECT",
        platform_rights="SELECT, INSERT, UPDATE",
    )
    op.create_index("payment_newest", "payment", ["school_id", sa.literal_column("id DESC")])
    op.create_index("payment_of_invoice", "payment", ["school_id", "invoice_id"])
    _tenant(
        "payment_attempt",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        _text("outcome"),
        _text("reason", nullable=True),
        _text("by_name", nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.CheckConstraint("outcome IN ('pending', 'succeeded', 'failed')", name="payment_attempt_outcome"),
        _of("invoice_id", "invoice"),
        _of("payment_id", "payment"),
        sa.UniqueConstraint("school_id", "invoice_id", "number", name="payment_attempt_number"),
        rights="SELECT",
        platform_rights="SELECT, INSERT, UPDATE",
    )
    _tenant(
        "payment_anomaly",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        _text("kind"),
        sa.Column("found_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("mended_at", MOMENT, nullable=True),
        _text("mended_by", nullable=True),
        _text("how", nullable=True),
        sa.CheckConstraint(
            "kind IN ('without_invoice', 'paid_twice', 'amount_differs', 'currency_differs')", name="payment_anomaly_kind"
        ),
        _of("invoice_id", "invoice"),
        _of("payment_id", "payment"),
        sa.UniqueConstraint("school_id", "payment_id", "kind", name="payment_anomaly_once"),
        rights="SELECT",
        platform_rights="SELECT, INSERT, UPDATE",
    )
    op.create_index(
        "payment_anomaly_open", "payment_anomaly", ["school_id", "found_at"], postgresql_where=sa.text("mended_at IS NULL")
    )


def _ledger() -> None:
    _tenant(
        "ledger_transaction",
        _text("key"),
        _text("kind"),
        _text("reason", nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        _text("by_name", nullable=True),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "kind IN ('invoice', 'credit_note', 'payment', 'reversal', 'top_up', 'reserve', 'adjustment', 'write_off')",
            name="ledger_transaction_kind",
        ),
        _of("invoice_id", "invoice"),
        _of("payment_id", "payment"),
        _of("reverses_id", "ledger_transaction"),
        sa.UniqueConstraint("school_id", "key", name="ledger_transaction_once"),
        sa.UniqueConstraint("school_id", "reverses_id", name="ledger_transaction_reversed_once"),
        rights="SELECT",
        platform_rights="SELECT, INSERT",
    )
    op.create_index("ledger_transaction_newest", "ledger_transaction", ["school_id", sa.literal_column("id DESC")])
    _tenant(
        "ledger_entry",
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        _text("book"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _text("currency"),
        sa.CheckConstraint(
            "book IN ('receivable', 'reserve', 'bank', 'revenue', 'vat', 'bad_debt', 'adjustment', 'suspense')",
            name="ledger_entry_book",
        ),
        sa.CheckConstraint("amount <> 0", name="ledger_entry_amount"),
        _of("transaction_id", "ledger_transaction"),
        rights="SELECT",
        platform_rights="SELECT, INSERT",
    )
    op.create_index("ledger_entry_of_book", "ledger_entry", ["school_id", "book", "currency"], postgresql_include=["amount"])
    op.create_index(
        "ledger_entry_of_transaction",
        "ledger_entry",
        ["school_id", "transaction_id"],
        postgresql_include=["amount", "currency"],
    )
    op.create_table(
        "ledger_proof",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("schools", sa.Integer(), nullable=False),
        sa.Column("transactions", sa.BigInteger(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.platform_table("ledger_proof", platform="SELECT, INSERT")
    op.create_index("ledger_proof_newest", "ledger_proof", [sa.literal_column("ended_at DESC")])


def _webhooks() -> None:
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("provider"),
        _text("event_id"),
        _text("type"),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("sha256"),
        _text("object_id", nullable=True),
        _text("customer", nullable=True),
        sa.Column("for_school", sa.Integer(), nullable=True),
        _text("state", default="stored"),
        _text("reason", nullable=True),
        _text("note", nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("copies", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("altered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("received_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('stored', 'done', 'ignored', 'failed')", name="webhook_event_state"),
        sa.ForeignKeyConstraint(["for_school"], ["school.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "event_id", name="webhook_event_once"),
    )
    op.platform_table("webhook_event", platform="SELECT, INSERT, UPDATE")
    op.create_index("webhook_event_of_state", "webhook_event", ["state", sa.literal_column("id DESC")])
    op.create_index("webhook_event_waiting", "webhook_event", ["received_at"], postgresql_where=sa.text("state = 'stored'"))
    op.create_index("webhook_event_of_object", "webhook_event", ["object_id", "provider", sa.literal_column("id DESC")])
    op.create_index(
        "webhook_event_of_nobody", "webhook_event", ["customer", "provider"], postgresql_where=sa.text("for_school IS NULL")
    )
    op.create_table(
        "webhook_refusal",
        _text("provider"),
        _text("reason"),
        sa.Column("hour", MOMENT, nullable=False),
        sa.Column("number", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("last_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("provider", "reason", "hour"),
    )
    op.platform_table("webhook_refusal")
    op.create_table(
        "webhook_secret",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("provider"),
        _text("sealed"),
        _text("fingerprint"),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        _text("created_by"),
        sa.Column("retires_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "fingerprint", name="webhook_secret_once"),
    )
    op.platform_table("webhook_secret")
    op.create_table(
        "provider_customer",
        _text("provider"),
        _text("customer"),
        sa.Column("for_school", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["for_school"], ["school.id"]),
        sa.PrimaryKeyConstraint("provider", "customer"),
    )
    op.platform_table("provider_customer")
    op.create_index("provider_customer_of_school", "provider_customer", ["for_school"])
    _tenant(
        "webhook_effect",
        _text("provider"),
        _text("event_id"),
        _text("type"),
        _text("state", default="stored"),
        _text("reason", nullable=True),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('stored', 'done', 'ignored', 'failed')", name="webhook_effect_state"),
        sa.UniqueConstraint("school_id", "provider", "event_id", name="webhook_effect_once"),
        rights="SELECT",
        platform_rights="SELECT, INSERT, UPDATE",
    )
    op.create_index("webhook_effect_newest", "webhook_effect", ["school_id", "state", sa.literal_column("received_at DESC")])
    _tenant(
        "webhook_watermark",
        _text("provider"),
        _text("object_id"),
        sa.Column("happened_at", MOMENT, nullable=False),
        _text("event_id"),
        sa.UniqueConstraint("school_id", "provider", "object_id", name="webhook_watermark_once"),
        rights="SELECT",
        platform_rights="SELECT, INSERT, UPDATE",
    )


TABLES = (
    "webhook_watermark",
    "webhook_effect",
    "provider_customer",
    "webhook_secret",
    "webhook_refusal",
    "webhook_event",
    "ledger_proof",
    "ledger_entry",
    "ledger_transaction",
    "payment_anomaly",
    "payment_attempt",
    "payment",
    "billing_escalation",
    "credit_note",
    "number_series",
    "invoice_line",
    "invoice",
    "subscription",
    "billing_account",
    "plan_price",
    "plan",
)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION ledger_refuse, ledger_balances, ledger_entry_joins, invoice_refuse, invoice_line_refuse")
