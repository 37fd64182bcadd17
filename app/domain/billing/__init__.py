"""What the platform bills schools: plans, subscriptions, invoices, payments, the ledger behind them, and dunning.

Whatever moves money runs inside `across_schools`, names its school, and commits nothing. A school's own role can only read
these tables; its pages file a job of `app.domain.billing.jobs` in their own transaction and show what came of it. A verb whose
docstring says 'Audited' writes its own event, in both logs: whoever calls it writes none. docs/billing.md says what books what.
"""
